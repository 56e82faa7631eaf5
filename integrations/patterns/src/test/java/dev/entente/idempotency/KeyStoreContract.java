package dev.entente.idempotency;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** The contract of every key store. */
abstract class KeyStoreContract {
    private static final Duration LONG = Duration.ofMinutes(10);
    private static final Duration SHORT = Duration.ofMillis(300);
    private static final String ONE = IdempotencyKeys.digest("one");
    private static final String ANOTHER = IdempotencyKeys.digest("another");

    /** The store, empty before each test. */
    abstract KeyStore store();

    @Test
    void a_key_is_taken_once_and_equal_requests_get_its_response() throws IOException {
        assertThat(claim("k", ONE, "first")).isEqualTo(KeyClaim.TAKEN);
        assertThat(claim("k", ONE, "second")).isEqualTo(KeyClaim.RUNNING);
        assertThat(store().answer(key("k"), "first", new byte[] {0, 1, -1}, LONG))
                .isTrue();

        for (int i = 0; i < 2; i++) {
            assertThat(claim("k", ONE, "third"))
                    .isInstanceOfSatisfying(
                            KeyClaim.Answered.class,
                            answered -> assertThat(answered.bytes()).containsExactly(0, 1, -1));
        }
    }

    @Test
    void another_content_is_refused_during_and_after_the_first_request() throws IOException {
        assertThat(claim("k", ONE, "first")).isEqualTo(KeyClaim.TAKEN);
        assertThat(claim("k", ANOTHER, "second")).isEqualTo(KeyClaim.OTHER_CONTENT);
        store().answer(key("k"), "first", new byte[0], LONG);
        assertThat(claim("k", ANOTHER, "second")).isEqualTo(KeyClaim.OTHER_CONTENT);
    }

    @Test
    void a_freed_key_can_be_taken_for_another_content() throws IOException {
        claim("k", ONE, "first");
        store().free(key("k"), "first");
        assertThat(claim("k", ANOTHER, "second")).isEqualTo(KeyClaim.TAKEN);
    }

    @Test
    void a_key_of_another_owner_or_with_a_response_cannot_be_freed() throws IOException {
        claim("k", ONE, "first");
        store().free(key("k"), "second");
        assertThat(claim("k", ONE, "second")).isEqualTo(KeyClaim.RUNNING);
        store().answer(key("k"), "first", "done".getBytes(UTF_8), LONG);
        store().free(key("k"), "first");
        assertThat(claim("k", ONE, "second")).isInstanceOf(KeyClaim.Answered.class);
    }

    @Test
    void an_expired_claim_is_taken_by_another_owner() throws IOException {
        assertThat(store().claim(key("k"), ONE, "first", SHORT)).isEqualTo(KeyClaim.TAKEN);
        await().until(() -> claim("k", ANOTHER, "second").equals(KeyClaim.TAKEN));

        assertThat(store().answer(key("k"), "first", new byte[0], LONG)).isFalse();
        store().free(key("k"), "first");
        assertThat(claim("k", ANOTHER, "third")).isEqualTo(KeyClaim.RUNNING);
    }

    @Test
    void a_key_can_be_taken_again_after_its_response_expires() throws IOException {
        claim("k", ONE, "first");
        store().answer(key("k"), "first", new byte[0], SHORT);
        await().until(() -> claim("k", ONE, "second").equals(KeyClaim.TAKEN));
    }

    @Test
    void different_callers_share_no_keys() throws IOException {
        assertThat(store().claim(IdempotencyKeys.key(List.of("alice"), "k"), ONE, "first", LONG))
                .isEqualTo(KeyClaim.TAKEN);
        assertThat(store().claim(IdempotencyKeys.key(List.of("bob"), "k"), ONE, "second", LONG))
                .isEqualTo(KeyClaim.TAKEN);
    }

    @Test
    void a_key_is_taken_once_by_concurrent_claims() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Callable<KeyClaim>> claims = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                String name = "k-" + i % 10;
                String owner = "owner-" + i;
                claims.add(() -> claim(name, ONE, owner));
            }
            int taken = 0;
            for (Future<KeyClaim> each : threads.invokeAll(claims)) {
                taken += each.get().equals(KeyClaim.TAKEN) ? 1 : 0;
            }
            assertThat(taken).isEqualTo(10);
        } finally {
            threads.shutdownNow();
        }
    }

    final KeyClaim claim(String key, String digest, String owner) throws IOException {
        return store().claim(key(key), digest, owner, LONG);
    }

    static KeyStore.Key key(String key) {
        return IdempotencyKeys.key(List.of("alice"), key);
    }
}
