package dev.entente.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.entente.backends.PatientAwaits;
import dev.entente.client.channel.FakeHealth;
import dev.entente.v1.Transaction;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A coordinator that is stopped, or whose connection is dead without a word, with calls that would wait for it for an
 * hour.
 */
@ParameterizedClass(name = "stream = {0}")
@ValueSource(booleans = {false, true})
@Execution(ExecutionMode.CONCURRENT)
class FrozenCoordinatorTest {
    private static final Duration HOUR = Duration.ofHours(1);
    private final boolean stream;

    FrozenCoordinatorTest(boolean stream) {
        this.stream = stream;
    }

    /** A coordinator that can be frozen: its connections stay, and nothing comes over them any more. */
    private static final class Node implements AutoCloseable {
        private final FakeCoordinator coordinator = new FakeCoordinator();
        private final Loopback server = new Loopback(coordinator);
        private final SwallowingProxy proxy = new SwallowingProxy(server.port());

        Node() throws IOException {
            coordinator.ignore("get"); // what another one accepted is not known here
        }

        String target() {
            return "127.0.0.1:" + proxy.port();
        }

        List<String> calls() {
            return coordinator.calls;
        }

        void stop() {
            proxy.swallow();
        }

        @Override
        public void close() throws IOException {
            proxy.close();
            server.close();
        }
    }

    private Entente client(String target) {
        return Entente.builder(target).stream(stream)
                .callTimeout(HOUR)
                .retryFor(HOUR)
                .build();
    }

    @Test
    void a_call_is_answered_by_the_other_while_the_first_is_frozen() throws IOException {
        try (Node one = new Node();
                Node other = new Node();
                Entente entente = client(one.target() + "," + other.target())) {
            entente.saga("checkout").gid("order-1").submit();
            await().until(() -> !one.calls().isEmpty() || !other.calls().isEmpty());
            (one.calls().isEmpty() ? other : one).stop();

            CompletableFuture<Submitted> second =
                    entente.saga("checkout").gid("order-2").submitAsync();

            assertThat(second).succeedsWithin(PatientAwaits.BOUND);
        }
    }

    @Test
    void one_that_was_frozen_before_the_first_call_is_passed_by() throws IOException {
        try (Node frozen = new Node();
                Node other = new Node()) {
            frozen.stop();
            for (int i = 0; i < 3; i++) { // the first call of each goes to either
                try (Entente entente = client(frozen.target() + "," + other.target())) {
                    assertThat(entente.saga("checkout").gid("order-" + i).submitAsync())
                            .succeedsWithin(PatientAwaits.BOUND);
                }
            }
        }
    }

    @Test
    void a_wait_for_an_end_goes_on_at_the_other() throws IOException {
        try (Node one = new Node();
                Node other = new Node();
                Entente entente = client(one.target() + "," + other.target())) {
            CompletableFuture<Outcome> waiting =
                    entente.saga("checkout").gid("order-1").submitAndWaitAsync(Duration.ofMinutes(1));
            await().until(() -> !one.calls().isEmpty() || !other.calls().isEmpty());
            Node frozen = one.calls().isEmpty() ? other : one;
            frozen.stop();

            Node living = frozen == one ? other : one;
            await().until(() -> !living.calls().isEmpty());
            assertThat(waiting).isNotDone();
            waiting.cancel(true);
        }
    }

    @Test
    void a_connection_that_is_dead_without_a_word_is_replaced() throws IOException {
        try (Node node = new Node();
                Entente entente = client(node.target())) {
            entente.saga("checkout").gid("order-1").submit();
            node.stop();
            CompletableFuture<Submitted> second =
                    entente.saga("checkout").gid("order-2").submitAsync();
            await().until(node.proxy::hasSwallowed);
            node.proxy.letPass();

            assertThat(second).succeedsWithin(PatientAwaits.BOUND);
        }
    }

    @Test
    void a_call_that_takes_long_is_not_broken_off_while_its_coordinator_lives() throws IOException {
        FakeCoordinator coordinator = new FakeCoordinator();
        FakeHealth health = new FakeHealth();
        coordinator.ignore("get");
        // A starved process may be silent for two seconds, and not for nine.
        try (Loopback server = new Loopback(List.of(coordinator, health));
                Entente entente = server.client().stream(stream)
                        .tick(Duration.ofSeconds(1))
                        .build()) {
            entente.saga("checkout").gid("order-1").submit();
            CompletableFuture<Transaction> slow = entente.transactions().getAsync("order-1");
            await().until(() -> health.checks.get() >= 2);

            assertThat(slow).isNotDone();
            assertThat(coordinator.calls).containsExactly("submit", "get");
            slow.cancel(true);
        }
    }

    @Test
    void an_abort_that_one_does_not_answer_is_said_to_the_other() throws IOException {
        try (Node one = new Node();
                Node other = new Node();
                Entente entente = Entente.builder(one.target() + "," + other.target()).stream(stream)
                        .callTimeout(Duration.ofSeconds(5))
                        .build()) {
            one.coordinator.ignore("abort");
            other.coordinator.ignore("abort");
            Tcc tcc = entente.tcc("transfer").gid("transfer-1");

            assertThatThrownBy(() -> tcc.execute(scope -> {
                        throw new IllegalArgumentException("it is not wanted any more");
                    }))
                    .isInstanceOf(IllegalArgumentException.class);

            assertThat(one.calls()).anyMatch(call -> call.startsWith("abort"));
            assertThat(other.calls()).anyMatch(call -> call.startsWith("abort"));
        }
    }
}
