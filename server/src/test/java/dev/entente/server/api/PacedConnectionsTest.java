package dev.entente.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** One address that opens connection after connection, beside a client at another one. */
final class PacedConnectionsTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final String HASTY = "127.66.0.7";
    private static final int MANY = 260;

    private final LoopbackApi api = LoopbackApi.open();
    private final List<RawHttp2> opened = new ArrayList<>();

    PacedConnectionsTest() throws Exception {}

    @AfterEach
    void close() throws Exception {
        for (RawHttp2 connection : opened) {
            connection.close();
        }
        api.close();
    }

    @Test
    void connections_that_come_too_fast_wait_and_all_are_served() throws Exception {
        for (int i = 0; i < MANY; i++) {
            opened.add(RawHttp2.connectFrom(HASTY, api.port));
        }
        serves();
        for (RawHttp2 connection : opened) {
            await().atMost(LONG).until(connection::hasGreeted);
        }
        assertThat(paced()).isPositive();
        assertThat(opened).noneMatch(RawHttp2::isClosed);
    }

    @Test
    void whoever_is_closed_for_pings_again_and_again_waits() throws Exception {
        ByteArrayOutputStream pings = new ByteArrayOutputStream();
        for (int i = 0; i < 1000; i++) {
            pings.writeBytes(RawHttp2.frame(RawHttp2.PING, 0, 0, new byte[8]));
        }
        for (int i = 0; i < 100 && paced() == 0; i++) {
            pingUntilClosed(pings.toByteArray());
        }
        assertThat(paced()).isPositive();
        serves();
    }

    private void pingUntilClosed(byte[] pings) throws IOException {
        try (RawHttp2 connection = RawHttp2.connectFrom(HASTY, api.port)) {
            connection.write(pings);
            await().atMost(LONG).until(connection::isClosed);
        }
    }

    private void serves() {
        assertThat(HealthGrpc.newBlockingStub(api.channel)
                        .check(HealthCheckRequest.getDefaultInstance())
                        .getStatus())
                .isEqualTo(ServingStatus.SERVING);
    }

    private long paced() {
        return api.metrics
                .exposition()
                .lines()
                .filter(line -> line.startsWith("entente_grpc_port_refused_total{why=\"paced\"} "))
                .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }
}
