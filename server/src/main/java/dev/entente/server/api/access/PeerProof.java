package dev.entente.server.api.access;

import dev.entente.server.participant.signing.Seal;
import dev.entente.wire.TraceParent;
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
 * Signs the caller's identity when a coordinator forwards a request, and verifies the signatures of other coordinators.
 * The signature is an HMAC-SHA-256 with a key that only coordinators of one database can read. The signature covers the
 * caller, the method, the request's bytes, the target coordinator, and the time. Thread-safe; does not block.
 */
public final class PeerProof {
    /** A coordinator sets this header on a call that it forwards. */
    public static final Metadata.Key<String> HEADER = Metadata.Key.of("entente-peer", Metadata.ASCII_STRING_MARSHALLER);

    /** The maximum age of a proof, and the maximum distance of its time in the future. */
    static final Duration MAX_AGE = Duration.ofSeconds(60);

    /** The purpose of the seal's keys. */
    public static final String PURPOSE = "cluster";

    private static final int PARTS = 9;

    private final String node;
    private final Seal seal;
    private final Supplier<Instant> clock;

    /**
     * A caller that another coordinator authenticated.
     *
     * @param from the node that forwarded the call
     * @param caller the caller as authenticated by {@code from}
     * @param digest of the request, by {@link #digest}
     */
    record Passed(String from, Caller caller, String digest) {}

    /** The reason why a proof is refused. */
    enum RefusalReason {
        /** The proof is malformed, or has no valid signature of this cluster. */
        FORGED,
        /** The proof was made for another coordinator, another method or another request. */
        ELSEWHERE,
        /** The proof is too old, or its time is in the future, by more than {@link #MAX_AGE}. */
        STALE
    }

    /** A refused proof; has no stack trace. */
    static final class RefusedProof extends Exception {
        private static final long serialVersionUID = 1L;
        private final RefusalReason whyRefused;

        RefusedProof(RefusalReason whyRefused, String message) {
            super(message, null, false, false);
            this.whyRefused = whyRefused;
        }

        RefusalReason whyRefused() {
            return whyRefused;
        }
    }

    /**
     * @param node this coordinator's name
     * @param seal for {@link #PURPOSE}
     * @param clock the database's time, which is the common clock of all coordinators
     */
    public PeerProof(String node, Seal seal, Supplier<Instant> clock) {
        this.node = node;
        this.seal = seal;
        this.clock = clock;
    }

    /**
     * Signs one call on behalf of a caller; the proof does not contain the caller's token.
     *
     * @param to the target node
     * @param request the bytes that are sent
     */
    public String of(Caller caller, String to, String method, byte[] request) {
        String fields = String.join(
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
        return seal.seal(
                Base64.getUrlEncoder().withoutPadding().encodeToString(fields.getBytes(StandardCharsets.UTF_8)));
    }

    /**
     * Returns the caller of a call that another coordinator forwarded to this coordinator.
     *
     * @param proof the header's value; may be any text
     * @throws RefusedProof if the proof is refused
     */
    Passed check(String proof, String method, @Nullable TraceParent trace, @Nullable String requestId)
            throws RefusedProof {
        Seal.Claim claim = seal.read(proof);
        if (claim == null || !claim.holds()) {
            throw new RefusedProof(RefusalReason.FORGED, "no coordinator of this database signed it");
        }
        String[] fields =
                new String(Base64.getUrlDecoder().decode(claim.carried()), StandardCharsets.UTF_8).split("\n", PARTS);
        if (!fields[1].equals(node) || !fields[2].equals(method)) {
            throw new RefusedProof(
                    RefusalReason.ELSEWHERE,
                    "it was made for " + fields[2] + " at '" + fields[1] + "', but this coordinator is '" + node + "'");
        }
        Duration age = Duration.between(Instant.ofEpochMilli(Long.parseLong(fields[4])), clock.get());
        if (age.abs().compareTo(MAX_AGE) > 0) {
            throw new RefusedProof(
                    RefusalReason.STALE,
                    "it is " + age.toSeconds() + " s old, and " + MAX_AGE.toSeconds() + " s is the limit");
        }
        Caller caller = new Caller(
                fields[8], fields[6], roles(fields[7]), null, Boolean.parseBoolean(fields[5]), true, trace, requestId);
        return new Passed(fields[0], caller, fields[3]);
    }

    private static Set<Access> roles(String labels) throws RefusedProof {
        try {
            return Tokens.roles(labels);
        } catch (IllegalArgumentException newer) {
            throw new RefusedProof(RefusalReason.FORGED, String.valueOf(newer.getMessage()));
        }
    }

    /** Returns the digest of a request's bytes for a proof. */
    static String digest(byte[] request) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(request));
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException("every JDK has SHA-256", missing);
        }
    }
}
