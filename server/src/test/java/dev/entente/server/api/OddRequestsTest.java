package dev.entente.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import com.google.protobuf.UnknownFieldSet;
import com.google.protobuf.Value;
import dev.entente.server.api.wire.UnparsedBytes;
import dev.entente.server.app.Client;
import dev.entente.server.app.LocalCoordinator;
import dev.entente.server.app.SamplePlans;
import dev.entente.v1.Body;
import dev.entente.v1.CommitTransactionRequest;
import dev.entente.v1.ForceFinishRequest;
import dev.entente.v1.ListAuditEntriesRequest;
import dev.entente.v1.ListTransactionsRequest;
import dev.entente.v1.OperateMatchingRequest;
import dev.entente.v1.OperateRequest;
import dev.entente.v1.Plan;
import dev.entente.v1.ResolveBranchRequest;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionFilter;
import dev.entente.v1.TransactionServiceGrpc;
import dev.entente.v1.WatchTransactionRequest;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.stub.ClientCalls;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Verifies that an unusual request gets an error with a reason and never counts as a defect. */
class OddRequestsTest {
    private static final Timestamp NEVER =
            Timestamp.newBuilder().setSeconds(Long.MAX_VALUE).build();
    private static final ByteString LARGE = ByteString.copyFrom(new byte[(1 << 20) + 1]);
    private static LocalCoordinator api;

    @BeforeAll
    static void start() {
        api = LocalCoordinator.start("participants.stock.target", "127.0.0.1:1");
        api.submit(SamplePlans.scheduled("t-1"));
    }

    @AfterAll
    static void stop() {
        api.close();
    }

    /** @param expected a part of the error message, which names the field */
    record Odd(String code, String expected, Consumer<LocalCoordinator> ask) {
        @Override
        public String toString() {
            return code + " " + expected;
        }
    }

    private static Odd malformed(String field, Consumer<LocalCoordinator> ask) {
        return new Odd("ENT-001", field, ask);
    }

    private static Odd filtered(String field, TransactionFilter.Builder filter) {
        return malformed(
                field, at -> list(at, ListTransactionsRequest.newBuilder().setFilter(filter)));
    }

    private static void list(LocalCoordinator at, ListTransactionsRequest.Builder request) {
        var _ = at.transactions().listTransactions(request.build());
    }

    private static Odd matching(String field, String act, TransactionFilter.Builder filter) {
        OperateMatchingRequest.Builder request =
                OperateMatchingRequest.newBuilder().setOperation(act).setFilter(filter);
        return malformed(
                field, at -> at.operator().operateMatching(request.build()).forEachRemaining(_ -> {}));
    }

    private static Odd resolved(String code, String field, String op, Consumer<ResolveBranchRequest.Builder> outcome) {
        ResolveBranchRequest.Builder request = ResolveBranchRequest.newBuilder()
                .setGid("t-1")
                .setBranch("reserve")
                .setOp(op);
        outcome.accept(request);
        return new Odd(code, field, at -> at.operator().resolveBranch(request.build()));
    }

    private static Odd refused(String code, String expected, Consumer<Plan.Builder> change) {
        Plan.Builder plan = SamplePlans.saga("t-2").toBuilder();
        change.accept(plan);
        return new Odd(code, expected, at -> at.submit(plan.build()));
    }

    private static Odd noMessage(MethodDescriptor<?, ?> method) {
        return malformed("request", at -> send(at, method));
    }

    private static <R> void send(LocalCoordinator at, MethodDescriptor<?, R> method) {
        MethodDescriptor<InputStream, R> raw = method.toBuilder(
                        UnparsedBytes.AS_THEY_ARE, method.getResponseMarshaller())
                .build();
        ClientCall<InputStream, R> call = at.channel.newCall(raw, CallOptions.DEFAULT);
        ClientCalls.blockingServerStreamingCall(call, new ByteArrayInputStream(new byte[] {10, 127, 1}))
                .forEachRemaining(answer -> assertThat(answer).isNull());
    }

