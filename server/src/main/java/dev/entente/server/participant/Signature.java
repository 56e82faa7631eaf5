package dev.entente.server.participant;

import com.google.protobuf.ByteString;
import dev.entente.server.participant.signing.SigningKey;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;

/**
 * Signs calls, so that a receiver can detect forged calls. The signature covers the place, the call, its submitter and
 * its body, so that none can be changed. A length precedes each part, so that no part can be shifted into its
 * neighbour. (The time follows Stripe's webhooks, the named parts follow RFC 9421.) Immutable and thread-safe.
 */
final class Signature {
    private static final String PURPOSE = "entente-signature-2";
    private static final int ID_DIGITS = 8;

    private final String secret;
    private final SigningKey key;
    private final String id;

    Signature(String secret) {
        this.secret = secret;
        byte[] bytes = secret.getBytes(StandardCharsets.UTF_8);
        this.key = new SigningKey(0, bytes);
        this.id = hex(sha256().digest(bytes)).substring(0, ID_DIGITS);
    }

    /** Returns whether this signature uses the given key. */
    boolean isOf(String other) {
        return secret.equals(other);
    }

    /**
     * The destination of a call.
     *
     * @param method of HTTP; gRPC uses POST
     * @param authority the authority that the receiver sees, {@code host:port}
     * @param path with its query; for gRPC {@code /package.Service/Method}
     */
    record Place(String method, String authority, String path) {}

    /** Returns {@code v2,k=8f14e45f,t=1760000000,h=…}: key id, seconds since 1970, 64 hexadecimal digits. */
    String of(Instant time, Place place, BranchCall call, String pattern, String created) {
        String seconds = Long.toString(time.getEpochSecond());
        byte[] signed = key.sign(
                PURPOSE,
                id,
                seconds,
                place.method(),
                place.authority(),
                place.path(),
                call.gid(),
                call.branch(),
                call.op(),
                Integer.toString(call.attempt()),
                Long.toString(call.fence()),
                pattern,
                created,
                call.submitter() == null ? "" : call.submitter(),
                digest(call.request()));
        return "v2,k=" + id + ",t=" + seconds + ",h=" + hex(signed);
    }

    private static String digest(ByteString body) {
        MessageDigest digest = sha256();
        for (ByteBuffer part : body.asReadOnlyByteBufferList()) {
            digest.update(part);
        }
        return hex(digest.digest());
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
