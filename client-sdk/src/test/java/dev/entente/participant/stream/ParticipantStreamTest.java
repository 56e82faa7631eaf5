package dev.entente.participant.stream;

import static dev.entente.participant.stream.Coordinator.branchCall;
import static org.assertj.core.api.Assertions.assertThat;

import bank.v1.FreezeRequest;
import bank.v1.FreezeResponse;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import dev.entente.participant.Barrier;
import dev.entente.participant.Branch;
import dev.entente.participant.BranchOp;
import dev.entente.participant.Rejection;
import dev.entente.participant.TestDatabase;
import dev.entente.v1.BranchAnswer;
import dev.entente.v1.ExecuteRequest;
import dev.entente.wire.TraceParent;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Streamed calls over the loopback interface: they behave like unary calls, and do not delay each other. */
class ParticipantStreamTest {
    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final StreamServer server = new StreamServer();

    /** Turns off the log of failed handlers, because some handlers of this test fail on purpose. */
    @BeforeAll
    static void quiet() {
        ((Logger) LoggerFactory.getLogger(StreamedCall.class)).setLevel(Level.OFF);
    }

    @AfterEach
    void stop() throws Exception {
        server.stop();
        threads.shutdownNow();
    }

    @Test
    void a_streamed_call_has_the_branch_trace_and_deadline_of_a_unary_call() {
        AtomicReference<Branch> branch = new AtomicReference<>();
        AtomicReference<TraceParent> trace = new AtomicReference<>();
        AtomicReference<Context> context = new AtomicReference<>();
        StreamServer.Handler before = server.handler();
        server.handle((request, answer) -> {
            branch.set(Branch.required());
            trace.set(TraceParent.current().orElseThrow());
            context.set(Context.current());
            before.handle(request, answer);
        });
        Coordinator coordinator = Coordinator.of(server.serve(threads));
        coordinator.send(branchCall(1, "TryFreeze", account("alice")));

        BranchAnswer answer = coordinator.answer(1);
        assertThat(answer.getCode()).isZero();
        assertThat(answer.getPayload())
                .isEqualTo(
                        FreezeResponse.newBuilder().setFreezeId("alice").build().toByteString());
        assertThat(branch.get().gid()).isEqualTo("order-1");
        assertThat(branch.get().name()).isEqualTo("debit");
        assertThat(branch.get().op()).isEqualTo(BranchOp.TRY);
        assertThat(branch.get().attempt()).isEqualTo(3);
        assertThat(branch.get().fence()).isEqualTo(7);
        assertThat(branch.get().fenceBase()).isOne();
        assertThat(branch.get().pattern()).isEqualTo("tcc");
        assertThat(branch.get().created()).contains(Instant.parse("2026-11-20T10:00:00.5Z"));
        assertThat(trace.get())
                .isEqualTo(new TraceParent("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", "01"));
        assertThat(Objects.requireNonNull(context.get().getDeadline()).timeRemaining(TimeUnit.SECONDS))
                .isBetween(0L, 20L);
    }

    @Test
    void interceptors_see_the_metadata_of_a_unary_call() {
        ManagedChannel channel = server.serve(threads);
        Metadata identity = new Metadata();
        identity.put(AUTHORIZATION, "Bearer s3cret");
        Coordinator coordinator = Coordinator.of(channel, MetadataUtils.newAttachHeadersInterceptor(identity));
        coordinator.send(branchCall(1, "TryFreeze", account("alice")).putMetadata("tenant", "blue"));
        coordinator.answer(1);

        Metadata streamed = server.metadata().remove();
        assertThat(streamed.get(AUTHORIZATION)).isEqualTo("Bearer s3cret");
        assertThat(value(streamed, "entente-gid")).isEqualTo("order-1");
        assertThat(value(streamed, "entente-attempt")).isEqualTo("3");
        assertThat(value(streamed, "entente-created")).isEqualTo("2026-11-20T10:00:00.500Z");
        assertThat(value(streamed, "idempotency-key")).isEqualTo("order-1/debit/try");
        assertThat(value(streamed, "grpc-timeout")).isEqualTo("20000m");
        assertThat(value(streamed, "tenant")).isEqualTo("blue");
    }