    static Stream<Odd> requests() {
        return Stream.of(
                filtered("filter.created_after", TransactionFilter.newBuilder().setCreatedAfter(NEVER)),
                filtered("filter.name", TransactionFilter.newBuilder().setName("a\0b")),
                filtered("filter.labels", TransactionFilter.newBuilder().putLabels("customer", "\0")),
                malformed(
                        "page_size",
                        at -> list(at, ListTransactionsRequest.newBuilder().setPageSize(-1))),
                malformed(
                        "first_attempt_time",
                        at -> at.transactions()
                                .submitTransaction(SamplePlans.request(SamplePlans.saga("t-2")).toBuilder()
                                        .setFirstAttemptTime(NEVER)
                                        .build())),
                malformed(
                        "view",
                        at -> at.transactions()
                                .getTransaction(Client.getOf("t-1").toBuilder()
                                        .setViewValue(99)
                                        .build())),
                malformed(
                        "view",
                        at -> at.transactions()
                                .watchTransaction(WatchTransactionRequest.newBuilder()
                                        .setGid("t-1")
                                        .setViewValue(99)
                                        .build())
                                .forEachRemaining(_ -> {})),
                noMessage(TransactionServiceGrpc.getSubmitTransactionMethod()),
                noMessage(TransactionServiceGrpc.getWatchTransactionMethod()),
                noMessage(TransactionServiceGrpc.getSubmitTransactionsMethod()),
                malformed(
                        "gid",
                        at -> at.operator()
                                .listAuditEntries(ListAuditEntriesRequest.newBuilder()
                                        .setGid("\0")
                                        .build())),
                resolved(
                        "ENT-001",
                        "done.json",
                        "action",
                        odd -> odd.setDone(
                                Body.newBuilder().setJson(Value.newBuilder().setStringValue("r-1")))),
                resolved(
                        "ENT-023",
                        "done.raw",
                        "action",
                        odd -> odd.setDone(Body.newBuilder().setRaw(LARGE))),
                resolved("ENT-001", "action, compensate", "confirm", odd -> odd.setUndone(true)),
                resolved("ENT-001", "undone", "action", odd -> odd.setUndone(false)),
                resolved("ENT-001", "never_happened", "action", odd -> odd.setNeverHappened(false)),
                malformed(
                        "reason",
                        at -> at.operator()
                                .parkTransaction(OperateRequest.newBuilder()
                                        .setGid("t-1")
                                        .setReason("a\0b")
                                        .build())),
                malformed(
                        "reason",
                        at -> at.transactions()
                                .abortTransaction(Client.abortOf("t-1").toBuilder()
                                        .setReason("x".repeat(1001))
                                        .build())),
                malformed(
                        "as",
                        at -> at.operator()
                                .forceFinishTransaction(ForceFinishRequest.newBuilder()
                                        .setGid("t-1")
                                        .setAs(Transaction.State.RUNNING)
                                        .build())),
                matching("operation", "force-finish", TransactionFilter.newBuilder()),
                matching("filter: set a filter; only_open", "abort", TransactionFilter.newBuilder()),
                matching(
                        "filter: set a filter; only_open",
                        "abort",
                        TransactionFilter.newBuilder().setOlderThan(Duration.getDefaultInstance())),
                matching(
                        "filter: has a field that this coordinator does not know",
                        "abort",
                        TransactionFilter.newBuilder()
                                .setUnknownFields(UnknownFieldSet.newBuilder()
                                        .mergeVarintField(900, 1)
                                        .build())),
                new Odd(
                        "ENT-023",
                        "branch_responses[debit]",
                        at -> at.transactions()
                                .commitTransaction(CommitTransactionRequest.newBuilder()
                                        .setGid("t-1")
                                        .putBranchResponses("debit", LARGE)
                                        .build())),
                refused(
                        "ENT-022",
                        "plan.deadline",
                        plan -> plan.setDeadline(Duration.newBuilder().setSeconds(300_000_000_000L))),
                refused(
                        "ENT-001",
                        "plan.saga.steps[0]",
                        plan -> plan.getSagaBuilder()
                                .getStepsBuilder(0)
                                .getActionBuilder()
                                .setGrpc("ü".repeat(50_000))));
    }

    @ParameterizedTest
    @MethodSource("requests")
    void odd_requests_are_refused_with_code_and_field_within_the_header_limit(Odd odd) throws Exception {
        Refused refused = Refused.by(() -> odd.ask().accept(api));
        assertThat(refused.status()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(refused.code()).isEqualTo(odd.code());
        assertThat(refused.message()).contains(odd.expected()).hasSizeLessThan(1300);
    }

    @Test
    void a_nested_branch_is_shown_as_it_is_submitted() {
        api.submit(SamplePlans.json("""
            {"gid":"t-trip","name":"trip","tcc":{"branches":[%s,%s]}}
            """.formatted(branch("hotel", ""), branch("room", "hotel"))));
        Transaction shown = api.described("t-trip");
        assertThat(shown.getPlan().getTcc().getBranches(1).getId()).isEqualTo("room");
        assertThat(shown.getPlan().getTcc().getBranches(1).getParent()).isEqualTo("hotel");
        assertThat(shown.getBranches(1).getId()).isEqualTo("hotel/room");
    }

    private static String branch(String id, String parent) {
        String call = "{\"grpc\":\"stock/shop.v1.StockService/Reserve\",\"raw\":\"\"}";
        return "{\"id\":\"%s\",\"parent\":\"%s\",\"try\":%s,\"confirm\":%s,\"cancel\":%s}"
                .formatted(id, parent, call, call, call);
    }
}
