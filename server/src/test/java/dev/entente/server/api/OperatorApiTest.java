package dev.entente.server.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.protobuf.ByteString;
import dev.entente.core.decision.Act;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.store.AuditRecord;
import dev.entente.v1.Body;
import dev.entente.v1.CountTransactionsRequest;
import dev.entente.v1.CountTransactionsResponse;
import dev.entente.v1.DecideApprovalRequest;
import dev.entente.v1.ForceFinishRequest;
import dev.entente.v1.GetTransactionRequest;
import dev.entente.v1.ListAuditEntriesRequest;
import dev.entente.v1.ListCoordinatorsRequest;
import dev.entente.v1.ListParticipantsRequest;
import dev.entente.v1.ListTransactionsRequest;
import dev.entente.v1.ListTransactionsResponse;
import dev.entente.v1.OperateMatchingRequest;
import dev.entente.v1.OperateMatchingResponse;
import dev.entente.v1.OperateRequest;
import dev.entente.v1.Participant;
import dev.entente.v1.ProbeParticipantRequest;
import dev.entente.v1.RecoverTransactionsRequest;
import dev.entente.v1.RecoverTransactionsResponse;
import dev.entente.v1.ReplayTransactionResponse;
import dev.entente.v1.ResolveBranchRequest;
import dev.entente.v1.SubmitTransactionRequest;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionFilter;
import io.grpc.Status;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OperatorApiTest {
    private static final String ME = "anonymous@127.0.0.1";
    private LoopbackApi api;

    @BeforeEach
    void open() throws IOException {
        api = LoopbackApi.open();
        var _ = api.client()
                .submitTransaction(SubmitTransactionRequest.newBuilder()
                        .setPlan(SamplePlans.saga("t-1"))
                        .build());
    }

    @AfterEach
    void close() {
        api.close();
    }

    private static OperateRequest request() {
        return OperateRequest.newBuilder()
                .setGid("t-1")
                .setReason("mended")
                .setIfRevision(4)
                .build();
    }

    @Test
    void acts_carry_who_why_and_what_was_seen() {
        var _ = api.operator().retryTransaction(request());
        var _ = api.operator().parkTransaction(request());
        var _ = api.operator().resumeTransaction(request());
        assertThat(api.transactions.acts)
                .containsExactly(
                        new Act.Retry(ME, "mended", 4), new Act.Park(ME, "mended", 4), new Act.Resume(ME, "mended", 4));
    }

    @Test
    void a_truth_about_an_operation_is_passed_on() {
        ResolveBranchRequest.Builder request = ResolveBranchRequest.newBuilder()
                .setGid("t-1")
                .setBranch("reserve")
                .setReason("by hand");
        ByteString response = ByteString.copyFromUtf8("r");
        var _ = api.operator()
                .resolveBranch(request.setOp("action")
                        .setDone(Body.newBuilder().setRaw(response))
                        .build());
        var _ = api.operator()
                .resolveBranch(request.setOp("compensate").setUndone(true).build());
        assertThat(api.transactions.acts)
                .containsExactly(
                        new Act.Resolve("reserve", Role.FORWARD, Fact.Truth.DONE, response, ME, "by hand"),
                        new Act.Resolve("reserve", Role.UNDO, Fact.Truth.UNDONE, null, ME, "by hand"));
    }

    @Test
    void an_approval_is_answered_in_the_callers_name() {
        DecideApprovalRequest.Builder request =
                DecideApprovalRequest.newBuilder().setGid("t-1").setBranch("manager");
        var _ = api.client()
                .decideApproval(request.setApproved(true).setReason("checked").build());
        var _ = api.client()
                .decideApproval(request.setApproved(false).setReason("too dear").build());
        assertThat(api.transactions.acts)
                .containsExactly(
                        new Act.DecideApproval("manager", true, ME, "checked"),
                        new Act.DecideApproval("manager", false, ME, "too dear"));
    }

    @Test
    void an_operation_that_the_pattern_does_not_have_is_refused() throws Exception {
        Refused refused = Refused.by(() -> api.operator()
                .resolveBranch(ResolveBranchRequest.newBuilder()
                        .setGid("t-1")
                        .setBranch("reserve")
                        .setOp("confirm")
                        .setUndone(true)
                        .build()));
        assertThat(refused.status()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(refused.violations()).singleElement().satisfies(violation -> {
            assertThat(violation.getField()).isEqualTo("op");
            assertThat(violation.getDescription()).contains("action, compensate");
        });
    }

    @Test
    void a_transaction_is_forced_to_one_of_two_ends() throws Exception {
        ForceFinishRequest.Builder request =
                ForceFinishRequest.newBuilder().setGid("t-1").setReason("lost");
        var _ = api.operator()
                .forceFinishTransaction(request.setAs(Transaction.State.ABORTED).build());
        assertThat(api.transactions.acts).containsExactly(new Act.ForceFinish(TransactionState.ABORTED, ME, "lost"));
        Refused refused = Refused.by(() -> api.operator()
                .forceFinishTransaction(request.setAs(Transaction.State.RUNNING).build()));
        assertThat(refused.code()).isEqualTo("ENT-001");
    }

    @Test
    void a_preview_of_an_act_on_many_does_nothing() {
        api.records.rows.addAll(List.of(SampleRows.open("t-1", 7L), SampleRows.open("t-2", 7L)));
        List<OperateMatchingResponse> told = operate("retry", true);
        assertThat(told).extracting(OperateMatchingResponse::getGid).containsExactly("t-1", "t-2");
        assertThat(told).allSatisfy(one -> {
            assertThat(one.getApplied()).isFalse();
            assertThat(one.getMatched()).isEqualTo(2);
        });
        assertThat(api.transactions.acts).isEmpty();
        assertThat(Objects.requireNonNull(api.records.asked).isOpen()).isTrue();
    }

    private List<OperateMatchingResponse> operate(String act, boolean previews) {
        return ImmutableList.copyOf(api.operator()
                .operateMatching(OperateMatchingRequest.newBuilder()
                        .setAct(act)
                        .setReason("mended")
                        .setValidateOnly(previews)
                        .build()));
    }

    @Test
    void an_act_on_many_tells_of_each_whether_it_was_done() {
        api.records.rows.addAll(List.of(SampleRows.open("t-1", 7L), SampleRows.open("gone", 7L)));
        List<OperateMatchingResponse> told = operate("park", false);
        assertThat(told.getFirst().getApplied()).isTrue();
        assertThat(told.getLast().getApplied()).isFalse();
        assertThat(told.getLast().getError().getCode()).isEqualTo("ENT-030");
        assertThat(api.trail.rows)
                .singleElement()
                .extracting(AuditRecord::act, AuditRecord::gid, AuditRecord::after)
                .containsExactly("operate-matching", "gone", "REFUSED ENT-030");
        assertThat(api.transactions.acts).contains(new Act.Park(ME, "mended", 0));
    }

    @Test
    void an_act_that_cannot_be_done_to_many_is_refused() throws Exception {
        assertThat(Refused.by(() -> operate("force-finish", false)).code()).isEqualTo("ENT-001");
    }

    @Test
    void participants_are_listed_and_probed() throws Exception {
        List<Participant> all = api.operator()
                .listParticipants(ListParticipantsRequest.getDefaultInstance())
                .getParticipantsList();
        assertThat(all).extracting(Participant::getName).containsExactly("payment", "stock");
        assertThat(all.getFirst().getReachable()).isFalse();
        assertThat(all.getFirst().getLastError()).isEqualTo("no route");
        Participant stock = api.operator()
                .probeParticipant(
                        ProbeParticipantRequest.newBuilder().setName("stock").build());
        assertThat(stock.getReflection()).isTrue();
        assertThat(stock.getCircuit()).isEqualTo("closed");
        assertThat(stock.getMethodsList()).containsExactly("shop.v1.StockService/Reserve");
        Refused refused = Refused.by(() -> api.operator()
                .probeParticipant(
                        ProbeParticipantRequest.newBuilder().setName("nobody").build()));
        assertThat(refused.code()).isEqualTo("ENT-014");
    }

    @Test
    void coordinators_and_audit_entries_are_listed() {
        assertThat(api.operator()
                        .listCoordinators(ListCoordinatorsRequest.getDefaultInstance())
                        .getCoordinatorsList())
                .singleElement()
                .satisfies(one -> {
                    assertThat(one.getNode()).isEqualTo("node-a");
                    assertThat(one.getAlive()).isTrue();
                    assertThat(one.getOpen()).isEqualTo(2);
                });
        assertThat(api.operator()
                        .listAuditEntries(ListAuditEntriesRequest.getDefaultInstance())
                        .getEntriesList())
                .singleElement()
                .satisfies(entry -> assertThat(entry.getActor()).isEqualTo("ops"));
        assertThat(api.operator()
                        .listAuditEntries(ListAuditEntriesRequest.newBuilder()
                                .setPageToken("12")
                                .build())
                        .getEntriesList())
                .isEmpty();
    }

    @Test
    void the_history_is_replayed() {
        ReplayTransactionResponse replay = api.operator()
                .replayTransaction(
                        GetTransactionRequest.newBuilder().setGid("t-1").build());
        assertThat(replay.getMatches()).isTrue();
        assertThat(replay.getStatesList()).extracting(Transaction::getState).containsExactly(Transaction.State.RUNNING);
    }

    @Test
    void what_a_failover_parked_is_shown_and_released_only_where_that_is_asked() {
        RecoverTransactionsResponse shown =
                api.operator().recoverTransactions(RecoverTransactionsRequest.getDefaultInstance());
        assertThat(shown.getParked()).isEqualTo(2);
        assertThat(shown.getReleased()).isZero();
        assertThat(shown.getSystemIdentifier()).isEqualTo("7000000000000000001");
        assertThat(api.records.released).isEmpty();
        RecoverTransactionsResponse released = api.operator()
                .recoverTransactions(RecoverTransactionsRequest.newBuilder()
                        .setRelease(true)
                        .setReason("compared with the bank")
                        .build());
        assertThat(released.getReleased()).isEqualTo(2);
        assertThat(api.records.released).singleElement().satisfies(audit -> {
            assertThat(audit.actor()).isEqualTo(ME);
            assertThat(audit.reason()).isEqualTo("compared with the bank");
        });
    }

    @Test
    void lists_go_page_by_page_and_one_unreadable_row_hides_no_other() {
        api.records.rows.addAll(
                List.of(SampleRows.open("t-1", 7L), SampleRows.damaged("t-2"), SampleRows.newer("t-3")));
        ListTransactionsRequest.Builder request =
                ListTransactionsRequest.newBuilder().setPageSize(1);
        ListTransactionsResponse first = api.client().listTransactions(request.build());
        assertThat(first.getTransactions(0).getState()).isEqualTo(Transaction.State.RUNNING);
        ListTransactionsResponse second = api.client()
                .listTransactions(request.setPageToken(first.getNextPageToken()).build());
        assertThat(second.getTransactions(0).getGid()).isEqualTo("t-2");
        assertThat(second.getTransactions(0).getParked().getReason().name()).isEqualTo("UNREADABLE_ROW");
        ListTransactionsResponse third = api.client()
                .listTransactions(
                        request.setPageToken(second.getNextPageToken()).build());
        assertThat(third.getTransactions(0).getDetail()).contains("run a newer one");
        assertThat(third.getTransactions(0).hasParked()).isFalse();
        assertThat(third.getNextPageToken()).isEmpty();
    }

    @Test
    void a_page_has_50_rows_where_nothing_is_said_and_never_more_than_500() {
        for (int i = 0; i < 501; i++) {
            api.records.rows.add(SampleRows.open("p-" + i, 7L));
        }
        assertThat(api.client()
                        .listTransactions(ListTransactionsRequest.getDefaultInstance())
                        .getTransactionsCount())
                .isEqualTo(50);
        assertThat(api.client()
                        .listTransactions(ListTransactionsRequest.newBuilder()
                                .setPageSize(1000)
                                .build())
                        .getTransactionsCount())
                .isEqualTo(500);
    }

    @Test
    void counts_and_filters_are_understood() throws Exception {
        CountTransactionsResponse counts = api.client()
                .countTransactions(CountTransactionsRequest.newBuilder()
                        .setFilter(TransactionFilter.newBuilder()
                                .addStates(Transaction.State.RUNNING)
                                .setOnlyParked(true)
                                .putLabels("customer", "42"))
                        .build());
        assertThat(counts.getByStateMap()).containsEntry("RUNNING", 2L);
        assertThat(counts.getOldestOverdue().getSeconds()).isEqualTo(90);
        assertThat(Objects.requireNonNull(api.records.asked)).satisfies(asked -> {
            assertThat(asked.states()).containsExactly(TransactionState.RUNNING);
            assertThat(asked.isParked()).isTrue();
            assertThat(asked.labels()).containsEntry("customer", "42");
        });
        Refused refused = Refused.by(() -> api.client()
                .listTransactions(
                        ListTransactionsRequest.newBuilder().setPageSize(-1).build()));
        assertThat(refused.violations().getFirst().getField()).isEqualTo("page_size");
    }
}
