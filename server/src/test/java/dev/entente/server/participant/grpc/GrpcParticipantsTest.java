package dev.entente.server.participant.grpc;

import static dev.entente.server.participant.ParticipantConfig.plaintext;
import static dev.entente.server.participant.grpc.CallFixture.LOOPS;
import static dev.entente.server.participant.grpc.CallFixture.await;
import static dev.entente.server.participant.grpc.CallFixture.callOf;
import static dev.entente.server.participant.grpc.CallFixture.hasty;
import static dev.entente.server.participant.grpc.CallFixture.isUnreachable;
import static dev.entente.server.participant.grpc.CallFixture.participants;
import static dev.entente.server.participant.grpc.CallFixture.start;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Target;
import dev.entente.server.participant.BranchCall;
import dev.entente.server.participant.limit.Circuit;
import dev.entente.server.participant.limit.PendingCall;
import dev.entente.server.telemetry.LogLines;
import dev.entente.server.telemetry.Metrics;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Calls over real connections: reachable participants, and the handling of calls. CallContract tests the outcomes of
 * responses.
 */
class GrpcParticipantsTest {
    @RegisterExtension
    private final LogLines lines = new LogLines(PendingCall.class);

    private static final Circuit.Rules RULES = Circuit.Rules.standard(CallFixture.CONNECT);

    @Test
    void a_server_without_HTTP_2_is_not_called() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                var participants = hasty(plaintext("stock", "127.0.0.1:" + socket.getLocalPort()))) {
            Thread.ofVirtual().start(() -> answerGarbage(socket));

            assertThat(isUnreachable(await(start(participants, callOf("stock")))))
                    .isTrue();
            assertThat(participants.probe("stock").join().isReachable()).isFalse();
        }
    }

    @Test
    void a_proxy_of_the_JVM_is_not_used() {
        ProxySelector before = ProxySelector.getDefault();
        try (var stock = LoopbackParticipant.start(LoopbackParticipant.ok(""));
                var participants = hasty(plaintext("stock", stock.target()))) {
            ProxySelector.setDefault(new ProxySelector() {
                @Override
                public List<Proxy> select(URI uri) {
                    InetSocketAddress closed = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
                    return List.of(
                            stock.target().endsWith(":" + uri.getPort())
                                    ? new Proxy(Proxy.Type.HTTP, closed)
                                    : Proxy.NO_PROXY);
                }

                @Override
                public void connectFailed(URI uri, SocketAddress address, IOException failure) {}
            });
            assertThat(await(start(participants, callOf("stock")))).isInstanceOf(Outcome.Succeeded.class);
        } finally {
            ProxySelector.setDefault(before);
        }
    }

    @Test
    void a_call_to_an_unconfigured_participant_fails_with_ENT_014() {
        try (var participants = participants()) {
            assertThat(await(start(participants, callOf("stock"))).detail())
                    .startsWith("ENT-014: participant 'stock' is not configured");
        }
    }

    @Test
    void an_exception_in_the_result_callback_is_logged_and_frees_the_capacity() {
        Metrics metrics = Metrics.prometheus();
        try (var stock = LoopbackParticipant.start(LoopbackParticipant.ok(""));
                var participants = participants(
                        List.of(),
                        LOOPS,
                        metrics,
                        RULES,
                        plaintext("stock", stock.target()).with(it -> it.maxInFlight = 1))) {
            participants.call(callOf("stock"), _ -> {
                throw new IllegalStateException("a defect of this test's making");
            });

            assertThat(await(start(participants, callOf("stock")))).isInstanceOf(Outcome.Succeeded.class);
            // both calls waited for the connection, and either call may be first
            Awaitility.await()
                    .untilAsserted(() -> assertThat(lines.reported())
                            .singleElement()
                            .asString()
                            .contains("participant stock", ": order-4711, action of branch "));
            assertThat(metrics.exposition()).contains("entente_caught_total{where=\"participant-answer\"} 1.0");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "no-slash", "shop.v1.Stock Service/Re\nserve", "shop.v1.Läden/Öffne"})
    void a_call_to_an_invalid_method_name_also_receives_an_outcome(String method) {
        try (var stock = LoopbackParticipant.start(LoopbackParticipant.ok(""));
                var participants = participants(plaintext("stock", stock.target()))) {
            BranchCall odd = CallFixture.to(new Target.Grpc("stock", method), callOf("stock", Duration.ofSeconds(2)));

            assertThat(await(start(participants, odd))).isNotNull();
            Awaitility.await().until(() -> participants.statuses().getFirst().inFlight() == 0);
        }
    }

    /** Answers each connection with an HTTP/1.1 error until the socket is closed. */
    private static void answerGarbage(ServerSocket server) {
        while (!server.isClosed()) {
            try (Socket socket = server.accept()) {
                socket.getOutputStream()
                        .write("HTTP/1.1 400 Bad Request\r\n\r\nwhat?".getBytes(StandardCharsets.US_ASCII));
                socket.shutdownOutput();
                socket.getInputStream().readAllBytes();
            } catch (IOException gone) {
                // The next connection is answered too.
            }
        }
    }
}