    @Test
    void a_rejection_is_answered_with_its_details() throws InvalidProtocolBufferException {
        server.handle((request, answer) -> {
            throw new Rejection("INSUFFICIENT_FUNDS", "alice");
        });
        Coordinator coordinator = Coordinator.of(server.serve(threads));
        coordinator.send(branchCall(1, "TryFreeze", account("alice")));

        BranchAnswer answer = coordinator.answer(1);
        assertThat(answer.getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION.value());
        assertThat(answer.getSettled()).isFalse();
        assertThat(com.google.rpc.Status.parseFrom(answer.getDetails())
                        .getDetails(0)
                        .unpack(ErrorInfo.class)
                        .getReason())
                .isEqualTo("REJECTED");
    }

    @Test
    void a_stored_rejection_is_settled_and_an_undo_refuses_the_late_try() throws SQLException {
        DataSource database = TestDatabase.schema("streamed");
        Barrier barrier = Barrier.postgres();
        barrier.createTable(database);
        server.handle((request, answer) ->
                barrier.unary(answer, database, FreezeResponse.getDefaultInstance(), connection -> {
                    throw new Rejection("INSUFFICIENT_FUNDS", request.getAccount());
                }));
        Coordinator coordinator = Coordinator.of(server.serve(threads));

        coordinator.send(branchCall(1, "TryFreeze", account("mallory")).clearCreated());
        assertThat(coordinator.answer(1).getSettled()).isTrue();
        coordinator.send(
                branchCall(2, "TryFreeze", account("alice")).setOp("cancel").clearCreated());
        assertThat(coordinator.answer(2).getCode()).isZero();
        coordinator.send(
                branchCall(3, "TryFreeze", account("alice")).setGid("order-2").clearCreated());
        assertThat(coordinator.answer(3).getSettled()).isTrue();
        assertThat(coordinator.answer(3).getMessage()).contains("ALREADY_UNDONE");
    }

    @Test
    void a_failed_handler_answers_UNKNOWN_and_the_stream_continues() {
        StreamServer.Handler before = server.handler();
        server.handle((request, answer) -> {
            throw new IllegalStateException("a defect of this test's making");
        });
        Coordinator coordinator = Coordinator.of(server.serve(Runnable::run));
        coordinator.send(branchCall(1, "TryFreeze", account("alice")));
        assertThat(coordinator.answer(1).getCode()).isEqualTo(Status.Code.UNKNOWN.value());

        server.handle(before);
        coordinator.send(branchCall(2, "TryFreeze", account("alice")));
        assertThat(coordinator.answer(2).getCode()).isZero();
    }

    @Test
    void an_unserialisable_response_fails_at_once_and_releases_its_capacity() {
        ParticipantStream.Builder stream =
                server.stream(threads).maxCalls(1).addService(UnserialisableResponses.service());
        Coordinator coordinator = Coordinator.of(server.serve(threads, stream));
        coordinator.send(branchCall(1, "TryFreeze", account("alice"))
                .setMethod(UnserialisableResponses.METHOD)
                .setTimeoutMillis(0));
        assertThat(coordinator.answer(1).getCode()).isEqualTo(Status.Code.INTERNAL.value());

        coordinator.send(branchCall(2, "TryFreeze", account("alice")));
        assertThat(coordinator.answer(2).getCode()).isZero();
    }

