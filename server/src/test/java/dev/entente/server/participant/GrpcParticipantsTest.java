package dev.entente.server.participant;

import static dev.entente.server.participant.CallFixture.await;
import static dev.entente.server.participant.CallFixture.callOf;
import static dev.entente.server.participant.CallFixture.participants;
import static dev.entente.server.participant.CallFixture.start;
import static dev.entente.server.participant.CallFixture.under;
import static dev.entente.server.participant.ParticipantConfig.plaintext;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.google.protobuf.ByteString;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import dev.entente.server.telemetry.Metrics;
import dev.entente.server.transaction.Outcome;
import dev.entente.server.transaction.Target;
import io.grpc.Context;
import io.grpc.Context.CancellableContext;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** Over real connections: what a participant does, and what comes back. */
class GrpcParticipantsTest {

    @Test
    void a_response_comes_back_as_raw_bytes() {
        try (var stock = LoopbackParticipant.start(LoopbackParticipant.ok("done"));
                var participants = participants(plaintext("stock", stock.target()))) {

            Outcome outcome = await(start(participants, callOf("stock")));

            assertThat(outcome).isEqualTo(new Outcome.Succeeded(ByteString.copyFromUtf8("done")));
            assertThat(stock.arrived().getFirst().request()).isEqualTo(ByteString.copyFromUtf8("request"));
            assertThat(stock.arrived().getFirst().method()).isEqualTo("shop.v1.StockService/Reserve");
        }
    }

    @Test
    void a_call_outlives_the_request_that_brought_it_about() {
        var held = new CompletableFuture<ServerCall<ByteString, ByteString>>();
        try (var stock = LoopbackParticipant.start((_, call) -> held.complete(call));
                var participants = participants(plaintext("stock", stock.target()))) {
            CancellableContext request = Context.ROOT.withCancellation();
            Context before = request.attach();
            CompletableFuture<Outcome> outcome = start(participants, callOf("stock"));
            request.detach(before);
            ServerCall<ByteString, ByteString> call = held.join();

            request.cancel(null);
            call.sendHeaders(new Metadata());
            call.sendMessage(ByteString.copyFromUtf8("done"));
            call.close(Status.OK, new Metadata());

            assertThat(await(outcome)).isEqualTo(new Outcome.Succeeded(ByteString.copyFromUtf8("done")));
        }
    }

    @Test
    void an_empty_response_is_a_success() {
        try (var stock = LoopbackParticipant.start(LoopbackParticipant.ok(""));
                var participants = participants(plaintext("stock", stock.target()))) {
            assertThat(await(start(participants, callOf("stock")))).isEqualTo(new Outcome.Succeeded(ByteString.EMPTY));
        }
    }

