package dev.entente.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.entente.backends.PatientAwaits;
import dev.entente.client.Entente;
import dev.entente.client.Participant;
import dev.entente.client.Saga;
import dev.entente.core.decision.NoProgressLimits;
import dev.entente.server.api.ApiServer;
import dev.entente.server.participant.limit.Circuit;
import dev.entente.server.store.TestDatabase;
import dev.entente.v1.Coordinator;
import dev.entente.v1.ListCoordinatorsRequest;
import dev.entente.v1.OperatorServiceGrpc;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Responses of gRPC's health service about a coordinator. */
class CoordinatorHealthTest {
    private static final HealthCheckRequest REQUEST = HealthCheckRequest.getDefaultInstance();
    private final LocalCoordinator server = LocalCoordinator.start("lease", "2s");

    @AfterEach
    void close() {
        server.close();
    }

    private ServingStatus asked() {
        return HealthGrpc.newBlockingStub(server.channel).check(REQUEST).getStatus();
    }

    @Test
    void a_coordinator_without_lease_is_not_serving() {
        assertThat(asked()).isEqualTo(ServingStatus.SERVING);

        server.execute("alter table coordinator rename to away");
        await().until(() -> asked() == ServingStatus.NOT_SERVING);

        server.execute("alter table away rename to coordinator");
        await().until(() -> asked() == ServingStatus.SERVING);
    }

    @Test
    void a_coordinator_that_cannot_write_is_listed_with_an_expired_lease() {
        server.execute("create function refuse() returns trigger language plpgsql"
                + " as $$ begin raise 'no space left on device'; end $$");
        server.execute("create trigger refuse before update on coordinator for each row execute function refuse()");
        await().until(() -> listed().getAlive() && listed().getLeaseExpired());

        server.execute("drop trigger refuse on coordinator");
        await().until(() -> listed().getAlive() && !listed().getLeaseExpired());
    }

    private Coordinator listed() {
        return OperatorServiceGrpc.newBlockingStub(server.channel)
                .listCoordinators(ListCoordinatorsRequest.getDefaultInstance())
                .getCoordinatorsList()
                .getLast();
    }

    @Test
    void a_health_watch_reports_a_drain_as_not_serving() {
        Watching watching = new Watching();
        HealthGrpc.newStub(server.channel).watch(REQUEST, watching);
        await().until(() -> watching.reported.contains(ServingStatus.SERVING));

        server.server.drain();

        await().until(() -> watching.reported.getLast() == ServingStatus.NOT_SERVING);
    }

    @Test
    void an_endless_call_ends_with_its_connection_and_no_saga_fails() throws IOException {
        FixedTimes young = new FixedTimes(
                TestDatabase.TIMEOUT,
                new ApiServer.ConnectionTimes(Duration.ofSeconds(1), Duration.ofSeconds(10)),
                Circuit.CONNECT,
                NoProgressLimits.STANDARD);
        try (ExampleParticipant participant = ExampleParticipant.start();
                LocalCoordinator aging = LocalCoordinator.start(
                        young, TestDatabase.withSchema(), "a", "participants.any.target", participant.target());
                Entente entente = Entente.builder(aging.target()).build()) {
            Watching watching = new Watching();
            HealthGrpc.newStub(aging.channel).watch(REQUEST, watching);
            for (int i = 0; i < 40 || !watching.isOver; i++) {
                run(entente);
            }
        }
    }

    private static void run(Entente entente) {
        Participant any = entente.participant("any");
        Saga saga = entente.saga("aged");
        var only = saga.step("only", any.call(HealthGrpc.getCheckMethod(), REQUEST))
                .nothingToUndo();
        assertThat(saga.run(only, PatientAwaits.BOUND).getStatus()).isEqualTo(ServingStatus.SERVING);
    }

    private static final class Watching implements StreamObserver<HealthCheckResponse> {
        final List<ServingStatus> reported = new CopyOnWriteArrayList<>();
        volatile boolean isOver;

        @Override
        public void onNext(HealthCheckResponse response) {
            reported.add(response.getStatus());
        }

        @Override
        public void onError(Throwable ended) {
            isOver = true;
        }

        @Override
        public void onCompleted() {
            isOver = true;
        }
    }
}
