package dev.entente.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.entente.backends.PatientAwaits;
import dev.entente.v1.Transaction;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Closing a client while calls wait at each of many coordinators. */
class ClosingTest {
    private static final int COORDINATORS = 80;

    private final List<FakeCoordinator> coordinators = new ArrayList<>();
    private final List<Loopback> servers = new ArrayList<>();

    ClosingTest() throws IOException {
        for (int i = 0; i < COORDINATORS; i++) {
            FakeCoordinator coordinator = new FakeCoordinator();
            coordinator.ignore("get");
            coordinators.add(coordinator);
            servers.add(new Loopback(coordinator));
        }
    }

    @AfterEach
    void stop() {
        servers.forEach(Loopback::close);
    }

    @Test
    void closing_waits_once_for_all_coordinators_and_fails_their_calls() {
        String targets = String.join(",", servers.stream().map(Loopback::target).toList());
        Entente entente = Entente.builder(targets)
                .roundRobin(true)
                .callTimeout(Duration.ofHours(1))
                .build();
        List<CompletableFuture<Transaction>> waiting = new ArrayList<>();
        // The client skips a coordinator that is slow to connect, so calls are repeated until each coordinator has one.
        await().until(() -> {
            waiting.add(entente.transactions().getAsync("order-1"));
            return coordinators.stream().noneMatch(coordinator -> coordinator.calls.isEmpty());
        });

        CompletableFuture<Void> closed = CompletableFuture.runAsync(entente::close);

        assertThat(closed).succeedsWithin(PatientAwaits.BOUND); // five seconds for each of the eighty would be too long
        assertThat(waiting)
                .allSatisfy(call -> assertThat(call)
                        .failsWithin(PatientAwaits.BOUND)
                        .withThrowableThat()
                        .havingCause()
                        .isInstanceOf(CoordinatorUnavailable.class));
    }
}
