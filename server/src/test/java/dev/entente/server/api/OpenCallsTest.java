package dev.entente.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.entente.server.app.LocalCoordinator;
import dev.entente.server.app.Principals;
import dev.entente.server.app.SamplePlans;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Unauthenticated clients on the gRPC port, next to a client that is always served. */
final class OpenCallsTest {
    private static final int MAX_OF_PEER = 1000;
    private static final String HEALTH = "/grpc.health.v1.Health/Check";
    private static final String WATCH = "/grpc.health.v1.Health/Watch";
    private static final String GET = "/entente.v1.TransactionService/GetTransaction";
    private static final String STRANGER = "127.66.0.1";

    @TempDir
    private Path folder;

    private LocalCoordinator api;
    private RawHttp2 stranger;

    @BeforeEach
    void open() throws Exception {
        api = LocalCoordinator.start("participants.stock.target", "127.0.0.1:1");
        stranger = RawHttp2.connectFrom(STRANGER, api.port());
    }

    @AfterEach
    void close() throws Exception {
        stranger.close();
        api.close();
    }

    @Test
    void watches_of_one_peer_are_bounded_and_end_with_their_connections() throws Exception {
        for (int round = 1; round <= 2; round++) {
            long before = refused();
            List<RawHttp2> watching = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                RawHttp2 each = RawHttp2.connectFrom(STRANGER, api.port());
                watching.add(each);
                each.write(RawHttp2.calls(WATCH, 400));
            }
            await().until(() -> refused() - before == 3 * 400 - MAX_OF_PEER);
            assertThat(open(api)).isEqualTo(MAX_OF_PEER);
            assertServes();
            for (RawHttp2 each : watching) {
                each.close();
            }
            await().until(() -> open(api) == 0);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {HEALTH, WATCH})
    void a_health_call_beyond_the_limit_of_one_peer_is_refused(String method) throws Exception {
        stranger.write(RawHttp2.calls(WATCH, MAX_OF_PEER));
        await().until(() -> answers() == MAX_OF_PEER);
        stranger.write(RawHttp2.calls(method, 2 * MAX_OF_PEER + 1, 1));
        await().until(() -> stranger.frames().stream()
                .anyMatch(frame ->
                        frame.payload().toString(StandardCharsets.ISO_8859_1).contains("ENT-050")));
    }

    private long answers() {
        return stranger.frames().stream()
                .filter(frame -> frame.type() == RawHttp2.DATA)
                .count();
    }

    @Test
    void transaction_calls_are_not_counted_where_authentication_is_off() throws Exception {
        for (int stream = 1; stream <= 2 * (MAX_OF_PEER + 500); stream += 2) {
            stranger.write(RawHttp2.headers(stream, GET));
        }
        int last = 2 * (MAX_OF_PEER + 500) + 1;
        stranger.write(RawHttp2.calls(HEALTH, last, 1));
        await().until(() -> stranger.frames().stream().anyMatch(frame -> frame.stream() == last));
        assertThat(refused()).isZero();
        assertThat(stranger.frames()).allMatch(frame -> frame.stream() == last);
        assertServes();
    }

    @Test
    void reflection_with_a_token_is_not_counted() {
        Principals principals = new Principals(folder, "shop submitter");
        try (LocalCoordinator guarded = LocalCoordinator.start("auth.tokenFile", principals.file.toString())) {
            AtomicInteger answers = new AtomicInteger();
            StreamObserver<ServerReflectionRequest> asking = ServerReflectionGrpc.newStub(
                            principals.at(guarded, "shop").channel)
                    .serverReflectionInfo(new StreamObserver<>() {
                        @Override
                        public void onNext(ServerReflectionResponse answer) {
                            answers.incrementAndGet();
                        }

                        @Override
                        public void onError(Throwable failure) {}

                        @Override
                        public void onCompleted() {}
                    });
            asking.onNext(
                    ServerReflectionRequest.newBuilder().setListServices("*").build());
            await().until(() -> answers.get() == 1);
            assertThat(open(guarded)).isZero();
            asking.onCompleted();
        }
    }

    @Test
    void a_malformed_health_request_logs_no_stack_trace() throws Exception {
        List<LogRecord> records = new CopyOnWriteArrayList<>();
        Handler handler = new Records(records);
        Logger grpc = Logger.getLogger("io.grpc");
        grpc.addHandler(handler);
        try {
            stranger.write(RawHttp2.headers(1, HEALTH));
            byte[] noMessage = {0, 0, 0, 0, 1, -1};
            stranger.write(RawHttp2.frame(RawHttp2.DATA, 1, 1, noMessage));
            await().until(() -> !stranger.frames().isEmpty());
            assertThat(records).isEmpty();
        } finally {
            grpc.removeHandler(handler);
        }
        assertServes();
    }

    @Test
    void a_client_may_cancel_8000_calls_at_once_and_continue() throws Exception {
        stranger.write(callsGivenUp(1, 8000));
        int last = 2 * 8000 + 1;
        stranger.write(RawHttp2.calls(HEALTH, last, 1));
        await().until(() -> stranger.frames().stream().anyMatch(frame -> frame.stream() == last));
        assertThat(stranger.isClosed()).isFalse();
    }

    @Test
    void a_connection_that_resets_streams_too_fast_is_closed() throws Exception {
        stranger.write(callsGivenUp(1, 60_000));
        await().until(stranger::isClosed);
        assertServes();
    }

    private static byte[] callsGivenUp(int first, int count) {
        ByteArrayOutputStream flood = new ByteArrayOutputStream();
        for (int stream = first; stream < first + 2 * count; stream += 2) {
            flood.writeBytes(RawHttp2.headers(stream, GET));
            flood.writeBytes(RawHttp2.frame(RawHttp2.RST_STREAM, 0, stream, new byte[] {0, 0, 0, 8}));
        }
        return flood.toByteArray();
    }

    private void assertServes() {
        assertThat(HealthGrpc.newBlockingStub(api.channel)
                        .check(HealthCheckRequest.getDefaultInstance())
                        .getStatus())
                .isEqualTo(ServingStatus.SERVING);
        assertThat(api.transactions()
                        .submitTransaction(SamplePlans.request(SamplePlans.scheduled("t-good")))
                        .getTransaction()
                        .getGid())
                .isEqualTo("t-good");
    }

    private long refused() {
        return value(api, "entente_grpc_port_open_calls_refused_total");
    }

    private static long open(LocalCoordinator api) {
        return value(api, "entente_grpc_port_open_calls");
    }

    private static long value(LocalCoordinator api, String metric) {
        return api.metrics()
                .lines()
                .filter(line -> line.startsWith(metric + " "))
                .mapToLong(line -> (long) Double.parseDouble(line.substring(metric.length() + 1)))
                .sum();
    }

    /** Collects gRPC's log records. */
    private static final class Records extends Handler {
        private final List<LogRecord> records;

        private Records(List<LogRecord> records) {
            this.records = records;
        }

        @Override
        public void publish(LogRecord record) {
            records.add(record);
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }
}
