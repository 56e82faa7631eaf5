package dev.entente.server.participant;

import com.google.protobuf.ByteString;
import dev.entente.server.participant.ParticipantConfig.Secret;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Signs calls, so that a receiver can trust what anybody could send it: HMAC-SHA-256 over the time, the idempotency key
 * and the body. The time lets it refuse what was recorded long ago, the key what was recorded of another call. (After
 * the web hooks of Stripe.) Immutable and thread-safe.
 */
final class Signature {
    private static final String ALGORITHM = "HmacSHA256";

    private final SecretKeySpec key;

    Signature(Secret secret) {
        this.key = new SecretKeySpec(secret.value().getBytes(StandardCharsets.UTF_8), ALGORITHM);
    }

    /** {@code t=1760000000,v1=…}: seconds since 1970, then 64 hexadecimal digits. */
    String of(Instant time, String idempotencyKey, ByteString body) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            mac.update((time.getEpochSecond() + "." + idempotencyKey + ".").getBytes(StandardCharsets.UTF_8));
            for (ByteBuffer part : body.asReadOnlyByteBufferList()) {
                mac.update(part);
            }
            return "t=" + time.getEpochSecond() + ",v1=" + HexFormat.of().formatHex(mac.doFinal());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
        }
    }
}