    @Test
    void unknown_methods_are_UNIMPLEMENTED_and_unreadable_requests_fail_alone() {
        Coordinator coordinator = Coordinator.of(server.serve(threads));
        coordinator.send(
                branchCall(1, "Nothing", account("alice")),
                branchCall(2, "Statements", account("alice")),
                branchCall(3, "TryFreeze", account("alice")).setPayload(ByteString.copyFrom(new byte[] {(byte) 0xff})),
                branchCall(4, "ConfirmFreeze", account("alice")),
                branchCall(5, "TryFreeze", account("alice")));

        assertThat(coordinator.answer(1).getCode()).isEqualTo(Status.Code.UNIMPLEMENTED.value());
        assertThat(coordinator.answer(2).getCode()).isEqualTo(Status.Code.UNIMPLEMENTED.value());
        assertThat(coordinator.answer(3).getCode()).isNotZero();
        assertThat(coordinator.answer(4).getCode()).isEqualTo(Status.Code.UNIMPLEMENTED.value());
        assertThat(coordinator.answer(5).getCode()).isZero();
    }

    @Test
    void a_hung_call_does_not_delay_others_and_ends_at_its_deadline() {
        AtomicReference<Context> hung = new AtomicReference<>();
        hangFor("mallory", hung);
        Coordinator coordinator = Coordinator.of(server.serve(Runnable::run));
        coordinator.send(
                branchCall(1, "TryFreeze", account("mallory")).setTimeoutMillis(500),
                branchCall(2, "TryFreeze", account("alice")));

        assertThat(coordinator.answer(2).getCode()).isZero();
        assertThat(coordinator.answer(1).getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED.value());
        assertThat(hung.get().isCancelled()).isTrue();
    }

    @Test
    void a_cancelled_call_has_a_cancelled_context_and_is_not_answered() {
        AtomicReference<Context> hung = new AtomicReference<>();
        hangFor("mallory", hung);
        Coordinator coordinator = Coordinator.of(server.serve(threads));
        coordinator.send(branchCall(1, "TryFreeze", account("mallory")));
        Awaitility.await().until(() -> hung.get() != null);

        coordinator.send(ExecuteRequest.newBuilder().addCancelled(1));
        Awaitility.await().until(() -> hung.get().isCancelled());
        coordinator.halfClose();

        assertThat(coordinator.end().getCode()).isEqualTo(Status.Code.OK);
        assertThat(coordinator.answered()).isZero();
    }

    @Test
    void a_broken_stream_cancels_its_calls() {
        AtomicReference<Context> hung = new AtomicReference<>();
        hangFor("mallory", hung);
        Coordinator coordinator = Coordinator.of(server.serve(threads));
        coordinator.send(branchCall(1, "TryFreeze", account("mallory")));
        Awaitility.await().until(() -> hung.get() != null);

        coordinator.breakOff();

        Awaitility.await().until(() -> hung.get().isCancelled());
    }

    @Test
    void simultaneous_answers_are_sent_in_one_message() {
        Coordinator coordinator = Coordinator.of(server.serve(Runnable::run));
        coordinator.send(calls(200));
        Awaitility.await().until(() -> coordinator.answered() == 200);

        assertThat(coordinator.messages()).isEqualTo(1);
    }

    @Test
    void a_half_closed_stream_ends_after_the_last_answer() {
        ConcurrentLinkedQueue<StreamObserver<FreezeResponse>> held = new ConcurrentLinkedQueue<>();
        server.handle((request, answer) -> held.add(answer));
        Coordinator coordinator = Coordinator.of(server.serve(threads));
        coordinator.send(branchCall(1, "TryFreeze", account("alice")));
        coordinator.halfClose();
        Awaitility.await().until(() -> held.size() == 1);
        StreamObserver<FreezeResponse> answer = held.remove();
        answer.onNext(FreezeResponse.getDefaultInstance());
        answer.onCompleted();

        assertThat(coordinator.end().getCode()).isEqualTo(Status.Code.OK);
        assertThat(coordinator.answered()).isEqualTo(1);
    }

