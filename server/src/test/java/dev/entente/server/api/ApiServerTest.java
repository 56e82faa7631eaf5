package dev.entente.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.plan.Limits;
import dev.entente.server.api.access.ApiSecurity;
import dev.entente.server.api.access.ProxyUsers;
import dev.entente.server.app.Client;
import dev.entente.server.participant.EventLoops;
import dev.entente.server.telemetry.Metrics;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ApiServerTest {
    @Test
    void a_call_before_the_server_is_ready_is_unavailable_and_retryable() throws Exception {
        EventLoops loops = EventLoops.start(1);
        try {
            InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
            ApiServer server = new ApiServer(
                    any,
                    loops,
                    new ApiSecurity(null, new ProxyUsers("", Map.of()), Proofs.forged("node-a"), _ -> {}, null),
                    Limits.STANDARD.planBytes(),
                    ApiServer.ConnectionTimes.STANDARD,
                    Metrics.none());
            ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", server.port())
                    .usePlaintext()
                    .build();
            Refused refused = Refused.by(() -> new Client(channel).get("g"));
            assertThat(refused.status()).isEqualTo(Status.Code.UNAVAILABLE);
            assertThat(refused.code()).isEqualTo("ENT-051");
            assertThat(refused.hasRetryInfo()).isTrue();
            channel.shutdownNow();
            server.stop(Duration.ZERO);
        } finally {
            loops.close();
        }
    }
}
