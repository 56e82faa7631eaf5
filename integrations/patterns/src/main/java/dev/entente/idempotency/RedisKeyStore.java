package dev.entente.idempotency;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Stores keys in Redis, each as a hash that expires by Redis's clock. Each step is one script on one key, and therefore
 * atomic, also in a cluster. Needs Jedis on the class path. As thread-safe as the given client.
 *
 * <p>A crash of Redis loses writes that are not persistent, and a promoted replica may lack the latest writes. The
 * request of a lost key runs again. To avoid this, use {@link JdbcKeyStore}. The eviction policy must not remove keys
 * early ({@code noeviction}, or a volatile policy with sufficient memory).
 */
public final class RedisKeyStore implements KeyStore {
    private static final String PREFIX = "entente:idempotency:";

    private static final byte[] CLAIM = script("""
        local found = redis.call('hmget', KEYS[1], 'digest', 'answer')
        if not found[1] then
          redis.call('hset', KEYS[1], 'digest', ARGV[1], 'owner', ARGV[2])
          redis.call('pexpire', KEYS[1], ARGV[3])
          return {'taken'}
        end
        if found[1] ~= ARGV[1] then
          return {'other'}
        end
        if found[2] then
          return {'answered', found[2]}
        end
        return {'running'}
        """);

    private static final byte[] ANSWER = script("""
        if redis.call('hget', KEYS[1], 'owner') ~= ARGV[1] then
          return 0
        end
        redis.call('hset', KEYS[1], 'answer', ARGV[2])
        redis.call('pexpire', KEYS[1], ARGV[3])
        return 1
        """);

    private static final byte[] FREE = script("""
        if redis.call('hget', KEYS[1], 'owner') == ARGV[1] and redis.call('hexists', KEYS[1], 'answer') == 0 then
          redis.call('del', KEYS[1])
        end
        return 0
        """);

    private final UnifiedJedis redis;

    /** @param redis such as a {@code JedisPooled}; the caller closes it */
    public RedisKeyStore(UnifiedJedis redis) {
        this.redis = redis;
    }

    @Override
    public KeyClaim claim(Key key, String digest, String owner, Duration longestRun) throws IOException {
        List<?> found = (List<?>) run(CLAIM, key, bytes(digest), bytes(owner), bytes(longestRun.toMillis()));
        String word = new String((byte[]) found.get(0), StandardCharsets.UTF_8);
        return switch (word) {
            case "taken" -> KeyClaim.TAKEN;
            case "other" -> KeyClaim.OTHER_CONTENT;
            case "answered" -> new KeyClaim.Answered((byte[]) found.get(1));
            default -> KeyClaim.RUNNING;
        };
    }

    @Override
    public boolean answer(Key key, String owner, byte[] answer, Duration timeToLive) throws IOException {
        return Long.valueOf(1).equals(run(ANSWER, key, bytes(owner), answer, bytes(timeToLive.toMillis())));
    }

    @Override
    public void free(Key key, String owner) throws IOException {
        Object unused = run(FREE, key, bytes(owner));
    }

    private Object run(byte[] script, Key key, byte[]... arguments) throws IOException {
        try {
            byte[] name = bytes(PREFIX + key.caller() + ":" + key.key());
            return redis.eval(script, List.of(name), List.of(arguments));
        } catch (JedisException broken) {
            throw new IOException("the store of idempotency keys does not respond: " + broken.getMessage(), broken);
        }
    }

    private static byte[] script(String lua) {
        return bytes(lua);
    }

    private static byte[] bytes(long number) {
        return bytes(Long.toString(number));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
