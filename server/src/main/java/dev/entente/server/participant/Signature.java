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
 * Signs calls, so that a receiver can trust what anybody could send it. The text that is signed names the place, the
 * call, its caller and its body, each part behind its length, so that none can be changed or shifted into its
 * neighbour. (The time is that of Stripe's web hooks, the named parts are those of RFC 9421.) Immutable and
 * thread-safe.
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

    /** Tells whether it signs with that key. */
    boolean isOf(String other) {
        return secret.equals(other);
    }

    /**
     * The place that a call goes to.
     *
     * @param method of HTTP; gRPC has POST
     * @param authority as the receiver reads it, {@code host:port}
     * @param path with its query; of gRPC {@code /package.Service/Method}
     */
    record Place(String method, String authority, String path) {}

    /** {@code v2,k=8f14e45f,t=1760000000,h=…}: the key's id, seconds since 1970, then 64 hexadecimal digits. */
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
