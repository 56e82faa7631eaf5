package dev.entente.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import com.google.protobuf.Value;
import dev.entente.server.api.wire.UnparsedBytes;
import dev.entente.server.app.LocalCoordinator;
import dev.entente.v1.AbortTransactionRequest;
import dev.entente.v1.Body;
import dev.entente.v1.CommitTransactionRequest;
import dev.entente.v1.ForceFinishRequest;
import dev.entente.v1.GetTransactionRequest;
import dev.entente.v1.ListAuditEntriesRequest;
import dev.entente.v1.ListTransactionsRequest;
import dev.entente.v1.OperateMatchingRequest;
import dev.entente.v1.OperateRequest;
import dev.entente.v1.Operation;
import dev.entente.v1.Plan;
import dev.entente.v1.ResolveBranchRequest;
import dev.entente.v1.SubmitTransactionRequest;
import dev.entente.v1.Tcc;
import dev.entente.v1.TccBranch;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionFilter;
import dev.entente.v1.TransactionServiceGrpc;
import dev.entente.v1.View;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.stub.ClientCalls;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Tests that unusual requests get an explaining answer too, and never count as a defect. */
class OddRequestsTest {
    private static final Timestamp NEVER =
            Timestamp.newBuilder().setSeconds(Long.MAX_VALUE).build();

    private static LocalCoordinator api;

    @BeforeAll
    static void start() {
        api = LocalCoordinator.start("participants.stock.target", "127.0.0.1:1");
    }

    @AfterAll
    static void stop() {
        api.close();
    }

    private void submit(Plan.Builder plan) {
        var _ = api.transactions()
                .submitTransaction(
                        SubmitTransactionRequest.newBuilder().setPlan(plan).build());
    }

