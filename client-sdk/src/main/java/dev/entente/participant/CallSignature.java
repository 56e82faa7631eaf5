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
 * Checks the header {@code entente-signature} of a call. It proves that the call comes from a coordinator which knows
 * the key, for this very place, branch, attempt, submitter and body, and not long ago. Immutable and thread-safe.
 *
 * <pre>{@code
 * CallSignature signature = CallSignature.of(key);
 * if (!signature.holds("POST", header("host"), "/hooks/paid", request::getHeader, body, Instant.now())) {
 *   answer(401);
 * }
 * }</pre>
 *
 * <p>For gRPC, {@code ParticipantWiring.signedWith} checks every call by itself.
 */
public final class CallSignature {
    private static final String ALGORITHM = "HmacSHA256";
    private static final String PURPOSE = "entente-signature-2";
    private static final int ID_DIGITS = 8;
    private static final Pattern FORM = Pattern.compile("v2,k=([0-9a-f]{8}),t=([0-9]{1,11}),h=([0-9a-f]{64})");
    private static final Duration TOLERANCE = Duration.ofMinutes(5);
    /** Signed as they came, in this order. */
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
     * Checks signatures made with one of these keys: the first line of the file that the coordinator's {@code
     * signingKeyFile} names. To change a key, give both for a while. Clocks may be five minutes apart.
     *
     * @throws IllegalArgumentException if there is none, or one is empty
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
     * The same with another tolerance.
     *
     * @param tolerance how far the call's time may be from here
     */
    public CallSignature within(Duration tolerance) {
        return new CallSignature(keys, tolerance, expected);
    }

    /**
     * The same for calls that a proxy passes on under another name.
     *
     * @param authority where the coordinator believes to call: {@code host:port} of its configuration, without the
     *     port that the scheme stands for
     */
    public CallSignature expecting(String authority) {
        return new CallSignature(keys, tolerance, authority);
    }

    /**
     * Tells whether the call is genuine.
     *
     * @param method of HTTP; gRPC has POST
     * @param authority the header {@code host}, or gRPC's authority
     * @param path as it came, with the query; of gRPC {@code /package.Service/Method}
     * @param header the value of the header of that name, in lower case, or null if there is none
     * @param body as it came
     */
    public boolean holds(
            String method,
            @Nullable String authority,
            String path,
            Function<String, @Nullable String> header,
            byte[] body,
            Instant now) {
        Matcher said = FORM.matcher(text(header, BranchMetadata.SIGNATURE));
        SecretKeySpec key = said.matches() ? keys.get(said.group(1)) : null;
        if (key == null || !isOfItsBranch(header)) {
            return false;
        }
        Instant time = Instant.ofEpochSecond(Long.parseLong(said.group(2)));
        if (Duration.between(time, now).abs().compareTo(tolerance) > 0) {
            return false;
        }
        String place = expected != null ? expected : authority == null ? "" : authority;
        Mac mac = mac(key);
        for (String part : Arrays.asList(PURPOSE, said.group(1), said.group(2), method, place, path)) {
            add(mac, part);
        }
        SIGNED.forEach(name -> add(mac, text(header, name)));
        add(mac, hex(sha256(body)));
        byte[] claimed = said.group(3).getBytes(StandardCharsets.US_ASCII);
        // takes as long whatever the difference, so that nobody can guess digit by digit
        return MessageDigest.isEqual(hex(mac.doFinal()).getBytes(StandardCharsets.US_ASCII), claimed);
    }

    /** Tells whether the idempotency key, which is not signed, follows from headers that are. */
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

    /** Each part goes in behind its length, so that none can be shifted into its neighbour. */
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
