package dev.entente.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.backends.PatientAwaits;
import dev.entente.client.Entente;
import dev.entente.client.Participant;
import dev.entente.client.Saga;
import dev.entente.v1.Transaction;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The effect of {@code retention.keepPayloads}, on a real server. */
class KeptPayloadsTest {
    private static final HealthCheckRequest REQUEST =
            HealthCheckRequest.newBuilder().setService("shop").build();

    private static ExampleParticipant participant;
    private static LocalCoordinator keeping;
    private static LocalCoordinator standard;

    @BeforeAll
    static void start() throws IOException {
        participant = ExampleParticipant.start();
        keeping = LocalCoordinator.start(
                "participants.any.target", participant.target(), "retention.keepPayloads", "true");
        standard = LocalCoordinator.start("participants.any.target", participant.target());
    }

    @AfterAll
    static void stop() {
        keeping.close();
        standard.close();
        participant.close();
    }

    /**
     * Runs a saga of two steps. The response of the first step is the result and is stored; the response of the second
     * is not.
     */
    private static Transaction finished(LocalCoordinator server, String gid) {
        try (Entente entente = Entente.builder(server.target()).build()) {
            Participant any = entente.participant("any");
            Saga saga = entente.saga("kept").gid(gid);
            var first = saga.step("first", any.call(HealthGrpc.getCheckMethod(), REQUEST))
                    .nothingToUndo();
            var _ = saga.step("second", any.call(HealthGrpc.getCheckMethod(), REQUEST))
                    .nothingToUndo();
            assertThat(saga.run(first, PatientAwaits.BOUND).getStatus())
                    .isEqualTo(HealthCheckResponse.ServingStatus.SERVING);
            return entente.transactions().describe(gid);
        }
    }

    @Test
    void a_finished_transaction_keeps_its_requests_and_stored_responses() throws IOException {
        Transaction kept = finished(keeping, "kept");
        var steps = kept.getPlan().getSaga().getStepsList();
        assertThat(steps).hasSize(2);
        assertThat(HealthCheckRequest.parseFrom(steps.getFirst().getAction().getRaw()))
                .isEqualTo(REQUEST);
        assertThat(HealthCheckResponse.parseFrom(
                                kept.getBranches(0).getResponse().getRaw())
                        .getStatus())
                .isEqualTo(HealthCheckResponse.ServingStatus.SERVING);
        assertThat(kept.getBranches(1).hasResponse()).isFalse();
    }

    @Test
    void by_default_payloads_are_removed_with_the_open_row() {
        Transaction bare = finished(standard, "bare");
        assertThat(bare.getPlan().getSaga().getSteps(0).getAction().getRaw().isEmpty())
                .isTrue();
        assertThat(bare.getBranchesList()).noneMatch(branch -> branch.hasResponse());
    }
}
