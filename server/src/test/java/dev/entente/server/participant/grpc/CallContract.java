package dev.entente.server.participant.grpc;

import static dev.entente.server.participant.ParticipantConfig.plaintext;
import static dev.entente.server.participant.grpc.CallFixture.await;
import static dev.entente.server.participant.grpc.CallFixture.callOf;
import static dev.entente.server.participant.grpc.CallFixture.leaving;
import static dev.entente.server.participant.grpc.CallFixture.start;
import static dev.entente.server.participant.grpc.CallFixture.under;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import dev.entente.core.transaction.Outcome;
import dev.entente.server.participant.CallMetadata;
import dev.entente.server.participant.ParticipantConfig;
import io.grpc.Context;
import io.grpc.Context.CancellableContext;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** The outcomes of a participant's responses over real connections, equal for unary calls and calls over a stream. */
abstract class CallContract {
    /** Returns participants that use the tested transport from the first call on. */
    abstract GrpcParticipants calling(ParticipantConfig config);

    /** Returns whether the call arrived over the tested transport. */
    abstract boolean usesTestedTransport(LoopbackParticipant.Arrived arrived);

    @Test
    void a_response_is_returned_as_raw_bytes() {
        try (var stock = LoopbackParticipant.start(LoopbackParticipant.ok("done"));
                var participants = calling(plaintext("stock", stock.target()))) {

            Outcome outcome = await(start(participants, callOf("stock")));

            assertThat(outcome).isEqualTo(new Outcome.Succeeded(ByteString.copyFromUtf8("done")));
            assertThat(stock.arrived().getFirst().request()).isEqualTo(ByteString.copyFromUtf8("request"));
            assertThat(stock.arrived().getFirst().method()).isEqualTo("shop.v1.StockService/Reserve");
        }
    }

    @Test
    void a_call_continues_after_its_request_is_cancelled() {
        var held = new CompletableFuture<ServerCall<ByteString, ByteString>>();
        try (var stock = LoopbackParticipant.start((_, call) -> held.complete(call));
                var participants = calling(plaintext("stock", stock.target()))) {
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
                var participants = calling(plaintext("stock", stock.target()))) {
            assertThat(await(start(participants, callOf("stock")))).isEqualTo(new Outcome.Succeeded(ByteString.EMPTY));
        }
    }

    @Test
    void a_call_carries_the_metadata_of_its_transaction() {
        try (var stock = LoopbackParticipant.start(LoopbackParticipant.ok(""));
                var participants = calling(plaintext("stock", stock.target())
                        .with(it -> it.bearerToken = new ParticipantConfig.Secret("s3cret")))) {
            await(start(participants, callOf("stock")));

            Metadata metadata = stock.arrived().getFirst().metadata();
            assertThat(metadata.get(CallMetadata.GID)).isEqualTo("order-4711");
            assertThat(metadata.get(CallMetadata.BRANCH)).isEqualTo("reserve");
            assertThat(metadata.get(CallMetadata.OP)).isEqualTo("action");
            assertThat(metadata.get(CallMetadata.ATTEMPT)).isEqualTo("3");
            assertThat(metadata.get(CallMetadata.FENCE)).isEqualTo("17");
            assertThat(metadata.get(CallMetadata.FENCE_BASE)).isEqualTo("1");
            assertThat(metadata.get(CallMetadata.PATTERN)).isEqualTo("saga");
            assertThat(metadata.get(CallMetadata.CREATED)).isEqualTo("2026-11-20T09:30:00.123Z");
            assertThat(metadata.get(CallMetadata.IDEMPOTENCY_KEY)).isEqualTo("order-4711/reserve/action");
            assertThat(metadata.get(CallMetadata.TRACEPARENT)).matches("00-[0-9a-f]{32}-[0-9a-f]{16}-01");
            assertThat(metadata.get(CallMetadata.AUTHORIZATION)).isEqualTo("Bearer s3cret");
            assertThat(metadata.containsKey(Metadata.Key.of("grpc-timeout", Metadata.ASCII_STRING_MARSHALLER)))
                    .isTrue();
        }
    }

    @Test
    void a_stored_rejection_is_settled() {
        ErrorInfo error = ErrorInfo.newBuilder()
                .setDomain("entente.dev")
                .setReason("REJECTED")
                .build();
        Metadata trailers = LoopbackParticipant.details(Code.FAILED_PRECONDITION, error);
        trailers.put(CallMetadata.SETTLED, "true");
        try (var stock = LoopbackParticipant.start(LoopbackParticipant.status(Status.FAILED_PRECONDITION, trailers));
                var participants = calling(plaintext("stock", stock.target()))) {
            assertThat(await(start(participants, callOf("stock")))).isEqualTo(new Outcome.Rejected("REJECTED", true));
        }
    }

    @Test
    void a_response_beyond_the_limit_is_a_misconfiguration() {
        String tooLarge = "x".repeat(ParticipantConfig.MAX_RESPONSE_BYTES + 1);
        try (var stock = LoopbackParticipant.start(LoopbackParticipant.ok(tooLarge));
                var participants = calling(plaintext("stock", stock.target()))) {
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
                var participants = calling(plaintext("stock", stock.target()))) {
            assertThat(await(start(participants, callOf("stock")))).isInstanceOf(Outcome.Unknown.class);
        }
    }

    @Test
    void a_call_without_a_response_in_time_is_unknown() {
        try (var stock = LoopbackParticipant.start(LoopbackParticipant.hang());
                var participants = calling(plaintext("stock", stock.target()))) {
            Outcome outcome = leaving(participants, callOf("stock", Duration.ofMillis(200)));

            assertThat(outcome).isInstanceOf(Outcome.Unknown.class);
            assertThat(outcome.detail()).contains("DEADLINE_EXCEEDED");
            assertThat(participants.statuses().getFirst().lastError()).contains("DEADLINE_EXCEEDED");
        }
    }

