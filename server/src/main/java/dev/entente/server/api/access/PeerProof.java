package dev.entente.server.api.access;

import dev.entente.server.participant.signing.Seal;
import io.grpc.Metadata;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Signs what a coordinator says of a caller when it passes the caller's request on, and checks what others say. The
 * signature is an HMAC-SHA-256 with a key that only coordinators of one database can read. It covers the caller, the
 * method, the request's bytes, the coordinator that is asked, and the time. Thread-safe; nothing blocks.
 */
public final class PeerProof {
    /** Set by a coordinator on a call that it passes on. */
    public static final Metadata.Key<String> HEADER = Metadata.Key.of("entente-peer", Metadata.ASCII_STRING_MARSHALLER);

    /** Bounds the age of a proof, and how far ahead its time may be. */
    static final Duration MAX_AGE = Duration.ofSeconds(60);

    /** Names the purpose of its keys. */
    public static final String PURPOSE = "cluster";

    private static final int PARTS = 9;

    private final String node;
    private final Seal seal;
    private final Supplier<Instant> clock;

    /**
     * A caller whom another coordinator knows.
     *
     * @param from the node that passed the call on
     * @param caller as that one knows it
     * @param digest of the request, by {@link #digest}
     */
    record Passed(String from, Caller caller, String digest) {}

    /** Tells why a proof is not believed. */
    enum Doubt {
        /** It is not of that form, or nobody here signed it. */
        FORGED,
        /** It was made for another coordinator, another method or another request. */
        ELSEWHERE,
        /** It is too old, or made in the future. */
        STALE
    }

    /** A proof that is not believed; carries no stack trace. */
    static final class Doubtful extends Exception {
        private static final long serialVersionUID = 1L;
        private final Doubt doubt;

        Doubtful(Doubt doubt, String message) {
            super(message, null, false, false);
            this.doubt = doubt;
        }

        Doubt doubt() {
            return doubt;
        }
    }

    /**
     * @param node this coordinator's name
     * @param seal for {@link #PURPOSE}
     * @param clock the database's time, on which all coordinators agree
     */
    public PeerProof(String node, Seal seal, Supplier<Instant> clock) {
        this.node = node;
        this.seal = seal;
        this.clock = clock;
    }

    /**
     * Signs one call on behalf of a caller; the caller's token is no part of it.
     *
     * @param to the node that is asked
     * @param request its bytes as they are sent
     */
    public String of(Caller caller, String to, String method, byte[] request) {
        String said = String.join(
                "\n",
                node,
                to,
                method,
                digest(request),
                Long.toString(clock.get().toEpochMilli()),
                Boolean.toString(caller.isKnown()),
                caller.peer(),
                Tokens.labels(caller.roles()),
                caller.principal());
        return seal.seal(Base64.getUrlEncoder().withoutPadding().encodeToString(said.getBytes(StandardCharsets.UTF_8)));
    }

    /**
     * The caller of a call that another coordinator passed on to this one.
     *
     * @param proof as it came; may be anything
     * @throws Doubtful where it is not believed
     */
    Passed check(String proof, String method, @Nullable String traceparent, @Nullable String requestId)
            throws Doubtful {
        Seal.Claim claim = seal.read(proof);
        if (claim == null || !claim.holds()) {
            throw new Doubtful(Doubt.FORGED, "no coordinator of this database signed it");
        }
        String[] said =
                new String(Base64.getUrlDecoder().decode(claim.carried()), StandardCharsets.UTF_8).split("\n", PARTS);
        if (!said[1].equals(node) || !said[2].equals(method)) {
            throw new Doubtful(
                    Doubt.ELSEWHERE,
                    "it was made for " + said[2] + " at '" + said[1] + "', and this is '" + node + "'");
        }
        Duration age = Duration.between(Instant.ofEpochMilli(Long.parseLong(said[4])), clock.get());
        if (age.abs().compareTo(MAX_AGE) > 0) {
            throw new Doubtful(
                    Doubt.STALE, "it is " + age.toSeconds() + " s old, and " + MAX_AGE.toSeconds() + " are the most");
        }
        Caller caller = new Caller(
                said[8], said[6], roles(said[7]), null, Boolean.parseBoolean(said[5]), true, traceparent, requestId);
        return new Passed(said[0], caller, said[3]);
    }

    private static Set<Access> roles(String labels) throws Doubtful {
        try {
            return Tokens.roles(labels);
        } catch (IllegalArgumentException newer) {
            throw new Doubtful(Doubt.FORGED, String.valueOf(newer.getMessage()));
        }
    }

    /** A request's bytes as a proof has them. */
    static String digest(byte[] request) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(request));
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException("every JDK has SHA-256", missing);
        }
    }
}
