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

/** A coordinator that is frozen, or a connection that is silently lost, with call timeouts of an hour. */
@ParameterizedClass(name = "stream = {0}")
@ValueSource(booleans = {false, true})
@Execution(ExecutionMode.CONCURRENT)
class FrozenCoordinatorTest {
    private static final Duration HOUR = Duration.ofHours(1);
    private final boolean stream;

    FrozenCoordinatorTest(boolean stream) {
        this.stream = stream;
    }

    /** A coordinator that can be frozen: its connections stay open, but transfer no data. */
    private static final class Node implements AutoCloseable {
        private final FakeCoordinator coordinator = new FakeCoordinator();
        private final Loopback server = new Loopback(coordinator);
        private final SwallowingProxy proxy = new SwallowingProxy(server.port());

        Node() throws IOException {
            coordinator.ignore("get"); // a coordinator does not know the transactions of the other one
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
    void a_call_is_answered_by_the_second_coordinator_while_the_first_is_frozen() throws IOException {
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
    void a_coordinator_frozen_before_the_first_call_is_skipped() throws IOException {
        try (Node frozen = new Node();
                Node other = new Node()) {
            frozen.stop();
            for (int i = 0; i < 3; i++) { // the first call of a client goes to either coordinator
                try (Entente entente = client(frozen.target() + "," + other.target())) {
                    assertThat(entente.saga("checkout").gid("order-" + i).submitAsync())
                            .succeedsWithin(PatientAwaits.BOUND);
                }
            }
        }
    }

    @Test
    void a_wait_for_the_outcome_continues_at_the_other_coordinator() throws IOException {
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
    void a_silently_lost_connection_is_replaced() throws IOException {
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
    void a_slow_call_continues_while_its_coordinator_passes_health_checks() throws IOException {
        FakeCoordinator coordinator = new FakeCoordinator();
        FakeHealth health = new FakeHealth();
        coordinator.ignore("get");
        // A process that gets no CPU time may be silent for two seconds, but not for nine.
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
    void an_abort_that_one_coordinator_does_not_answer_is_sent_to_the_other() throws IOException {
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
