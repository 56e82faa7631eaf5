package dev.entente.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import dev.entente.backends.PatientAwaits;
import dev.entente.core.transaction.AttemptCount;
import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.Outcome;
import dev.entente.server.api.access.Authentication;
import dev.entente.server.store.StoreOverloaded;
import dev.entente.server.store.StoreUnavailable;
import dev.entente.v1.GetTransactionRequest;
import dev.entente.v1.Plan;
import dev.entente.v1.SagaStep;
import dev.entente.v1.SubmitTransactionRequest;
import dev.entente.v1.SubmitTransactionResponse;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionServiceGrpc;
import dev.entente.v1.View;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Submitting, waiting and looking, over a real socket with fakes behind it. */
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
        assertThat(accepted.getBranches(0).getTarget()).startsWith("stock/");
        assertThat(accepted.getPlan()).isEqualTo(Plan.getDefaultInstance());
        assertThat(accepted.getRevision()).isEqualTo(1);
    }

    @Test
    void what_a_participant_says_of_itself_is_not_shown_as_what_blocks_its_delivery() {
        submit("t-1");
        AttemptCount asked = new AttemptCount(0, Outcome.IN_PROGRESS, "blocked by order-77");
        transactions.reached("t-1", BranchProgress.UNTOUCHED.called(BranchState.CALLED, asked, null));

        assertThat(submit("t-1").getTransaction().getBranches(0).getLastError()).isEqualTo("blocked by order-77");
        assertThat(submit("t-1").getTransaction().getBranches(0).getBlockedBy()).isEmpty();

        transactions.reached("t-1", BranchProgress.UNTOUCHED.behind("order-76", null));

        assertThat(submit("t-1").getTransaction().getBranches(0).getBlockedBy()).isEqualTo("order-76");
        assertThat(submit("t-1").getTransaction().getBranches(0).getLastError()).isEmpty();
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
        // Each of 200 steps: no known participant, no undo, and an id that 199 have a second time.
        int found = 3 * 200 - 1;
        int told = refused.violations().size() - 1;
        assertThat(refused.violations().getLast().getDescription())
                .startsWith((found - told) + " more findings do not fit");
        assertThat(refused.message()).contains("(and " + (found - 1) + " more)");
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
                            .setWait(Durations.fromSeconds(PatientAwaits.BOUND.toSeconds()))
                            .build());
            await().until(() -> small.transactions.waiting("t-1") == 1);
            Refused refused = Refused.by(() -> small.client()
                    .submitTransaction(SubmitTransactionRequest.newBuilder()
                            .setPlan(SamplePlans.saga("t-2"))
                            .setWait(Durations.fromSeconds(PatientAwaits.BOUND.toSeconds()))
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
    void a_callers_trace_goes_along_and_what_is_none_does_not() {
        String trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        submitIn(trace, "t-1");
        submitIn("00-nonsense", "t-2");
        submit("t-3");
        assertThat(List.of("t-1", "t-2", "t-3"))
                .extracting(gid -> Objects.requireNonNull(transactions.submissions.get(gid))
                        .traceparent())
                .containsExactly(trace, null, null);
    }

    private void submitIn(String traceparent, String gid) {
        Metadata headers = new Metadata();
        headers.put(Authentication.TRACEPARENT, traceparent);
        var _ = api.client()
                .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
                .submitTransaction(SubmitTransactionRequest.newBuilder()
                        .setPlan(SamplePlans.saga(gid))
                        .build());
    }

    @Test
    void an_event_names_a_dead_incarnations_node_or_says_that_nobody_knows_it() {
        submit("t-1");
        transactions.adopted("t-1", 99);
        transactions.adopted("t-1", 98);
        api.records.nodes.put(99L, "node-z");
        assertThat(get("t-1", View.FULL).getHistoryList())
                .extracting(event -> event.getNode())
                .containsExactly("node-a", "node-z", "incarnation 98, which is gone");
    }

    @Test
    void where_it_is_strict_every_warning_is_a_refusal() throws Exception {
        Plan doubtful = SamplePlans.saga("strict-1").toBuilder()
                .setDeadline(Durations.fromSeconds(1))
                .setStartTime(Timestamps.add(Timestamps.now(), Durations.fromHours(1)))
                .build();
        SubmitTransactionRequest.Builder request =
                SubmitTransactionRequest.newBuilder().setPlan(doubtful);

        Refused refused = Refused.by(
                () -> api.client().submitTransaction(request.setStrict(true).build()));
        assertThat(refused.violations())
                .extracting(violation -> violation.getReason())
                .containsExactly("ENT-022");
        assertThat(refused.violations().getFirst().getDescription()).doesNotContain("warning");
        assertThat(api.client()
                        .submitTransaction(request.setStrict(false).build())
                        .getWarningsList())
                .hasSize(1);
    }
}
