package dev.entente.participant;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Checks the header {@code entente-signature} of a call. It proves that the call comes from a coordinator which knows
 * the key, for this very call and body, and not long ago. Immutable and thread-safe.
 *
 * <pre>{@code
 * CallSignature signature = CallSignature.of(key);
 * if (!signature.holds(header("entente-signature"), header("idempotency-key"), body, Instant.now())) {
 *   answer(401);
 * }
 * }</pre>
 */
public final class CallSignature {
    private static final String ALGORITHM = "HmacSHA256";
    private static final Pattern FORM = Pattern.compile("t=([0-9]{1,11}),v1=([0-9a-f]{64})");
    private static final Duration TOLERANCE = Duration.ofMinutes(5);

    private final SecretKeySpec key;
    private final Duration tolerance;

    private CallSignature(SecretKeySpec key, Duration tolerance) {
        this.key = key;
        this.tolerance = tolerance;
    }

    /**
     * Checks signatures made with that key: the first line of the file that the coordinator's {@code signingKeyFile}
     * names. Clocks may be five minutes apart.
     */
    public static CallSignature of(String key) {
        return of(key, TOLERANCE);
    }

    /**
     * The same with another tolerance.
     *
     * @param tolerance how far the call's time may be from here
     */
    public static CallSignature of(String key, Duration tolerance) {
        return new CallSignature(new SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), ALGORITHM), tolerance);
    }

    /**
     * Tells whether the call is genuine.
     *
     * @param signature the header {@code entente-signature}, or null if there is none
     * @param idempotencyKey the header {@code idempotency-key}, or null if there is none
     * @param body as it came
     */
    public boolean holds(@Nullable String signature, @Nullable String idempotencyKey, byte[] body, Instant now) {
        Matcher said = FORM.matcher(signature == null ? "" : signature);
        if (idempotencyKey == null || !said.matches()) {
            return false;
        }
        Instant time = Instant.ofEpochSecond(Long.parseLong(said.group(1)));
        if (Duration.between(time, now).abs().compareTo(tolerance) > 0) {
            return false;
        }
        byte[] expected = hex(mac(said.group(1) + "." + idempotencyKey + ".", body));
        // takes as long whatever the difference, so that nobody can guess digit by digit
        return MessageDigest.isEqual(expected, said.group(2).getBytes(StandardCharsets.US_ASCII));
    }

    private byte[] mac(String head, byte[] body) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            mac.update(head.getBytes(StandardCharsets.UTF_8));
            return mac.doFinal(body);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
        }
    }

    private static byte[] hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes).getBytes(StandardCharsets.US_ASCII);
    }
}
