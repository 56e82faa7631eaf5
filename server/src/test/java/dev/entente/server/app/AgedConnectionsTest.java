package dev.entente.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.entente.backends.PatientAwaits;
import dev.entente.client.Entente;
import dev.entente.client.Participant;
import dev.entente.client.Saga;
import dev.entente.core.decision.Patience;
import dev.entente.server.participant.limit.Circuit;
import dev.entente.server.store.TestDatabase;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** A coordinator whose connections grow old within a second. */
class AgedConnectionsTest {
    private static final HealthCheckRequest REQUEST = HealthCheckRequest.getDefaultInstance();

    private static Server start(ExampleParticipant participant) {
        Map<String, String> settings = LocalServer.settings(TestDatabase.withSchema(), "a");
        settings.put("database.migrate", "true");
        settings.put("participants.any.target", participant.target());
        return LocalServer.start(
                settings,
                new FixedTimes(TestDatabase.PATIENCE, Duration.ofSeconds(1), Circuit.CONNECT, Patience.STANDARD));
    }

    @Test
    void a_call_without_end_ends_with_its_connection_and_no_saga_fails() throws IOException {
        try (ExampleParticipant participant = ExampleParticipant.start()) {
            Server server = start(participant);
            ManagedChannel stranger = NettyChannelBuilder.forTarget(
                            server.ready().grpc())
                    .usePlaintext()
                    .build();
            AtomicReference<Status> ended = new AtomicReference<>();
            HealthGrpc.newStub(stranger).watch(REQUEST, new Watching(ended));
            try (Entente entente = Entente.builder(server.ready().grpc()).build()) {
                for (int i = 0; i < 40 || ended.get() == null; i++) {
                    run(entente);
                }
                await().until(() -> ended.get() != null);
            } finally {
                stranger.shutdownNow();
                server.drain();
            }
        }
    }

    private static void run(Entente entente) {
        Participant any = entente.participant("any");
        Saga saga = entente.saga("aged");
        var only = saga.step("only", any.call(HealthGrpc.getCheckMethod(), REQUEST))
                .nothingToUndo();
        assertThat(saga.run(only, PatientAwaits.BOUND).getStatus())
                .isEqualTo(HealthCheckResponse.ServingStatus.SERVING);
    }

    private record Watching(AtomicReference<Status> ended) implements StreamObserver<HealthCheckResponse> {
        @Override
        public void onNext(HealthCheckResponse value) {
            // It is watched for its end.
        }

        @Override
        public void onError(Throwable thrown) {
            ended.set(Status.fromThrowable(thrown));
        }

        @Override
        public void onCompleted() {
            ended.set(Status.OK);
        }
    }
}
