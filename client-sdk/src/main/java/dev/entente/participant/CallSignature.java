package dev.entente.participant;

import dev.entente.wire.BranchMetadata;
import io.grpc.Metadata;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Checks the header {@code entente-signature} of a call. A valid signature proves that a coordinator with the key sent
 * the call recently, for this URL, branch, attempt, submitter and body. Immutable and thread-safe.
 *
 * <pre>{@code
 * CallSignature signature = CallSignature.of(key);
 * if (!signature.holds("POST", header("host"), "/hooks/paid", request::getHeader, body, Instant.now())) {
 *   answer(401);
 * }
 * }</pre>
 *
 * <p>For gRPC, {@code ParticipantWiring.signedWith} checks every call.
 */
public final class CallSignature {
    private static final String ALGORITHM = "HmacSHA256";
    private static final String PURPOSE = "entente-signature-2";
    private static final int ID_DIGITS = 8;
    private static final Pattern FORM = Pattern.compile("v2,k=([0-9a-f]{8}),t=([0-9]{1,11}),h=([0-9a-f]{64})");
    private static final Duration TOLERANCE = Duration.ofMinutes(5);
    /** The signed headers, with the values as received, in this order. */
    private static final List<Metadata.Key<String>> SIGNED = List.of(
            BranchMetadata.GID,
            BranchMetadata.BRANCH,
            BranchMetadata.OPERATION,
            BranchMetadata.ATTEMPT,
            BranchMetadata.FENCE,
            BranchMetadata.PATTERN,
            BranchMetadata.CREATED,
            BranchMetadata.SUBMITTER);

    private final Map<String, SecretKeySpec> keys;
    private final Duration tolerance;
    private final @Nullable String expected;

    private CallSignature(Map<String, SecretKeySpec> keys, Duration tolerance, @Nullable String expected) {
        this.keys = keys;
        this.tolerance = tolerance;
        this.expected = expected;
    }

    /**
     * Checks signatures made with one of these keys. A key is the first line of the coordinator's {@code
     * signingKeyFile}. To rotate a key, pass the old and the new key for some time. Clocks may differ by five minutes.
     *
     * @throws IllegalArgumentException if there is no key, or if a key is empty
     */
    public static CallSignature of(String... keys) {
        Map<String, SecretKeySpec> known = new TreeMap<>();
        for (String key : keys) {
            byte[] secret = key.getBytes(StandardCharsets.UTF_8);
            known.put(hex(sha256(secret)).substring(0, ID_DIGITS), new SecretKeySpec(secret, ALGORITHM));
        }
        if (known.isEmpty()) {
            throw new IllegalArgumentException("give at least one key");
        }
        return new CallSignature(Map.copyOf(known), TOLERANCE, null);
    }

    /**
     * Returns a copy with another tolerance.
     *
     * @param tolerance the largest difference between the call's time and the local time
     */
    public CallSignature within(Duration tolerance) {
        return new CallSignature(keys, tolerance, expected);
    }

    /**
     * Returns a copy for calls that a proxy forwards under another name.
     *
     * @param authority the address that the coordinator calls: {@code host:port} of its configuration, without the
     *     default port of the scheme
     */
    public CallSignature expecting(String authority) {
        return new CallSignature(keys, tolerance, authority);
    }

    /**
     * Returns whether the call is genuine.
     *
     * @param method the HTTP method; gRPC uses POST
     * @param authority the header {@code host}, or gRPC's authority
     * @param path as received, with the query; for gRPC {@code /package.Service/Method}
     * @param header returns the value of a header by its name in lower case, or null
     * @param body as received
     */
    public boolean holds(
            String method,
            @Nullable String authority,
            String path,
            Function<String, @Nullable String> header,
            byte[] body,
            Instant now) {
        Matcher fields = FORM.matcher(text(header, BranchMetadata.SIGNATURE));
        SecretKeySpec key = fields.matches() ? keys.get(fields.group(1)) : null;
        if (key == null || !isOfItsBranch(header)) {
            return false;
        }
        Instant time = Instant.ofEpochSecond(Long.parseLong(fields.group(2)));
        if (Duration.between(time, now).abs().compareTo(tolerance) > 0) {
            return false;
        }
        String place = expected != null ? expected : authority == null ? "" : authority;
        Mac mac = mac(key);
        for (String part : Arrays.asList(PURPOSE, fields.group(1), fields.group(2), method, place, path)) {
            add(mac, part);
        }
        SIGNED.forEach(name -> add(mac, text(header, name)));
        add(mac, hex(sha256(body)));
        byte[] claimed = fields.group(3).getBytes(StandardCharsets.US_ASCII);
        // a comparison in constant time, so that an attacker cannot guess the digits one by one
        return MessageDigest.isEqual(hex(mac.doFinal()).getBytes(StandardCharsets.US_ASCII), claimed);
    }

    /** Returns whether the idempotency key, which is not signed, matches the signed headers. */
    private static boolean isOfItsBranch(Function<String, @Nullable String> header) {
        String key = text(header, BranchMetadata.IDEMPOTENCY_KEY);
        String branch = text(header, BranchMetadata.GID) + "/" + text(header, BranchMetadata.BRANCH) + "/"
                + text(header, BranchMetadata.OPERATION);
        return key.isEmpty() || key.equals(branch);
    }

    private static String text(Function<String, @Nullable String> header, Metadata.Key<String> name) {
        String value = header.apply(name.name());
        return value == null ? "" : value;
    }

    private static Mac mac(SecretKeySpec key) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
        }
    }

    /** Adds the length of each part before the part, so that no byte can move from one part to the next. */
    private static void add(Mac mac, String part) {
        byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
        mac.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, bytes.length));
        mac.update(bytes);
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
