package dev.entente.idempotency;

import dev.entente.wire.GrowingWait;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The settings of idempotency keys, for {@link IdempotencyInterceptor} and {@link IdempotencyFilter}.
 *
 * <pre>{@code
 * IdempotencyKeys keys = IdempotencyKeys.in(JdbcKeyStore.postgres(dataSource)).required();
 * server.intercept(new IdempotencyInterceptor(keys));
 * }</pre>
 *
 * <p>A client sends a key of its choice for each request, in the header {@code Idempotency-Key}. The first request with
 * a key runs. A successful response is stored for ten minutes and replayed to repeated requests. A failure frees the
 * key. While a request runs, repeated requests are refused. The same key with another content is refused.
 *
 * <p>A response is stored <em>before</em> it is sent, and <em>after</em> the handler's work was committed. If the
 * process dies between the two, the work is done without a stored response. The next request then runs again after the
 * claim's expiry ({@link #longestRun}). To avoid this, use a {@code Barrier}: its row is part of the work's
 * transaction.
 *
 * <p>A header identifies the caller ({@link #callerHeader}); a stored response is replayed only to its own caller.
 * Immutable and thread-safe. The IETF's draft "The Idempotency-Key HTTP Header Field" defines the header.
 */
public final class IdempotencyKeys {
    /** The largest response that is stored, in bytes. */
    public static final int MAX_ANSWER_BYTES = 4 << 20;

    static final String HEADER = "idempotency-key";
    static final String OTHER_HEADER = "x-idempotent-key";
    static final String REPLAYED = "idempotency-replayed";

    private static final int MAX_KEY_CHARS = 255;
    private static final String LENGTH = "{1," + MAX_KEY_CHARS + "})";
    /** A string of structured fields (RFC 9651), or the bare key. */
    private static final Pattern KEY = Pattern.compile(
            "\"((?:[\\x20-\\x7e&&[^\"\\\\]]|\\\\[\"\\\\])" + LENGTH + "\"|([\\x21-\\x7e&&[^\",]]" + LENGTH);

    private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);
    private static final GrowingWait WAITS = GrowingWait.doubling(Duration.ofMillis(10), Duration.ofMillis(250));

    private final KeyStore store;
    private final Settings settings;

    private record Settings(
            Duration timeToLive, Duration longestRun, Duration longestWait, boolean isRequired, String callerHeader) {}

    private IdempotencyKeys(KeyStore store, Settings settings) {
        this.store = store;
        this.settings = settings;
    }

    /**
     * Returns the default settings: keys are optional, responses are stored for 10 minutes, handlers take up to a
     * minute, and requests do not wait.
     */
    public static IdempotencyKeys in(KeyStore store) {
        Settings settings =
                new Settings(Duration.ofMinutes(10), Duration.ofMinutes(1), Duration.ZERO, false, "authorization");
        return new IdempotencyKeys(store, settings);
    }

    /** Refuses requests without a key. */
    public IdempotencyKeys required() {
        return with(new Settings(
                settings.timeToLive, settings.longestRun, settings.longestWait, true, settings.callerHeader));
    }

    /**
     * Sets how long a response is stored.
     *
     * @throws IllegalArgumentException if it is less than a second
     */
    public IdempotencyKeys timeToLive(Duration length) {
        atLeastASecond(length, "the time to live");
        return with(new Settings(
                length, settings.longestRun, settings.longestWait, settings.isRequired, settings.callerHeader));
    }

    /**
     * Sets the limit of a handler's run time. A key that is claimed for longer becomes free, because the process may
     * have died. If a handler takes longer, the request may run twice.
     *
     * @throws IllegalArgumentException if it is less than a second
     */
    public IdempotencyKeys longestRun(Duration length) {
        atLeastASecond(length, "the longest run");
        return with(new Settings(
                settings.timeToLive, length, settings.longestWait, settings.isRequired, settings.callerHeader));
    }

    /**
     * Makes a request wait for a running request with its key; without this setting the request is refused at once.
     *
     * @param longest at most 30 s; the wait blocks a thread
     */
    public IdempotencyKeys waitFor(Duration longest) {
        if (longest.isNegative() || longest.compareTo(LONGEST_WAIT) > 0) {
            throw new IllegalArgumentException("a wait of " + longest + "; use at most " + LONGEST_WAIT);
        }
        return with(new Settings(
                settings.timeToLive, settings.longestRun, longest, settings.isRequired, settings.callerHeader));
    }

    /**
     * Sets the header that identifies a caller, such as a header that only your gateway can set. The default is {@code
     * authorization}: a client with a new token is then another caller.
     *
     * @param name in lower case
     */
    public IdempotencyKeys callerHeader(String name) {
        return with(new Settings(
                settings.timeToLive, settings.longestRun, settings.longestWait, settings.isRequired, name));
    }

    private IdempotencyKeys with(Settings other) {
        return new IdempotencyKeys(store, other);
    }

    String callerHeader() {
        return settings.callerHeader;
    }

    boolean isRequired() {
        return settings.isRequired();
    }

    /** Returns the lines of both headers, or of one header if the other is absent or equal. */
    static List<String> lines(List<String> standard, List<String> other) {
        if (standard.isEmpty() || other.isEmpty() || standard.equals(other)) {
            return standard.isEmpty() ? other : standard;
        }
        return List.of(standard.get(0), other.get(0));
    }

    /** Returns the only key in a header's lines, quoted or not; null for no key, an invalid key or several keys. */
    static @Nullable String key(List<String> lines) {
        Matcher key = KEY.matcher(lines.size() == 1 ? lines.get(0) : "");
        if (!key.matches()) {
            return null;
        }
        return key.group(1) == null ? key.group(2) : key.group(1).replaceAll("\\\\(.)", "$1");
    }

    /** Returns the key of a caller. All lines of a header together identify the caller. */
    static KeyStore.Key key(List<String> caller, String key) {
        return new KeyStore.Key(digest(String.join("\n", caller)), key);
    }

    /** Returns the SHA-256 of a place and a content, each piece after its length. */
    static String digest(String place, byte[]... content) {
        MessageDigest digest = sha256();
        add(digest, place.getBytes(StandardCharsets.UTF_8));
        for (byte[] piece : content) {
            add(digest, piece);
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static void add(MessageDigest digest, byte[] bytes) {
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, bytes.length));
        digest.update(bytes);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** Returns a name for one attempt. */
    static String owner() {
        return UUID.randomUUID().toString();
    }

    /** Claims the key. Waits while another attempt has the key, as long as configured. Blocks. */
    KeyClaim claim(KeyStore.Key key, String digest, String owner) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + settings.longestWait().toNanos();
        for (int looks = 1; ; looks++) {
            KeyClaim claim = store.claim(key, digest, owner, settings.longestRun());
            long left = deadline - System.nanoTime();
            if (!(claim instanceof KeyClaim.Running) || left <= 0) {
                return claim;
            }
            TimeUnit.NANOSECONDS.sleep(Math.min(
                    left, WAITS.after(looks, ThreadLocalRandom.current()).toNanos()));
        }
    }

    KeyStore store() {
        return store;
    }

    Duration timeToLive() {
        return settings.timeToLive();
    }

    private static void atLeastASecond(Duration length, String what) {
        if (length.compareTo(Duration.ofSeconds(1)) < 0) {
            throw new IllegalArgumentException(what + " of " + length + " is too short; use at least a second");
        }
    }
}
