package dev.entente.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.common.util.concurrent.ListenableFuture;
import dev.entente.backends.PatientAwaits;
import dev.entente.server.app.LocalCoordinator;
import io.grpc.ManagedChannel;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Clients that connect, call and die, all from one address. The test measures time in calls of another client on an
 * older connection, because a slow machine slows both.
 */
final class DisconnectingClientsTest {
    private static final int CONNECTIONS = 1000;
    private static final int AT_ONCE = 200;
    /** A served connection takes about four calls. A connection that waited ten seconds took tens of thousands. */
    private static final int MAX_CALLS_MEANWHILE = 5000;

    private static final String CHECK = "/grpc.health.v1.Health/Check";
    private static final String WATCH = "/grpc.health.v1.Health/Watch";
    private static final String OK = "grpc-status\u00010";

    private final AtomicLong calls = new AtomicLong();
    private LocalCoordinator api;
    private Thread other;
    private volatile boolean isOver;

    @BeforeEach
    void open() throws Exception {
        api = LocalCoordinator.start();
        other = Thread.ofVirtual().start(this::callOneAfterAnother);
        await().until(() -> calls.get() > 0);
    }

    private void callOneAfterAnother() {
        while (!isOver) {
            assertThat(HealthGrpc.newBlockingStub(api.channel)
                            .check(HealthCheckRequest.getDefaultInstance())
                            .getStatus())
                    .isEqualTo(ServingStatus.SERVING);
            calls.incrementAndGet();
        }
    }

    @AfterEach
    void close() throws Exception {
        isOver = true;
        other.join();
        api.close();
    }

    /** The cause of a connection's end. */
    private enum End {
        CLOSED,
        RESET,
        KILLED_DURING_A_RESPONSE;

        private static End of(int connection) {
            return values()[connection % values().length];
        }
    }

    @Test
    void new_clients_are_served_at_once_after_others_have_died() throws Exception {
        for (int i = 0; i < CONNECTIONS; i++) {
            connect(End.of(i));
        }
        List<ManagedChannel> channels = new ArrayList<>();
        try {
            List<ListenableFuture<HealthCheckResponse>> answers = new ArrayList<>();
            for (int i = 0; i < AT_ONCE; i++) {
                channels.add(NettyChannelBuilder.forAddress("127.0.0.1", api.port())
                        .usePlaintext()
                        .build());
                answers.add(HealthGrpc.newFutureStub(channels.getLast())
                        .withDeadlineAfter(PatientAwaits.BOUND)
                        .check(HealthCheckRequest.getDefaultInstance()));
            }
            for (ListenableFuture<HealthCheckResponse> answer : answers) {
                assertThat(answer.get(PatientAwaits.BOUND.toSeconds(), TimeUnit.SECONDS)
                                .getStatus())
                        .isEqualTo(ServingStatus.SERVING);
            }
        } finally {
            channels.forEach(ManagedChannel::shutdownNow);
        }
        assertThat(other.isAlive()).isTrue();
    }

    private void connect(End end) throws Exception {
        long before = calls.get();
        try (RawHttp2 client = RawHttp2.connect(api.port())) {
            boolean isWatching = end == End.KILLED_DURING_A_RESPONSE;
            client.write(RawHttp2.calls(isWatching ? WATCH : CHECK, 1));
            await().pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(1))
                    .until(() -> isAnswered(client, !isWatching) || calls.get() - before > MAX_CALLS_MEANWHILE);
            assertThat(isAnswered(client, !isWatching)).isTrue();
            if (end != End.CLOSED) {
                client.write(RawHttp2.frame(RawHttp2.PING, 0, 0, new byte[8]));
                client.reset();
            }
        }
    }

    private static boolean isAnswered(RawHttp2 client, boolean isComplete) {
        boolean hasMessage = client.frames().stream().anyMatch(frame -> frame.type() == RawHttp2.DATA);
        boolean isOk = client.frames().stream()
                .anyMatch(frame -> frame.type() == RawHttp2.HEADERS
                        && frame.payload().toString(StandardCharsets.ISO_8859_1).contains(OK));
        return hasMessage && (isOk || !isComplete);
    }
}