    private static void assertMalformed(Refused refused, String field) {
        assertThat(refused.status()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(refused.code()).isEqualTo("ENT-001");
        assertThat(refused.message()).contains(field);
    }

    @Test
    void a_time_that_is_none_is_malformed() throws Exception {
        TransactionFilter after =
                TransactionFilter.newBuilder().setCreatedAfter(NEVER).build();
        assertMalformed(Refused.by(() -> list(after)), "filter.created_after");
        assertMalformed(
                Refused.by(() -> api.transactions()
                        .submitTransaction(SubmitTransactionRequest.newBuilder()
                                .setPlan(SamplePlans.saga("t-1"))
                                .setFirstAttemptTime(NEVER)
                                .build())),
                "first_attempt_time");
    }

    @Test
    void bytes_that_are_no_message_are_malformed_to_every_kind_of_method() throws Exception {
        assertMalformed(Refused.by(() -> send(TransactionServiceGrpc.getSubmitTransactionMethod())), "request");
        assertMalformed(Refused.by(() -> send(TransactionServiceGrpc.getWatchTransactionMethod())), "request");
        assertMalformed(Refused.by(() -> send(TransactionServiceGrpc.getSubmitTransactionsMethod())), "request");
    }

    private <R> void send(MethodDescriptor<?, R> method) {
        MethodDescriptor<InputStream, R> raw = method.toBuilder(
                        UnparsedBytes.AS_THEY_ARE, method.getResponseMarshaller())
                .build();
        ClientCall<InputStream, R> call = api.channel.newCall(raw, CallOptions.DEFAULT);
        List<R> answers = new ArrayList<>();
        ClientCalls.blockingServerStreamingCall(call, new ByteArrayInputStream(new byte[] {10, 127, 1}))
                .forEachRemaining(answers::add);
        assertThat(answers).isEmpty();
    }

    @Test
    void a_text_that_no_column_holds_is_malformed() throws Exception {
        TransactionFilter name = TransactionFilter.newBuilder().setName("a\0b").build();
        TransactionFilter label =
                TransactionFilter.newBuilder().putLabels("customer", "\0").build();
        assertMalformed(Refused.by(() -> list(name)), "filter.name");
        assertMalformed(Refused.by(() -> list(label)), "filter.labels");
        assertMalformed(
                Refused.by(() -> api.operator()
                        .listAuditEntries(ListAuditEntriesRequest.newBuilder()
                                .setGid("\0")
                                .build())),
                "gid");
    }

    private void list(TransactionFilter filter) {
        var _ = api.transactions()
                .listTransactions(
                        ListTransactionsRequest.newBuilder().setFilter(filter).build());
    }

    @Test
    void a_refusal_that_quotes_a_long_text_still_fits_into_a_header() throws Exception {
        Plan.Builder plan = SamplePlans.saga("t-1").toBuilder();
        plan.getSagaBuilder().getStepsBuilder(0).getActionBuilder().setGrpc("ü".repeat(50_000));
        Refused refused = Refused.by(() -> submit(plan));
        assertThat(refused.status()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(refused.message()).startsWith("ENT-001: plan.saga.steps[0]").hasSizeLessThan(1300);
    }

    @Test
    void a_deadline_beyond_all_calendars_is_refused() throws Exception {
        Plan.Builder plan = SamplePlans.saga("t-1").toBuilder()
                .setDeadline(Duration.newBuilder().setSeconds(300_000_000_000L));
        assertThat(Refused.by(() -> submit(plan)).code()).isEqualTo("ENT-022");
    }

    @Test
    void a_nested_branch_is_shown_as_it_is_submitted() {
        Plan.Builder plan = Plan.newBuilder()
                .setGid("t-trip")
                .setName("trip")
                .setTcc(Tcc.newBuilder().addBranches(branch("hotel", "")).addBranches(branch("room", "hotel")));
        submit(plan);
        Transaction shown = api.transactions()
                .getTransaction(GetTransactionRequest.newBuilder()
                        .setGid("t-trip")
                        .setView(View.FULL)
                        .build());
        assertThat(shown.getPlan().getTcc().getBranches(1).getId()).isEqualTo("room");
        assertThat(shown.getPlan().getTcc().getBranches(1).getParent()).isEqualTo("hotel");
        assertThat(shown.getBranches(1).getId()).isEqualTo("hotel/room");
    }

    private static TccBranch branch(String id, String parent) {
        Operation call = SamplePlans.call("stock/shop.v1.StockService/Reserve");
        return TccBranch.newBuilder()
                .setId(id)
                .setParent(parent)
                .setTry(call)
                .setConfirm(call)
                .setCancel(call)
                .build();
    }

    @Test
    void a_response_stated_in_json_is_not_taken_for_an_empty_one() throws Exception {
        submit(SamplePlans.scheduled("t-1").toBuilder());
        Refused refused = Refused.by(() -> api.operator()
                .resolveBranch(ResolveBranchRequest.newBuilder()
                        .setGid("t-1")
                        .setBranch("reserve")
                        .setOp("action")
                        .setDone(Body.newBuilder().setJson(Value.newBuilder().setStringValue("r-1")))
                        .build()));
        assertMalformed(refused, "done.json");
    }

    @Test
    void a_stated_response_is_held_to_the_limit_of_payloads() throws Exception {
        submit(SamplePlans.scheduled("t-1").toBuilder());
        Refused refused = Refused.by(() -> api.operator()
                .resolveBranch(ResolveBranchRequest.newBuilder()
                        .setGid("t-1")
                        .setBranch("reserve")
                        .setOp("action")
                        .setDone(Body.newBuilder().setRaw(ByteString.copyFrom(new byte[(1 << 20) + 1])))
                        .build()));
        assertThat(refused.code()).isEqualTo("ENT-023");
        assertThat(refused.violations().getFirst().getField()).isEqualTo("done.raw");
    }

    @Test
    void a_reason_that_no_column_holds_is_malformed() throws Exception {
        submit(SamplePlans.scheduled("t-1").toBuilder());
        assertMalformed(
                Refused.by(() -> api.operator()
                        .parkTransaction(OperateRequest.newBuilder()
                                .setGid("t-1")
                                .setReason("a\0b")
                                .build())),
                "reason");
    }

    @Test
    void what_an_act_or_a_list_cannot_mean_is_malformed() throws Exception {
        submit(SamplePlans.scheduled("t-1").toBuilder());
        assertMalformed(
                Refused.by(() -> api.operator()
                        .resolveBranch(ResolveBranchRequest.newBuilder()
                                .setGid("t-1")
                                .setBranch("reserve")
                                .setOp("confirm")
                                .setUndone(true)
                                .build())),
                "action, compensate");
        assertMalformed(
                Refused.by(() -> api.operator()
                        .forceFinishTransaction(ForceFinishRequest.newBuilder()
                                .setGid("t-1")
                                .setAs(Transaction.State.RUNNING)
                                .build())),
                "as");
        assertMalformed(
                Refused.by(() -> api.operator()
                        .operateMatching(OperateMatchingRequest.newBuilder()
                                .setAct("force-finish")
                                .build())
                        .hasNext()),
                "act");
        assertMalformed(
                Refused.by(() -> api.transactions()
                        .listTransactions(ListTransactionsRequest.newBuilder()
                                .setPageSize(-1)
                                .build())),
                "page_size");
        assertMalformed(
                Refused.by(() -> api.transactions()
                        .abortTransaction(AbortTransactionRequest.newBuilder()
                                .setGid("t-1")
                                .setReason("x".repeat(1001))
                                .build())),
                "reason");
    }

    @Test
    void a_response_beyond_the_limit_is_refused_with_the_commit() throws Exception {
        Refused refused = Refused.by(() -> api.transactions()
                .commitTransaction(CommitTransactionRequest.newBuilder()
                        .setGid("t-1")
                        .putBranchResponses("debit", ByteString.copyFrom(new byte[(1 << 20) + 1]))
                        .build()));
        assertThat(refused.code()).isEqualTo("ENT-023");
    }
}
