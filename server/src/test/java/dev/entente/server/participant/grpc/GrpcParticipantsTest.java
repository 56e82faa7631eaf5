package dev.entente.server.participant.grpc;

import static dev.entente.server.participant.ParticipantConfig.plaintext;
import static dev.entente.server.participant.grpc.CallFixture.await;
import static dev.entente.server.participant.grpc.CallFixture.callOf;
import static dev.entente.server.participant.grpc.CallFixture.hasty;
import static dev.entente.server.participant.grpc.CallFixture.isUnreachable;
import static dev.entente.server.participant.grpc.CallFixture.participants;
import static dev.entente.server.participant.grpc.CallFixture.start;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.entente.backends.LoopbackPorts;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Target;
import dev.entente.server.participant.BranchCall;
import dev.entente.server.participant.ParticipantStatus;
import dev.entente.server.participant.limit.Dispatch;
import dev.entente.server.telemetry.Metrics;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/**
 * Over real connections: who is called at all, and what happens around a call. What an answer means is in CallContract.
 */
class GrpcParticipantsTest {
    @Test
    void a_participant_that_is_not_there_is_not_called() throws IOException {
        try (var participants = hasty(plaintext("stock", "127.0.0.1:" + LoopbackPorts.next()))) {
            assertThat(isUnreachable(await(start(participants, callOf("stock")))))
                    .isTrue();
        }
    }

    @Test
    void something_that_speaks_no_HTTP_2_is_not_called() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                var participants = hasty(plaintext("stock", "127.0.0.1:" + socket.getLocalPort()))) {
            Thread.ofVirtual().start(() -> answerGarbage(socket));

            assertThat(isUnreachable(await(start(participants, callOf("stock")))))
                    .isTrue();
        }
    }

    @Test
    void a_participant_that_comes_back_is_reached_again() throws IOException {
        int port = LoopbackPorts.next();
        try (var participants = hasty(plaintext("stock", "127.0.0.1:" + port))) {
            assertThat(isUnreachable(await(start(participants, callOf("stock")))))
                    .isTrue();
            try (var _ = LoopbackParticipant.start(port, LoopbackParticipant.ok("back"))) {
                Awaitility.await()
                        .until(() -> await(start(participants, callOf("stock"))) instanceof Outcome.Succeeded);
            }
        }
    }

    @Test
    void a_participant_that_is_configured_no_more_is_a_misconfiguration() {
        try (var participants = participants()) {
            assertThat(await(start(participants, callOf("stock"))).detail())
                    .startsWith("ENT-014: participant 'stock' is not configured");
        }
    }

    @Test
    void an_address_is_called_only_if_the_allow_list_permits() {
        try (var stock = LoopbackParticipant.start(LoopbackParticipant.ok(""));
                var open = new GrpcParticipants(List.of(), List.of("127.0.0.1:*"), CallFixture.LOOPS, Metrics.none());
                var closed = participants()) {
            assertThat(await(start(open, callOf(stock.target())))).isInstanceOf(Outcome.Succeeded.class);
            assertThat(open.statuses()).extracting(ParticipantStatus::address).containsExactly(stock.target());
            assertThat(await(start(closed, callOf(stock.target()))).detail()).startsWith("ENT-015");
        }
    }

    @Test
    void an_answer_that_cannot_be_taken_in_is_told_and_gives_its_place_back() {
        Metrics metrics = Metrics.prometheus();
        ListAppender<ILoggingEvent> lines = new ListAppender<>() {
            @Override
            protected void append(ILoggingEvent line) {
                // Its MDC is that of the thread that logs.
                line.prepareForDeferredProcessing();
                super.append(line);
            }
        };
        Logger logger = (Logger) LoggerFactory.getLogger(Dispatch.class);
        lines.start();
        logger.addAppender(lines);
        logger.setAdditive(false);
        try (var stock = LoopbackParticipant.start(LoopbackParticipant.ok(""));
                var participants = new GrpcParticipants(
                        List.of(plaintext("stock", stock.target()).withMaxInFlight(1)),
                        List.of(),
                        CallFixture.LOOPS,
                        metrics)) {
            participants.call(callOf("stock"), _ -> {
                throw new IllegalStateException("a defect of this test's making");
            });

            assertThat(await(start(participants, callOf("stock")))).isInstanceOf(Outcome.Succeeded.class);
            // both waited for the connection, and either may have been first
            Awaitility.await()
                    .untilAsserted(() -> assertThat(lines.list)
                            .singleElement()
                            .satisfies(line -> assertThat(line.getMDCPropertyMap())
                                    .containsEntry("gid", "order-4711")
                                    .containsEntry("op", "action")));
            assertThat(metrics.exposition()).contains("entente_caught_total{where=\"participant-answer\"} 1.0");
        } finally {
            logger.setAdditive(true);
            logger.detachAppender(lines);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "no-slash", "shop.v1.Stock Service/Re\nserve", "shop.v1.Läden/Öffne"})
    void a_method_that_cannot_be_sent_is_answered_all_the_same(String method) {
        try (var stock = LoopbackParticipant.start(LoopbackParticipant.ok(""));
                var participants = participants(plaintext("stock", stock.target()))) {
            BranchCall call = callOf("stock");
            BranchCall odd = new BranchCall(
                    call.gid(),
                    call.branch(),
                    call.op(),
                    call.attempt(),
                    call.fence(),
                    call.pattern(),
                    call.createdAt(),
                    new Target.Grpc("stock", method),
                    call.request(),
                    Duration.ofSeconds(2),
                    call.permit());

            assertThat(await(start(participants, odd))).isNotNull();
            Awaitility.await().until(() -> participants.statuses().getFirst().inFlight() == 0);
        }
    }

    /** Answers everybody who connects, until the socket is closed. */
    private static void answerGarbage(ServerSocket server) {
        while (!server.isClosed()) {
            try (Socket socket = server.accept()) {
                socket.getOutputStream()
                        .write("HTTP/1.1 400 Bad Request\r\n\r\nwhat?".getBytes(StandardCharsets.US_ASCII));
                socket.shutdownOutput();
                socket.getInputStream().readAllBytes();
            } catch (IOException gone) {
                // Whoever connects next is answered too.
            }
        }
    }
}