    @Test
    void a_participant_learns_whose_call_it_is() {
        try (var stock = LoopbackParticipant.start(LoopbackParticipant.ok(""));
                var participants =
                        participants(plaintext("stock", stock.target()).withBearerToken("s3cret"))) {
            await(start(participants, callOf("stock")));

            Metadata metadata = stock.arrived().getFirst().metadata();
            assertThat(metadata.get(CallMetadata.GID)).isEqualTo("order-4711");
            assertThat(metadata.get(CallMetadata.BRANCH)).isEqualTo("reserve");
            assertThat(metadata.get(CallMetadata.OP)).isEqualTo("action");
            assertThat(metadata.get(CallMetadata.ATTEMPT)).isEqualTo("3");
            assertThat(metadata.get(CallMetadata.FENCE)).isEqualTo("17");
            assertThat(metadata.get(CallMetadata.PATTERN)).isEqualTo("saga");
            assertThat(metadata.get(CallMetadata.CREATED)).isEqualTo("2026-11-20T09:30:00.123Z");
            assertThat(metadata.get(CallMetadata.IDEMPOTENCY_KEY)).isEqualTo("order-4711/reserve/action");
            assertThat(metadata.get(CallMetadata.TRACEPARENT)).matches("00-[0-9a-f]{32}-[0-9a-f]{16}-01");
            assertThat(metadata.get(CallMetadata.AUTHORIZATION)).isEqualTo("Bearer s3cret");
            assertThat(metadata.containsKey(Metadata.Key.of("grpc-timeout", Metadata.ASCII_STRING_MARSHALLER)))
                    .isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "CANCELLED, Unknown",
        "UNKNOWN, Unknown",
        "INVALID_ARGUMENT, Failed",
        "DEADLINE_EXCEEDED, Unknown",
        "NOT_FOUND, Failed",
        "ALREADY_EXISTS, Failed",
        "PERMISSION_DENIED, Misconfigured",
        "RESOURCE_EXHAUSTED, Unknown",
        "FAILED_PRECONDITION, Failed",
        "ABORTED, Unknown",
        "OUT_OF_RANGE, Failed",
        "UNIMPLEMENTED, Misconfigured",
        "INTERNAL, Unknown",
        "UNAVAILABLE, Unknown",
        "DATA_LOSS, Unknown",
        "UNAUTHENTICATED, Misconfigured"
    })
    void a_status_over_the_wire_means(Status.Code code, String expected) {
        try (var stock = LoopbackParticipant.start(LoopbackParticipant.status(code.toStatus()));
                var participants = participants(plaintext("stock", stock.target()))) {
            assertThat(await(start(participants, callOf("stock"))).getClass().getSimpleName())
                    .isEqualTo(expected);
        }
    }

    @Test
    void a_stored_rejection_comes_back_as_settled() {
        ErrorInfo error = ErrorInfo.newBuilder()
                .setDomain("entente.dev")
                .setReason("REJECTED")
                .build();
        Metadata trailers = LoopbackParticipant.details(Code.FAILED_PRECONDITION, error);
        trailers.put(OutcomeTable.SETTLED, "true");
        try (var stock = LoopbackParticipant.start(LoopbackParticipant.status(Status.FAILED_PRECONDITION, trailers));
                var participants = participants(plaintext("stock", stock.target()))) {
            assertThat(await(start(participants, callOf("stock")))).isEqualTo(new Outcome.Rejected("REJECTED", true));
        }
    }

    @Test
    void a_response_beyond_the_limit_is_a_misconfiguration() {
        String tooLarge = "x".repeat(ParticipantConfig.MAX_RESPONSE_BYTES + 1);
        try (var stock = LoopbackParticipant.start(LoopbackParticipant.ok(tooLarge));
                var participants = participants(plaintext("stock", stock.target()))) {
            assertThat(await(start(participants, callOf("stock"))))
                    .isInstanceOfSatisfying(
                            Outcome.Misconfigured.class,
                            outcome -> assertThat(outcome.detail()).startsWith("the response is too large"));
        }
    }

    @Test
    void OK_without_any_response_makes_the_outcome_unknown() {
        LoopbackParticipant.Behaviour nothing = (_, call) -> {
            call.sendHeaders(new Metadata());
            call.close(Status.OK, new Metadata());
        };
        try (var stock = LoopbackParticipant.start(nothing);
                var participants = participants(plaintext("stock", stock.target()))) {
            assertThat(await(start(participants, callOf("stock")))).isInstanceOf(Outcome.Unknown.class);
        }
    }

    @Test
    void no_answer_in_time_is_unknown() {
        try (var stock = LoopbackParticipant.start(LoopbackParticipant.hang());
                var participants = participants(plaintext("stock", stock.target()))) {
            Outcome outcome = await(start(participants, callOf("stock", Duration.ofMillis(200))));

            assertThat(outcome).isInstanceOf(Outcome.Unknown.class);
            assertThat(outcome.detail()).contains("DEADLINE_EXCEEDED");
            assertThat(participants.statuses().getFirst().lastError()).contains("DEADLINE_EXCEEDED");
        }
    }

