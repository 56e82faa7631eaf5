package dev.entente.server.participant.grpc;

import static dev.entente.server.participant.ParticipantConfig.plaintext;
import static dev.entente.server.participant.grpc.CallFixture.LOOPS;
import static dev.entente.server.participant.grpc.CallFixture.await;
import static dev.entente.server.participant.grpc.CallFixture.callOf;
import static dev.entente.server.participant.grpc.CallFixture.explained;
import static dev.entente.server.participant.grpc.CallFixture.participants;
import static dev.entente.server.participant.grpc.CallFixture.start;
import static dev.entente.server.participant.grpc.CallFixture.under;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.entente.backends.LoopbackPorts;
import dev.entente.core.transaction.Outcome;
import dev.entente.server.participant.ParticipantConfig;
import dev.entente.server.participant.limit.Circuit;
import dev.entente.server.telemetry.Metrics;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Isolation of participants: failures of one participant do not affect calls to others. */
class IsolationTest {
    @Test
    void a_hung_participant_uses_only_its_own_limit() {
        try (var hung = LoopbackParticipant.start(LoopbackParticipant.hang());
                var stock = LoopbackParticipant.start(LoopbackParticipant.ok(""));
                var participants = participants(
                        plaintext("hung", hung.target()).with(it -> it.maxInFlight = 2),
                        plaintext("stock", stock.target()))) {
            List<CompletableFuture<Outcome>> stuck = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                stuck.add(start(participants, callOf("hung")));
            }
            Awaitility.await().until(() -> hung.arrived().size() == 2);

            for (int i = 0; i < 100; i++) {
                assertThat(await(start(participants, callOf("stock")))).isInstanceOf(Outcome.Succeeded.class);
            }

            assertThat(stuck).noneMatch(CompletableFuture::isDone);
            assertThat(hung.arrived()).hasSize(2);
            assertThat(participants.statuses().getFirst()).satisfies(status -> {
                assertThat(status.name()).isEqualTo("hung");
                assertThat(status.inFlight()).isEqualTo(2);
                assertThat(status.waiting()).isEqualTo(3);
                assertThat(status.circuit()).isEqualTo("closed");
            });
        }
    }

    @Test
    void a_hung_participant_queues_as_many_calls_as_may_be_in_flight() {
        try (var hung = LoopbackParticipant.start(LoopbackParticipant.hang());
                var participants = participants(plaintext("hung", hung.target()).with(it -> it.maxInFlight = 2))) {
            assertThat(participants.capacity("hung")).isEqualTo(4);
            assertThat(participants.capacity("unknown")).isEqualTo(Integer.MAX_VALUE);
            for (int i = 0; i < 3; i++) {
                var _ = start(participants, callOf("hung"));
            }
            Awaitility.await().until(() -> participants.capacity("hung") == 1);
            for (int i = 0; i < 3; i++) {
                var _ = start(participants, callOf("hung"));
            }
            assertThat(participants.capacity("hung")).isZero();
        }
    }

    @Test
    void a_queue_that_moves_has_capacity_for_more_calls() {
        try (var slow = LoopbackParticipant.start(LoopbackParticipant.hang());
                var participants = participants(plaintext("slow", slow.target()).with(it -> it.maxInFlight = 2))) {
            for (int i = 0; i < 4; i++) {
                var _ = start(participants, callOf("slow", Duration.ofMillis(100)));
            }
            for (int i = 0; i < 3; i++) {
                var _ = start(participants, callOf("slow"));
            }
            Awaitility.await().until(() -> participants.capacity("slow") == 1);
        }
    }

    @Test
    void a_queued_call_checks_the_lease_before_it_is_sent() {
        AtomicBoolean holdsLease = new AtomicBoolean(true);
        CompletableFuture<ServerCall<ByteString, ByteString>> held = new CompletableFuture<>();
        try (var slow = LoopbackParticipant.start((_, call) -> held.complete(call));
                var participants = participants(plaintext("slow", slow.target()).with(it -> it.maxInFlight = 1))) {
            CompletableFuture<Outcome> first = start(participants, callOf("slow"));
            Awaitility.await().until(held::isDone);
            CompletableFuture<Outcome> second = start(participants, under(holdsLease::get, callOf("slow")));
            assertThat(participants.statuses().getFirst().waiting()).isEqualTo(1);
            holdsLease.set(false);

            held.join().close(Status.INTERNAL, new Metadata());

            assertThat(await(first)).isInstanceOf(Outcome.Unknown.class);
            assertThat(await(second)).isInstanceOf(Outcome.NotSent.class);
            assertThat(slow.arrived()).hasSize(1);
        }
    }

    @Test
    void a_dead_participant_is_not_called_until_a_probe_succeeds() throws IOException {
        int port = LoopbackPorts.next();
        try (var participants = withCircuit(plaintext("stock", "127.0.0.1:" + port))) {
            List<CompletableFuture<Outcome>> waiting = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                waiting.add(start(participants, callOf("stock")));
            }
            Awaitility.await().until(() -> circuit(participants).equals("open"));
            assertThat(waiting).noneMatch(CompletableFuture::isDone);
            Awaitility.await()
                    .until(() -> participants.statuses().getFirst().waiting() == 5); // the circuit may open earlier
            assertThat(participants.statuses().getFirst().inFlight()).isZero();
            assertThat(participants.capacity("stock"))
                    .as("the waiting calls probe the participant")
                    .isZero();

            try (var _ = LoopbackParticipant.start(port, LoopbackParticipant.ok("back"))) {
                assertThat(waiting)
                        .allSatisfy(answer -> assertThat(await(answer)).isInstanceOf(Outcome.Succeeded.class));
                assertThat(circuit(participants)).isEqualTo("closed");
            }
        }
    }

    /** The pause between probes is longer than the test: only a new connection triggers probes. */
    @Test
    void a_recovered_participant_is_found_although_its_first_call_hangs() throws IOException {
        int port = LoopbackPorts.next();
        Circuit.Rules rules =
                new Circuit.Rules(3, Duration.ofHours(1), CallFixture.TIMEOUT, System::nanoTime, () -> 0.999);
        try (var participants = withCircuit(plaintext("stock", "127.0.0.1:" + port), rules)) {
            List<CompletableFuture<Outcome>> waiting = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                waiting.add(start(participants, callOf("stock")));
            }
            Awaitility.await().until(() -> circuit(participants).equals("open"));

            AtomicBoolean isFirst = new AtomicBoolean(true);
            LoopbackParticipant.Behaviour answersAllButTheFirst = (arrived, call) -> {
                if (!isFirst.getAndSet(false)) {
                    LoopbackParticipant.ok("back").answer(arrived, call);
                }
            };
            try (var _ = LoopbackParticipant.plain(port, answersAllButTheFirst)) {
                Awaitility.await()
                        .until(() -> waiting.stream()
                                        .filter(CompletableFuture::isDone)
                                        .count()
                                == waiting.size() - 1);
                assertThat(circuit(participants)).isEqualTo("closed");
            }
        }
    }

    @Test
    void a_call_without_a_connection_ends_as_not_sent() throws IOException {
        int port = LoopbackPorts.next();
        try (var participants = CallFixture.hasty(plaintext("stock", "127.0.0.1:" + port))) {
            assertThat(explained(participants, callOf("stock")))
                    .isInstanceOfSatisfying(Outcome.NotSent.class, outcome -> {
                        assertThat(outcome.isUnreachable()).isTrue();
                        assertThat(outcome.retryAfter()).isPositive();
                        assertThat(outcome.detail()).endsWith("could not connect to the participant");
                    });
            assertThat(participants.statuses().getFirst().lastError()).contains("Connection refused");
            assertThat(participants.statuses().getFirst().waiting()).isZero();
        }
    }

    @Test
    void responses_with_UNAVAILABLE_keep_the_circuit_closed() {
        try (var stock = LoopbackParticipant.start(LoopbackParticipant.status(Status.UNAVAILABLE));
                var participants = withCircuit(plaintext("stock", stock.target()))) {
            for (int i = 0; i < 10; i++) {
                assertThat(await(start(participants, callOf("stock")))).isInstanceOf(Outcome.Unknown.class);
            }

            assertThat(circuit(participants)).isEqualTo("closed");
        }
    }

    private GrpcParticipants withCircuit(ParticipantConfig config) {
        return withCircuit(
                config,
                new Circuit.Rules(3, Duration.ofMillis(200), CallFixture.TIMEOUT, System::nanoTime, () -> 0.999));
    }

    private GrpcParticipants withCircuit(ParticipantConfig config, Circuit.Rules rules) {
        return participants(List.of(), LOOPS, Metrics.none(), rules, config);
    }

    private static String circuit(GrpcParticipants participants) {
        return participants.statuses().getFirst().circuit();
    }
}