    @Test
    void calls_beyond_the_limit_are_refused_and_other_calls_continue() {
        ConcurrentLinkedQueue<StreamObserver<FreezeResponse>> held = new ConcurrentLinkedQueue<>();
        server.handle((request, answer) -> held.add(answer));
        ParticipantStream.Builder stream = server.stream(Runnable::run).maxCalls(2);
        Coordinator coordinator = Coordinator.of(server.serve(Runnable::run, stream));
        coordinator.send(calls(3));

        assertThat(coordinator.answer(3).getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED.value());
        held.forEach(answer -> {
            answer.onNext(FreezeResponse.getDefaultInstance());
            answer.onCompleted();
        });
        assertThat(coordinator.answer(1).getCode()).isZero();
        assertThat(coordinator.answer(2).getCode()).isZero();
    }

    @Test
    void a_slow_coordinator_gets_an_answer_or_RESOURCE_EXHAUSTED_for_every_call() {
        StreamServer.Handler before = server.handler();
        ConcurrentLinkedQueue<StreamObserver<FreezeResponse>> held = new ConcurrentLinkedQueue<>();
        server.handle((request, answer) -> held.add(answer));
        ParticipantStream.Builder stream = server.stream(threads).maxBytes(2_000_000);
        Coordinator coordinator = Coordinator.deaf(server.serve(threads, stream));
        for (int i = 0; i < 20; i++) {
            ExecuteRequest.Builder message = ExecuteRequest.newBuilder();
            for (int j = 0; j < 50; j++) {
                message.addCalls(branchCall(1 + i * 50L + j, "TryFreeze", account("alice"))
                        .setTimeoutMillis(0));
            }
            coordinator.send(message);
        }
        Awaitility.await().until(() -> held.size() == 1000);
        FreezeResponse large =
                FreezeResponse.newBuilder().setFreezeId("x".repeat(20_000)).build();
        held.parallelStream().forEach(answer -> {
            answer.onNext(large);
            answer.onCompleted();
        });
        coordinator.readAll();
        Awaitility.await().until(() -> coordinator.answered() == 1000);

        assertThat(coordinator.answers())
                .extracting(BranchAnswer::getCode)
                .containsOnly(0, Status.Code.RESOURCE_EXHAUSTED.value());
        server.handle(before);
        coordinator.send(branchCall(2000, "TryFreeze", account("alice")));
        assertThat(coordinator.answer(2000).getCode()).isZero();
    }

    @Test
    void a_response_beyond_the_payload_limit_is_marked_as_too_large() {
        Coordinator coordinator = Coordinator.of(server.serve(threads));
        coordinator.send(ExecuteRequest.newBuilder()
                .setMaxPayloadBytes(100)
                .addCalls(branchCall(1, "TryFreeze", account("x".repeat(200))))
                .addCalls(branchCall(2, "TryFreeze", account("alice"))));

        assertThat(coordinator.answer(1).getTooLarge()).isTrue();
        assertThat(coordinator.answer(1).getPayload()).isEmpty();
        assertThat(coordinator.answer(2).getCode()).isZero();
    }

    @Test
    void a_duplicate_call_id_ends_the_stream() {
        server.handle((request, answer) -> {});
        Coordinator coordinator = Coordinator.of(server.serve(threads));
        coordinator.send(branchCall(1, "TryFreeze", account("alice")), branchCall(1, "TryFreeze", account("alice")));

        assertThat(coordinator.end().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    }

    // ---- helpers

    private void hangFor(String account, AtomicReference<Context> seen) {
        StreamServer.Handler before = server.handler();
        server.handle((request, answer) -> {
            if (request.getAccount().equals(account)) {
                seen.set(Context.current());
            } else {
                before.handle(request, answer);
            }
        });
    }

    private static FreezeRequest account(String name) {
        return FreezeRequest.newBuilder().setAccount(name).build();
    }

    private static ExecuteRequest.Builder calls(int count) {
        ExecuteRequest.Builder message = ExecuteRequest.newBuilder();
        for (int id = 1; id <= count; id++) {
            message.addCalls(branchCall(id, "TryFreeze", account("alice")));
        }
        return message;
    }

    private static String value(Metadata metadata, String key) {
        return String.valueOf(metadata.get(Metadata.Key.of(key, Metadata.ASCII_STRING_MARSHALLER)));
    }
}