    @Test
    void a_participant_that_is_not_there_is_unknown() throws IOException {
        try (var participants = participants(plaintext("stock", "127.0.0.1:" + freePort()))) {
            assertThat(await(start(participants, callOf("stock")))).isInstanceOf(Outcome.Unknown.class);
        }
    }

    @Test
    void a_link_that_breaks_during_the_call_is_unknown() {
        try (var stock = LoopbackParticipant.start(LoopbackParticipant.hang());
                var participants = participants(plaintext("stock", stock.target()))) {
            CompletableFuture<Outcome> answer = start(participants, callOf("stock"));
            Awaitility.await().until(() -> stock.arrived().size() == 1);

            stock.stop();

            assertThat(await(answer)).isInstanceOf(Outcome.Unknown.class);
        }
    }

    @Test
    void something_that_speaks_no_HTTP_2_is_unknown() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                var participants = participants(plaintext("stock", "127.0.0.1:" + socket.getLocalPort()))) {
            Thread.ofVirtual().start(() -> answerGarbage(socket));

            assertThat(await(start(participants, callOf("stock")))).isInstanceOf(Outcome.Unknown.class);
        }
    }

    @Test
    void a_participant_that_comes_back_is_reached_again() throws IOException {
        int port = freePort();
        try (var participants = participants(plaintext("stock", "127.0.0.1:" + port))) {
            assertThat(await(start(participants, callOf("stock")))).isInstanceOf(Outcome.Unknown.class);
            try (var _ = LoopbackParticipant.start(port, LoopbackParticipant.ok("back"))) {
                Awaitility.await()
                        .until(() -> await(start(participants, callOf("stock"))) instanceof Outcome.Succeeded);
            }
        }
    }

    @Test
    void without_the_lease_no_call_leaves() {
        try (var stock = LoopbackParticipant.start(LoopbackParticipant.ok(""));
                var participants = new GrpcParticipants(
                        List.of(plaintext("stock", stock.target())), List.of(), CallFixture.LOOPS, Metrics.none())) {
            assertThat(await(start(participants, under(() -> false, callOf("stock")))))
                    .isInstanceOf(Outcome.NotSent.class);
            assertThat(stock.arrived()).isEmpty();
            assertThat(participants.statuses().getFirst().inFlight()).isZero();
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
        Logger logger = (Logger) LoggerFactory.getLogger(UnaryCall.class);
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
            assertThat(lines.list)
                    .singleElement()
                    .satisfies(line -> assertThat(line.getMDCPropertyMap())
                            .containsEntry("gid", "order-4711")
                            .containsEntry("op", "action"));
            assertThat(metrics.exposition()).contains("entente_caught_total{where=\"participant-answer\"} 1.0");
        } finally {
            logger.setAdditive(true);
            logger.detachAppender(lines);
        }
    }

    @Test
    void when_it_closes_calls_under_way_are_unknown_and_those_that_wait_never_leave() {
        try (var stock = LoopbackParticipant.start(LoopbackParticipant.hang());
                var participants =
                        participants(plaintext("stock", stock.target()).withMaxInFlight(1))) {
            CompletableFuture<Outcome> first = start(participants, callOf("stock"));
            CompletableFuture<Outcome> second = start(participants, callOf("stock"));
            Awaitility.await().until(() -> stock.arrived().size() == 1);

            closeNow(participants);

            assertThat(await(first)).isInstanceOf(Outcome.Unknown.class);
            assertThat(await(second)).isInstanceOf(Outcome.NotSent.class);
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
                    call.mayLeave());

            assertThat(await(start(participants, odd))).isNotNull();
            Awaitility.await().until(() -> participants.statuses().getFirst().inFlight() == 0);
        }
    }

    private static void closeNow(AutoCloseable closeable) {
        try {
            closeable.close();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static void answerGarbage(ServerSocket server) {
        try (Socket socket = server.accept()) {
            socket.getOutputStream().write("HTTP/1.1 400 Bad Request\r\n\r\nwhat?".getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
