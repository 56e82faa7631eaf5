package dev.entente.idempotency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.entente.backends.RedisServer;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.JedisPooled;

/** Tests the store with the redis-server of Debian's package. */
class RedisKeyStoreTest extends KeyStoreContract {
    private static final String ONE = IdempotencyKeys.digest("one");

    private RedisServer server;
    private JedisPooled redis;

    @BeforeEach
    void start() throws IOException {
        RedisServer.PROGRAM.require();
        server = new RedisServer();
        server.start();
        redis = new JedisPooled("127.0.0.1", server.port());
    }

    @AfterEach
    void stop() {
        if (server != null) {
            redis.close();
            server.close();
        }
    }

    @Override
    KeyStore store() {
        return new RedisKeyStore(redis);
    }

    @Test
    void a_claim_fails_when_the_server_is_dead() throws Exception {
        server.kill();
        assertThatThrownBy(() -> claim("k", IdempotencyKeys.digest("one"), "owner"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("does not respond");
    }

    /** A client without a response may have taken the key. No other client gets the key before its expiry. */
    @Test
    void no_key_is_taken_twice_when_the_server_is_killed() throws Exception {
        Map<String, AtomicInteger> taken = new ConcurrentHashMap<>();
        AtomicInteger next = new AtomicInteger();
        AtomicInteger refusals = new AtomicInteger();
        AtomicBoolean isOver = new AtomicBoolean();
        ExecutorService threads = Executors.newFixedThreadPool(4);
        List<CompletableFuture<Void>> clients = IntStream.range(0, 4)
                .mapToObj(client -> CompletableFuture.runAsync(
                        () -> {
                            while (!isOver.get()) {
                                claimNext("k-" + next.getAndIncrement() / 2, "client-" + client, taken, refusals);
                            }
                        },
                        threads))
                .toList();
        for (int kill = 1; kill <= 3; kill++) {
            int goal = next.get() + 100;
            await().until(() -> next.get() >= goal);
            server.kill();
            int refused = refusals.get();
            await().until(() -> refusals.get() > refused);
            server.start();
        }
        isOver.set(true);
        clients.forEach(CompletableFuture::join);
        threads.shutdown();
        assertThat(taken).hasSizeGreaterThan(100);
        assertThat(taken.values()).extracting(AtomicInteger::get).containsOnly(1);
        for (String key : taken.keySet().stream().limit(500).toList()) {
            assertThat(claim(key, ONE, "late")).isEqualTo(KeyClaim.RUNNING);
        }
    }

    private void claimNext(String key, String owner, Map<String, AtomicInteger> taken, AtomicInteger refusals) {
        try {
            if (claim(key, ONE, owner).equals(KeyClaim.TAKEN)) {
                taken.computeIfAbsent(key, first -> new AtomicInteger()).incrementAndGet();
            }
        } catch (IOException unavailable) {
            refusals.incrementAndGet();
            LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
        }
    }
}