    @Test
    void a_call_with_a_broken_connection_is_unknown() {
        try (var stock = LoopbackParticipant.start(LoopbackParticipant.hang());
                var participants = calling(plaintext("stock", stock.target()))) {
            CompletableFuture<Outcome> answer = start(participants, callOf("stock"));
            Awaitility.await().until(() -> stock.arrived().size() == 1);

            stock.stop();

            assertThat(await(answer)).isInstanceOf(Outcome.Unknown.class);
        }
    }

    @Test
    void no_call_is_sent_without_a_lease() {
        try (var stock = LoopbackParticipant.start(LoopbackParticipant.ok(""));
                var participants = calling(plaintext("stock", stock.target()))) {
            assertThat(await(start(participants, under(() -> false, callOf("stock")))))
                    .isInstanceOf(Outcome.NotSent.class);
            assertThat(stock.arrived()).isEmpty();
            // The capacity is released after the response.
            Awaitility.await().until(() -> participants.statuses().getFirst().inFlight() == 0);
        }
    }

    @Test
    void after_a_close_calls_in_flight_are_unknown_and_waiting_calls_are_not_sent() {
        try (var stock = LoopbackParticipant.start(LoopbackParticipant.hang());
                var participants = calling(plaintext("stock", stock.target()).with(it -> it.maxInFlight = 1))) {
            CompletableFuture<Outcome> first = start(participants, callOf("stock"));
            Awaitility.await().until(() -> stock.arrived().size() == 1);
            CompletableFuture<Outcome> second = start(participants, callOf("stock"));

            closeNow(participants);

            assertThat(await(first)).isInstanceOf(Outcome.Unknown.class);
            assertThat(await(second)).isInstanceOf(Outcome.NotSent.class);
        }
    }

    private static void closeNow(AutoCloseable closeable) {
        try {
            closeable.close();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void an_outcome_contains_the_description_and_the_retry_delay_of_the_status() {
        RetryInfo later = RetryInfo.newBuilder()
                .setRetryDelay(com.google.protobuf.Duration.newBuilder().setSeconds(7))
                .build();
        ErrorInfo error = ErrorInfo.newBuilder()
                .setDomain("entente.dev")
                .setReason("IN_PROGRESS")
                .build();
        Metadata trailers = LoopbackParticipant.details(Code.UNAVAILABLE, error, later);
        try (var stock = LoopbackParticipant.start(
                        LoopbackParticipant.status(Status.UNAVAILABLE.withDescription("still at it"), trailers));
                var participants = calling(plaintext("stock", stock.target()))) {
            assertThat(await(start(participants, callOf("stock"))))
                    .isEqualTo(new Outcome.InProgress("still at it", Duration.ofSeconds(7)));
            assertThat(stock.arrived()).allMatch(this::usesTestedTransport);
        }
    }

    @Test
    void a_participants_own_table_of_status_codes_is_applied() {
        try (var stock = LoopbackParticipant.start(
                        LoopbackParticipant.status(Status.NOT_FOUND.withDescription("no such sku")));
                var participants = calling(plaintext("stock", stock.target())
                        .with(it -> it.overrides =
                                Map.of(Status.Code.NOT_FOUND, ParticipantConfig.Verdict.MISCONFIGURED)))) {
            assertThat(await(start(participants, callOf("stock"))))
                    .isEqualTo(new Outcome.Misconfigured("NOT_FOUND: no such sku", false));
        }
    }

    @Test
    void a_handler_that_fails_makes_the_outcome_unknown() {
        LoopbackParticipant.Behaviour failing = (_, _) -> {
            throw new IllegalStateException("a defect of this test's making");
        };
        try (var stock = LoopbackParticipant.start(failing);
                var participants = calling(plaintext("stock", stock.target()))) {
            assertThat(await(start(participants, callOf("stock")))).isInstanceOf(Outcome.Unknown.class);
        }
    }

    @Test
    void a_call_that_timed_out_is_cancelled_at_its_participant() {
        try (var stock = LoopbackParticipant.start(LoopbackParticipant.hang());
                var participants = calling(plaintext("stock", stock.target()))) {
            assertThat(leaving(participants, callOf("stock", Duration.ofMillis(200))))
                    .isInstanceOf(Outcome.Unknown.class);
            Awaitility.await().until(() -> stock.cancelled() == 1);
            // The capacity is released after the response.
            Awaitility.await().until(() -> participants.statuses().getFirst().inFlight() == 0);
        }
    }

    @Test
    void a_hung_call_does_not_delay_other_calls() {
        LoopbackParticipant.Behaviour hangsOnce = (arrived, call) -> {
            if (!arrived.request().toStringUtf8().equals("hang")) {
                LoopbackParticipant.ok("done").answer(arrived, call);
            }
        };
        try (var stock = LoopbackParticipant.start(hangsOnce);
                var participants = calling(plaintext("stock", stock.target()))) {
            CompletableFuture<Outcome> hung =
                    start(participants, CallFixture.with(ByteString.copyFromUtf8("hang"), callOf("stock")));
            for (int i = 0; i < 50; i++) {
                assertThat(await(start(participants, callOf("stock")))).isInstanceOf(Outcome.Succeeded.class);
            }
            assertThat(hung).isNotDone();
            assertThat(stock.arrived()).hasSize(51).allMatch(this::usesTestedTransport);
        }
    }
}
