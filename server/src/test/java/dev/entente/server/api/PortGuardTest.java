package dev.entente.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.entente.v1.SubmitTransactionRequest;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Strangers on the gRPC port, beside a client that is served all the time. */
final class PortGuardTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final String HEALTH = "/grpc.health.v1.Health/Check";
    private static final String WATCH = "/grpc.health.v1.Health/Watch";
    private static final String LIST = "/entente.v1.TransactionService/ListTransactions";
    private static final String SUBMIT = "/entente.v1.TransactionService/SubmitTransaction";
    private static final String GET = "/entente.v1.TransactionService/GetTransaction";

    private LoopbackApi api;
    private RawHttp2 stranger;

    @BeforeEach
    void open() throws Exception {
        api = LoopbackApi.open();
        stranger = RawHttp2.connect(api.port);
    }

    @AfterEach
    void close() throws Exception {
        stranger.close();
        api.close();
    }

    @Test
    void a_message_to_health_beyond_its_limit_is_refused_at_its_first_bytes() throws Exception {
        stranger.write(RawHttp2.headers(1, HEALTH));
        stranger.unfinished(1, RawHttp2.message(false, 5_000_000, 30_000));
        await().atMost(LONG).until(() -> stranger.isReset(1));
        assertThat(refused("too_large")).isEqualTo(1);
        assertThat(unfinishedBytes()).isZero();
        serves();
    }

    @Test
    void a_request_to_health_whose_end_does_not_come_is_refused_in_time() throws Exception {
        stranger.write(RawHttp2.headers(1, HEALTH));
        stranger.unfinished(1, RawHttp2.message(false, 4096, 1000));
        stranger.write(RawHttp2.headers(3, HEALTH));
        await().atMost(LONG).until(() -> unfinishedBytes() > 1000);
        serves();
        await().atMost(LONG).until(() -> stranger.isReset(1) && stranger.isReset(3));
        assertThat(refused("too_slow")).isEqualTo(2);
        assertThat(unfinishedBytes()).isZero();
        serves();
    }

    @Test
    void unfinished_requests_to_health_are_few_on_one_connection() throws Exception {
        for (int stream = 1; stream <= 2 * 150; stream += 2) {
            stranger.write(RawHttp2.headers(stream, HEALTH));
        }
        await().atMost(LONG).until(() -> stranger.isReset(299));
        assertThat(refused("too_many_calls")).isEqualTo(50);
        serves();
    }

    @Test
    void compressed_messages_to_health_are_refused_without_a_stack_trace() throws Exception {
        List<LogRecord> records = new CopyOnWriteArrayList<>();
        Handler handler = new Records(records);
        Logger grpc = Logger.getLogger("io.grpc");
        grpc.addHandler(handler);
        try {
            for (int stream = 1; stream <= 2 * 300; stream += 2) {
                stranger.write(RawHttp2.headers(stream, HEALTH));
                stranger.write(RawHttp2.frame(RawHttp2.DATA, 1, stream, RawHttp2.message(true, 32, 32)));
            }
            await().atMost(LONG).until(() -> refused("compressed") == 300);
            assertThat(records).isEmpty();
        } finally {
            grpc.removeHandler(handler);
        }
        serves();
    }

    @Test
    void bytes_that_are_no_message_leave_no_stack_trace_of_health() throws Exception {
        List<LogRecord> records = new CopyOnWriteArrayList<>();
        Handler handler = new Records(records);
        Logger grpc = Logger.getLogger("io.grpc");
        grpc.addHandler(handler);
        try {
            stranger.write(RawHttp2.headers(1, HEALTH));
            byte[] noMessage = {0, 0, 0, 0, 1, -1};
            stranger.write(RawHttp2.frame(RawHttp2.DATA, 1, 1, noMessage));
            await().atMost(LONG).until(() -> !stranger.frames().isEmpty());
            assertThat(records).isEmpty();
        } finally {
            grpc.removeHandler(handler);
        }
        serves();
    }

    @Test
    void unfinished_requests_of_one_connection_are_bounded_in_bytes() throws Exception {
        long most = 16 << 20;
        for (int stream = 1; stream <= 2 * 30; stream += 2) {
            stranger.write(RawHttp2.headers(stream, SUBMIT));
            stranger.unfinished(stream, RawHttp2.message(false, 4_000_000, 900_000));
            assertThat(unfinishedBytes()).isLessThanOrEqualTo(most);
        }
        await().atMost(LONG).until(() -> stranger.isReset(59));
        assertThat(refused("too_many_bytes")).isPositive();
        assertThat(unfinishedBytes()).isBetween(8L << 20, most);
        serves();
        stranger.close();
        await().atMost(LONG).until(() -> unfinishedBytes() == 0);
    }

    @Test
    void calls_that_are_open_to_everybody_and_last_are_few_and_end_with_their_connection() throws Exception {
        for (int round = 1; round <= 3; round++) {
            long before = refused("too_many_calls");
            List<RawHttp2> watching = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                RawHttp2 each = RawHttp2.connectFrom("127.66.0.1", api.port);
                watching.add(each);
                each.write(RawHttp2.calls(WATCH, 150));
            }
            await().atMost(LONG).until(() -> refused("too_many_calls") - before == 12 * 150 - 1000);
            serves();
            for (RawHttp2 each : watching) {
                each.close();
            }
            await().atMost(LONG).until(() -> value("entente_grpc_port_open_calls") == 0);
        }
    }

    @Test
    void a_connection_that_goes_on_with_refused_calls_is_closed() throws Exception {
        closes(RawHttp2.calls(WATCH, 8000), "refused");
    }

    @Test
    void answers_that_their_client_does_not_take_are_given_up() throws Exception {
        try (RawHttp2 checking = RawHttp2.connectWithoutWindow(api.port);
                RawHttp2 listing = RawHttp2.connectWithoutWindow(api.port);
                RawHttp2 deaf = RawHttp2.connectDeaf(api.port)) {
            checking.write(RawHttp2.calls(HEALTH, 150));
            await().atMost(LONG).until(() -> refused("too_many_calls") == 50);
            listing.write(RawHttp2.calls(LIST, 1000));
            await().atMost(LONG).until(() -> refused("untaken") == 800);
            Thread.ofVirtual().start(() -> callUntilClosed(deaf));
            serves();

            await().atMost(LONG)
                    .untilAsserted(() -> assertThat(refused("untaken")).isEqualTo(1000 + 100));
            await().atMost(LONG).until(deaf::isClosed);
            assertThat(refused("unread")).isEqualTo(1);
            assertThat(checking.isClosed() || listing.isClosed()).isFalse();
            serves();
        }
    }

    private static void callUntilClosed(RawHttp2 deaf) {
        for (int first = 1; first < 20_000_000 && !deaf.isClosed(); first += 20_000) {
            deaf.write(RawHttp2.calls("/none/None", first, 10_000));
        }
    }

    @Test
    void a_connection_that_resets_streams_too_fast_is_closed() throws Exception {
        ByteArrayOutputStream flood = new ByteArrayOutputStream();
        for (int stream = 1; stream <= 2 * 51_100; stream += 2) {
            flood.writeBytes(RawHttp2.headers(stream, GET));
            flood.writeBytes(RawHttp2.frame(RawHttp2.RST_STREAM, 0, stream, new byte[] {0, 0, 0, 8}));
        }
        closes(flood.toByteArray(), "resets");
    }

    @Test
    void after_a_flood_the_next_connection_of_that_peer_waits_and_is_served() throws Exception {
        closes(times(1000, RawHttp2.frame(RawHttp2.SETTINGS, 0, 0, new byte[0])), "settings");
        try (RawHttp2 next = RawHttp2.connect(api.port)) {
            await().atMost(LONG).until(() -> refused("slowed") == 1);
            try (RawHttp2 another = RawHttp2.connectFrom("127.66.0.1", api.port)) {
                await().atMost(LONG).until(another::hasGreeted);
                assertThat(next.hasGreeted())
                        .as("that of the peer that flooded")
                        .isFalse();
            }
            serves();
            await().atMost(LONG).until(next::hasGreeted);
            assertThat(next.isClosed()).isFalse();
            assertThat(refused("slowed")).isEqualTo(1);
        }
    }

    @Test
    void headers_without_end_slow_their_sender_too() throws Exception {
        byte[] endless = times(10_000, RawHttp2.continuation(1, "x-more", "a".repeat(100)));
        stranger.write(RawHttp2.unfinishedHeaders(1, GET));
        Thread.ofVirtual().start(() -> stranger.write(endless));
        await().atMost(LONG).until(stranger::isClosed);
        try (RawHttp2 next = RawHttp2.connect(api.port)) {
            await().atMost(LONG).until(() -> refused("slowed") == 1);
            await().atMost(LONG).until(next::hasGreeted);
        }
        serves();
    }

    @Test
    void a_connection_that_sends_settings_too_fast_is_closed() throws Exception {
        closes(times(100_000, RawHttp2.frame(RawHttp2.SETTINGS, 0, 0, new byte[0])), "settings");
    }

    @Test
    void a_connection_that_sends_frames_without_content_too_fast_is_closed() throws Exception {
        closes(times(300_000, RawHttp2.frame(RawHttp2.PRIORITY, 0, 1, new byte[] {0, 0, 0, 3, 7})), "frames");
    }

    @Test
    void a_peer_has_some_connections_and_no_more() throws Exception {
        try (LoopbackApi few = LoopbackApi.withConnections(10)) {
            assertThat(HealthGrpc.newBlockingStub(few.channel)
                            .check(HealthCheckRequest.getDefaultInstance())
                            .getStatus())
                    .isEqualTo(ServingStatus.SERVING);
            List<RawHttp2> silent = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                silent.add(RawHttp2.silent(few.port));
            }
            await().atMost(LONG)
                    .until(() -> silent.stream().filter(RawHttp2::isClosed).count() >= 31);
            assertThat(silent.stream().filter(RawHttp2::isClosed)).hasSize(31);
            assertThat(value(few, "entente_grpc_port_refused_total{why=\"connections\"}"))
                    .isEqualTo(31);
            assertThat(few.client()
                            .submitTransaction(SubmitTransactionRequest.newBuilder()
                                    .setPlan(SamplePlans.saga("t-good"))
                                    .build())
                            .getAlreadyKnown())
                    .isFalse();
            for (RawHttp2 each : silent) {
                each.close();
            }
            await().atMost(LONG).until(() -> isServed(few));
        }
    }

    private static boolean isServed(LoopbackApi few) throws Exception {
        try (RawHttp2 another = RawHttp2.silent(few.port)) {
            await().atMost(LONG)
                    .until(() -> another.isClosed() || !another.frames().isEmpty());
            return !another.isClosed();
        }
    }

    @Test
    void a_connection_that_says_nothing_is_closed() throws Exception {
        try (RawHttp2 silent = RawHttp2.silent(api.port)) {
            await().atMost(LONG).until(silent::isClosed);
            assertThat(refused("silent")).isEqualTo(1);
            assertThat(stranger.isClosed()).as("one that has greeted").isFalse();
            serves();
        }
    }

    private void closes(byte[] flood, String why) throws Exception {
        serves();
        Thread flooding = Thread.ofVirtual().start(() -> stranger.write(flood));
        await().atMost(LONG).until(stranger::isClosed);
        flooding.join();
        assertThat(refused(why)).isEqualTo(1);
        serves();
    }

    private static byte[] times(int count, byte[] frame) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int i = 0; i < count; i++) {
            all.writeBytes(frame);
        }
        return all.toByteArray();
    }

    private void serves() {
        assertThat(HealthGrpc.newBlockingStub(api.channel)
                        .check(HealthCheckRequest.getDefaultInstance())
                        .getStatus())
                .isEqualTo(ServingStatus.SERVING);
        assertThat(api.client()
                        .submitTransaction(SubmitTransactionRequest.newBuilder()
                                .setPlan(SamplePlans.saga("t-good"))
                                .build())
                        .getTransaction()
                        .getGid())
                .isEqualTo("t-good");
    }

    private long refused(String why) {
        return value("entente_grpc_port_refused_total{why=\"" + why + "\"}");
    }

    private long unfinishedBytes() {
        return value("entente_grpc_port_unfinished_bytes");
    }

    private long value(String metric) {
        return value(api, metric);
    }

    private static long value(LoopbackApi api, String metric) {
        return api.metrics
                .exposition()
                .lines()
                .filter(line -> line.startsWith(metric + " "))
                .mapToLong(line -> (long) Double.parseDouble(line.substring(metric.length() + 1)))
                .sum();
    }

    /** What gRPC logs. */
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
