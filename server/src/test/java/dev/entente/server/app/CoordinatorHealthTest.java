package dev.entente.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.entente.server.store.DatabaseSettings;
import dev.entente.server.store.TestDatabase;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The answers of gRPC's health service about a coordinator. */
class CoordinatorHealthTest {
    private final DatabaseSettings database = TestDatabase.withSchema();
    private final Server server = start(database);
    private final ManagedChannel channel = Grpc.newChannelBuilder(
                    server.ready().grpc(), InsecureChannelCredentials.create())
            .build();

    private static Server start(DatabaseSettings database) {
        Map<String, String> settings = LocalServer.settings(database, "a");
        settings.put("database.migrate", "true");
        settings.put("lease", "2s");
        settings.put("drain", "100ms");
        return LocalServer.start(settings);
    }

    @AfterEach
    void close() {
        channel.shutdownNow();
        server.drain();
    }

    private ServingStatus asked() {
        return HealthGrpc.newBlockingStub(channel)
                .check(HealthCheckRequest.getDefaultInstance())
                .getStatus();
    }

    @Test
    void without_its_lease_it_does_not_serve() {
        assertThat(asked()).isEqualTo(ServingStatus.SERVING);

        TestDatabase.execute(database.jdbcUrl(), "alter table coordinator rename to away");
        await().until(() -> asked() == ServingStatus.NOT_SERVING);

        TestDatabase.execute(database.jdbcUrl(), "alter table away rename to coordinator");
        await().until(() -> asked() == ServingStatus.SERVING);
    }

    @Test
    void whoever_watches_is_told_that_it_drains() {
        Watching watching = new Watching();
        HealthGrpc.newStub(channel).watch(HealthCheckRequest.getDefaultInstance(), watching);
        await().until(() -> watching.told.contains(ServingStatus.SERVING));

        server.drain();

        await().until(() -> watching.told.size() == 2);
        assertThat(watching.told).containsExactly(ServingStatus.SERVING, ServingStatus.NOT_SERVING);
    }

    private static final class Watching implements StreamObserver<HealthCheckResponse> {
        final List<ServingStatus> told = new CopyOnWriteArrayList<>();

        @Override
        public void onNext(HealthCheckResponse response) {
            told.add(response.getStatus());
        }

        @Override
        public void onError(Throwable ended) {
            // the server is gone
        }

        @Override
        public void onCompleted() {
            // the server is gone
        }
    }
}
