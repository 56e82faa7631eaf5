package dev.entente.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import dev.entente.server.decision.Act;
import dev.entente.server.store.StoreOverloaded;
import dev.entente.server.store.StoreUnavailable;
import dev.entente.server.transaction.Branch;
import dev.entente.v1.AbortTransactionRequest;
import dev.entente.v1.BeginTransactionRequest;
import dev.entente.v1.CommitTransactionRequest;
import dev.entente.v1.GetTransactionRequest;
import dev.entente.v1.Plan;
import dev.entente.v1.RegisterBranchRequest;
import dev.entente.v1.RegisterBranchResponse;
import dev.entente.v1.SagaStep;
import dev.entente.v1.SubmitTransactionRequest;
import dev.entente.v1.SubmitTransactionResponse;
import dev.entente.v1.Tcc;
import dev.entente.v1.TccBranch;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionServiceGrpc;
import dev.entente.v1.View;
import dev.entente.v1.WatchTransactionRequest;
import io.grpc.Status;
import java.io.IOException;
import java.util.Iterator;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TransactionApiTest {
    private LoopbackApi api;
    private FakeTransactions transactions;

    @BeforeEach
    void open() throws IOException {
        api = LoopbackApi.open();
        transactions = api.transactions;
    }

    @AfterEach
    void close() {
        api.close();
    }

    private SubmitTransactionResponse submit(String gid) {
        return api.client()
                .submitTransaction(SubmitTransactionRequest.newBuilder()
                        .setPlan(SamplePlans.saga(gid))
                        .build());
    }

    private Future<SubmitTransactionResponse> submitAndWait(String gid, long seconds) {
        return TransactionServiceGrpc.newFutureStub(api.channel)
                .submitTransaction(SubmitTransactionRequest.newBuilder()
                        .setPlan(SamplePlans.saga(gid))
                        .setWait(Durations.fromSeconds(seconds))
                        .build());
    }

    @Test
    void an_accepted_plan_is_answered_with_its_transaction() {
        Transaction accepted = submit("t-1").getTransaction();
        assertThat(accepted.getGid()).isEqualTo("t-1");
        assertThat(accepted.getName()).isEqualTo("checkout");
        assertThat(accepted.getState()).isEqualTo(Transaction.State.RUNNING);
        assertThat(accepted.getTerminal()).isFalse();
        assertThat(accepted.getBranchesList()).hasSize(1);
        assertThat(accepted.getBranches(0).getId()).isEqualTo("reserve");
        assertThat(accepted.getBranches(0).getCurrentOp()).isEqualTo("action");
        assertThat(accepted.getBranches(0).getParticipant()).isEqualTo("stock");
        assertThat(accepted.getPlan()).isEqualTo(Plan.getDefaultInstance());
        assertThat(accepted.getRevision()).isEqualTo(1);
    }

    @Test
    void the_stored_plan_is_without_its_gid() throws Exception {
        submit("t-1");
        Plan stored = Plan.parseFrom(
                Objects.requireNonNull(transactions.submissions.get("t-1")).encodedPlan());
        assertThat(stored).isEqualTo(SamplePlans.saga(""));
    }

    @Test
    void a_plan_without_gid_gets_a_time_ordered_one() {
        String first = submit("").getTransaction().getGid();
        String second = submit("").getTransaction().getGid();
        assertThat(UUID.fromString(first).version()).isEqualTo(7);
        assertThat(first).isNotEqualTo(second);
        assertThat(first.substring(0, 13)).isLessThanOrEqualTo(second.substring(0, 13));
    }

    @Test
    void the_same_plan_again_is_already_known_and_another_one_is_refused() throws Exception {
        assertThat(submit("t-1").getAlreadyKnown()).isFalse();
        assertThat(submit("t-1").getAlreadyKnown()).isTrue();
        Plan other = SamplePlans.saga("t-1").toBuilder().setName("other").build();
        Refused refused = Refused.by(() -> api.client()
                .submitTransaction(
                        SubmitTransactionRequest.newBuilder().setPlan(other).build()));
        assertThat(refused.status()).isEqualTo(Status.Code.ALREADY_EXISTS);
        assertThat(refused.code()).isEqualTo("ENT-031");
    }

    @Test
    void every_finding_is_told_at_once() throws Exception {
        Plan.Builder broken = SamplePlans.saga("not a gid").toBuilder();
        broken.getSagaBuilder()
                .addSteps(SagaStep.newBuilder().setId("reserve").setAction(SamplePlans.call("nobody/a.B/C")));
        Refused refused = Refused.by(() -> api.client()
                .submitTransaction(SubmitTransactionRequest.newBuilder()
                        .setPlan(broken)
                        .setValidateOnly(true)
                        .build()));
        assertThat(refused.status()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(refused.violations())
                .extracting(violation -> violation.getReason())
                .contains("ENT-010", "ENT-013", "ENT-014", "ENT-020");
        assertThat(refused.violations())
                .filteredOn(violation -> violation.getReason().equals("ENT-014"))
                .singleElement()
                .satisfies(violation -> assertThat(violation.getField()).isEqualTo("plan.saga.steps[1].action"));
    }

    @Test
    void very_many_findings_fit_into_what_a_client_accepts() throws Exception {
        Plan.Builder broken = SamplePlans.saga("t-1").toBuilder();
        for (int i = 0; i < 200; i++) {
            broken.getSagaBuilder()
                    .addSteps(SagaStep.newBuilder().setId("same").setAction(SamplePlans.call("nobody/a.B/C")));
        }
        Refused refused = Refused.by(() -> api.client()
                .submitTransaction(
                        SubmitTransactionRequest.newBuilder().setPlan(broken).build()));
        assertThat(refused.violations().getLast().getDescription()).contains("more findings");
    }

    @Test
    void validation_alone_accepts_nothing() {
        SubmitTransactionResponse checked = api.client()
                .submitTransaction(SubmitTransactionRequest.newBuilder()
                        .setPlan(SamplePlans.saga("t-1"))
                        .setValidateOnly(true)
                        .build());
        assertThat(checked.getTransaction().getState()).isEqualTo(Transaction.State.STATE_UNSPECIFIED);
        assertThat(transactions.submissions).isEmpty();
    }

    @Test
    void a_waiting_submit_is_answered_at_the_end() throws Exception {
        Future<SubmitTransactionResponse> answer = submitAndWait("t-1", 60);
        await().until(() -> transactions.waiting("t-1") == 1);
        transactions.succeed("t-1", ByteString.copyFromUtf8("result"));
        Transaction ended = answer.get().getTransaction();
        assertThat(ended.getState()).isEqualTo(Transaction.State.SUCCEEDED);
        assertThat(ended.getTerminal()).isTrue();
        assertThat(ended.getResult().getRaw().toStringUtf8()).isEqualTo("result");
    }

    @Test
    void a_waiting_submit_ends_early_when_the_transaction_is_parked() throws Exception {
        Future<SubmitTransactionResponse> answer = submitAndWait("t-1", 60);
        await().until(() -> transactions.waiting("t-1") == 1);
        transactions.park("t-1");
        Transaction parked = answer.get().getTransaction();
        assertThat(parked.getTerminal()).isFalse();
        assertThat(parked.getParked().getReason().name()).isEqualTo("UNDO_EXHAUSTED");
        assertThat(parked.getParked().getAdvice()).isNotEmpty();
    }

    @Test
    void a_wait_that_is_over_answers_how_it_stands_and_aborts_nothing() {
        SubmitTransactionResponse answer = api.client()
                .submitTransaction(SubmitTransactionRequest.newBuilder()
                        .setPlan(SamplePlans.saga("t-1"))
                        .setWait(Durations.fromMillis(30))
                        .build());
        assertThat(answer.getTransaction().getState()).isEqualTo(Transaction.State.RUNNING);
        assertThat(transactions.acts).isEmpty();
    }

    @Test
    void a_client_that_goes_away_no_longer_waits_and_aborts_nothing() {
        Future<SubmitTransactionResponse> answer = submitAndWait("t-1", 60);
        await().until(() -> transactions.waiting("t-1") == 1);
        answer.cancel(true);
        await().until(() -> transactions.waiting("t-1") == 0);
        assertThat(transactions.acts).isEmpty();
    }

    @Test
    void too_many_waiting_clients_are_refused_before_anything_is_written() throws Exception {
        try (LoopbackApi small = LoopbackApi.withRoomFor(1)) {
            Future<SubmitTransactionResponse> first = TransactionServiceGrpc.newFutureStub(small.channel)
                    .submitTransaction(SubmitTransactionRequest.newBuilder()
                            .setPlan(SamplePlans.saga("t-1"))
                            .setWait(Durations.fromSeconds(60))
                            .build());
            await().until(() -> small.transactions.waiting("t-1") == 1);
            Refused refused = Refused.by(() -> small.client()
                    .submitTransaction(SubmitTransactionRequest.newBuilder()
                            .setPlan(SamplePlans.saga("t-2"))
                            .setWait(Durations.fromSeconds(60))
                            .build()));
            assertThat(refused.status()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
            assertThat(refused.code()).isEqualTo("ENT-050");
            assertThat(refused.hasRetryInfo()).isTrue();
            assertThat(small.transactions.submissions).containsOnlyKeys("t-1");
            first.cancel(true);
        }
    }

    @Test
    void a_gid_first_sent_long_ago_is_not_executed() throws Exception {
        Refused refused = Refused.by(() -> api.client()
                .submitTransaction(SubmitTransactionRequest.newBuilder()
                        .setPlan(SamplePlans.saga("t-1"))
                        .setFirstAttemptTime(Timestamps.fromSeconds(1_000_000))
                        .build()));
        assertThat(refused.status()).isEqualTo(Status.Code.FAILED_PRECONDITION);
        assertThat(refused.code()).isEqualTo("ENT-032");
        assertThat(transactions.submissions).isEmpty();
    }

    @Test
    void an_unknown_gid_is_not_found() throws Exception {
        Refused refused = Refused.by(() -> get("nobody", View.BASIC));
        assertThat(refused.status()).isEqualTo(Status.Code.NOT_FOUND);
        assertThat(refused.code()).isEqualTo("ENT-030");
    }

    private Transaction get(String gid, View view) {
        return api.client()
                .getTransaction(GetTransactionRequest.newBuilder()
                        .setGid(gid)
                        .setView(view)
                        .build());
    }

    @Test
    void the_full_view_holds_plan_and_history() {
        submit("t-1");
        Transaction full = get("t-1", View.FULL);
        assertThat(full.getPlan().getSaga().getSteps(0).getAction().getGrpc())
                .isEqualTo("stock/shop.v1.StockService/Reserve");
        assertThat(full.getHistoryList()).hasSize(1);
        assertThat(full.getHistory(0).getKind()).isEqualTo("ACCEPTED");
        assertThat(get("t-1", View.FULL).getCoordinator()).isEqualTo("node-a");
    }

    @Test
    void an_overloaded_store_and_a_database_that_is_gone_ask_to_come_again() throws Exception {
        transactions.failure = new StoreOverloaded("4096 writes wait");
        Refused overloaded = Refused.by(() -> submit("t-1"));
        assertThat(overloaded.status()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        assertThat(overloaded.code()).isEqualTo("ENT-050");
        assertThat(overloaded.hasRetryInfo()).isTrue();
        transactions.failure = new StoreUnavailable("no route", new IOException("no route"));
        Refused unavailable = Refused.by(() -> submit("t-1"));
        assertThat(unavailable.status()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(unavailable.code()).isEqualTo("ENT-052");
        assertThat(unavailable.hasRetryInfo()).isTrue();
    }

    @Test
    void a_defect_is_told_by_an_incident_id_and_not_by_its_insides() throws Exception {
        transactions.failure = new IllegalStateException("secret insides");
        Refused defect = Refused.by(() -> submit("t-1"));
        assertThat(defect.status()).isEqualTo(Status.Code.INTERNAL);
        assertThat(defect.code()).isEqualTo("ENT-099");
        assertThat(defect.message()).doesNotContain("secret");
        assertThat(defect.message()).contains(defect.info().getMetadataMap().get("incident"));
    }

    @Test
    void a_client_begins_registers_and_commits() {
        Transaction begun = api.client()
                .beginTransaction(BeginTransactionRequest.newBuilder()
                        .setPlan(Plan.newBuilder()
                                .setGid("b-1")
                                .setName("transfer")
                                .setTcc(Tcc.getDefaultInstance()))
                        .build());
        assertThat(begun.getState()).isEqualTo(Transaction.State.BEGUN);
        RegisterBranchResponse registered = api.client()
                .registerBranch(RegisterBranchRequest.newBuilder()
                        .setGid("b-1")
                        .setTcc(TccBranch.newBuilder()
                                .setId("debit")
                                .setTry(SamplePlans.call("stock/a.B/Try"))
                                .setConfirm(SamplePlans.call("stock/a.B/Confirm"))
                                .setCancel(SamplePlans.call("stock/a.B/Cancel")))
                        .build());
        assertThat(registered.getBranch()).isEqualTo("debit");
        assertThat(registered.getFence()).isEqualTo(3);
        api.client()
                .commitTransaction(CommitTransactionRequest.newBuilder()
                        .setGid("b-1")
                        .addBranches("debit")
                        .putBranchResponses("debit", ByteString.copyFromUtf8("x"))
                        .build());
        assertThat(transactions.acts).hasSize(2);
        assertThat(transactions.acts.getFirst())
                .isInstanceOfSatisfying(
                        Act.Register.class,
                        register -> assertThat(register.branch())
                                .extracting(Branch::id)
                                .isEqualTo("debit"));
        assertThat(transactions.acts.getLast())
                .isInstanceOfSatisfying(
                        Act.Commit.class,
                        commit -> assertThat(commit.responses()).containsEntry("debit", ByteString.copyFromUtf8("x")));
    }

    @Test
    void an_abort_names_who_asked() {
        submit("t-1");
        api.client()
                .abortTransaction(AbortTransactionRequest.newBuilder()
                        .setGid("t-1")
                        .setReason("changed my mind")
                        .build());
        assertThat(transactions.acts).containsExactly(new Act.Abort("changed my mind", "anonymous@127.0.0.1", false));
    }

    @Test
    void a_reason_without_end_and_a_response_beyond_the_limit_are_refused() throws Exception {
        submit("t-1");
        Refused reason = Refused.by(() -> api.client()
                .abortTransaction(AbortTransactionRequest.newBuilder()
                        .setGid("t-1")
                        .setReason("x".repeat(1001))
                        .build()));
        assertThat(reason.violations().getFirst().getField()).isEqualTo("reason");
        Refused response = Refused.by(() -> api.client()
                .commitTransaction(CommitTransactionRequest.newBuilder()
                        .setGid("t-1")
                        .putBranchResponses("debit", ByteString.copyFrom(new byte[(1 << 20) + 1]))
                        .build()));
        assertThat(response.code()).isEqualTo("ENT-023");
        assertThat(transactions.acts).isEmpty();
    }

    @Test
    void a_watch_tells_how_it_stands_and_each_change_until_the_end() {
        submit("t-1");
        Iterator<Transaction> watch = watch("t-1", 0);
        assertThat(watch.next().getRevision()).isEqualTo(1);
        transactions.progress("t-1");
        assertThat(watch.next().getRevision()).isEqualTo(2);
        transactions.succeed("t-1", null);
        Transaction last = watch.next();
        assertThat(last.getTerminal()).isTrue();
        assertThat(watch.hasNext()).isFalse();
        await().until(() -> transactions.watchers("t-1") == 0);
    }

    private Iterator<Transaction> watch(String gid, long afterRevision) {
        return api.client()
                .watchTransaction(WatchTransactionRequest.newBuilder()
                        .setGid(gid)
                        .setAfterRevision(afterRevision)
                        .build());
    }

    @Test
    void a_burst_of_changes_is_told_as_one() {
        submit("t-1");
        Iterator<Transaction> watch = watch("t-1", 0);
        assertThat(watch.next().getRevision()).isEqualTo(1);
        for (int i = 0; i < 50; i++) {
            transactions.progress("t-1");
        }
        transactions.succeed("t-1", null);
        int told = 0;
        while (watch.hasNext()) {
            watch.next();
            told++;
        }
        assertThat(told).isLessThan(10);
    }

    @Test
    void what_has_not_changed_is_not_told_again() {
        submit("t-1");
        Iterator<Transaction> watch = watch("t-1", 0);
        assertThat(watch.next().getRevision()).isEqualTo(1);
        transactions.repeat("t-1");
        transactions.repeat("t-1");
        transactions.progress("t-1");
        assertThat(watch.next().getRevision()).isEqualTo(2);
    }

    @Test
    void a_watch_resumes_after_what_is_known() {
        submit("t-1");
        transactions.progress("t-1");
        Iterator<Transaction> watch = watch("t-1", 2);
        await().until(() -> transactions.watchers("t-1") == 1);
        transactions.progress("t-1");
        assertThat(watch.next().getRevision()).isEqualTo(3);
    }

    @Test
    void a_watch_of_nobody_is_refused_and_one_given_up_is_forgotten() throws Exception {
        assertThat(Refused.by(() -> watch("nobody", 0).hasNext()).code()).isEqualTo("ENT-030");
        submit("t-1");
        Iterator<Transaction> watch = watch("t-1", 0);
        assertThat(watch.next().getGid()).isEqualTo("t-1");
        api.channel.shutdownNow();
        await().until(() -> transactions.watchers("t-1") == 0);
    }
}
