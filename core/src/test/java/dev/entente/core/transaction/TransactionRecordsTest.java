package dev.entente.core.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The methods of the records of a transaction. */
final class TransactionRecordsTest {
    private static final Instant NOW = Instant.parse("2026-11-20T10:00:00Z");
    private static final Operation CALL = new Operation(
            new Target.Grpc("stock", "shop.v1.Stock/Reserve"),
            ByteString.EMPTY,
            List.of(),
            CallPolicy.standard(Role.FORWARD));

    private static final HistoryEvent ACCEPTED = event(new Fact.Accepted(1));
    private static final HistoryEvent STARTED = event(new Fact.Started());

    private static HistoryEvent event(Fact fact) {
        return new HistoryEvent(NOW, TransactionState.RUNNING, fact);
    }

    private static HistoryEvent resolved(Role role, boolean isResponseOnly) {
        return event(new Fact.Resolved(0, role, Fact.Truth.DONE, isResponseOnly, "op", ""));
    }

    private static Branch branch(String id) {
        return new Branch(id, null, CALL, null, CALL, List.of(), Branch.Commitment.NONE);
    }

    private static Plan plan(Branch... branches) {
        return new Plan(Pattern.TWO_PHASE, "test", Map.of(), null, null, null, List.of(branches));
    }

    /** Creates a transaction with two history events. */
    private static GlobalTransaction transaction(TransactionState state, int decided, Ownership ownership) {
        History history = History.of(Collections.nCopies(2, STARTED));
        Progress progress = new Progress(
                state,
                List.of(BranchProgress.UNTOUCHED),
                new Direction(null, "", false, 0, decided),
                null,
                -1,
                history);
        return new GlobalTransaction("g", plan(branch("a")), NOW, null, progress, ownership);
    }

    private static GlobalTransaction running(Ownership ownership) {
        return transaction(TransactionState.RUNNING, 0, ownership);
    }

    @Test
    void a_transaction_is_dirty_while_a_fact_is_neither_durable_nor_being_written() {
        assertThat(running(Ownership.held(1, 1)).isDirty()).isTrue();
        assertThat(running(Ownership.held(1, 2)).isDirty()).isFalse();
        assertThat(running(Ownership.held(1, 1).writing(2, false)).isDirty()).isFalse();
        assertThat(running(Ownership.held(1, 1).writing(0, false)).isDirty()).isFalse();
    }

    @Test
    void a_final_state_or_decision_that_is_not_durable_is_detected() {
        assertThat(running(Ownership.held(1, 1)).showsUndurable()).isFalse();
        assertThat(running(Ownership.held(1, 1).writing(2, true)).showsUndurable())
                .isTrue();
        assertThat(transaction(TransactionState.COMPLETING, 2, Ownership.held(1, 1))
                        .showsUndurable())
                .isTrue();
        assertThat(transaction(TransactionState.COMPLETING, 2, Ownership.held(1, 2))
                        .showsUndurable())
                .isFalse();
        assertThat(transaction(TransactionState.SUCCEEDED, 1, Ownership.held(1, 1))
                        .showsUndurable())
                .isTrue();
        assertThat(transaction(TransactionState.SUCCEEDED, 1, Ownership.held(1, 2))
                        .showsUndurable())
                .isFalse();
    }

    @Test
    void a_change_of_ownership_keeps_all_other_fields() {
        GlobalTransaction before = running(Ownership.held(1, 1));
        Ownership ownership = Ownership.unheld(2, 2);

        assertThat(before.with(ownership).ownership()).isEqualTo(ownership);
        assertThat(before.with(ownership).with(before.ownership())).isEqualTo(before);
    }

    @Test
    void a_branch_shows_the_last_event_of_its_forward_operation() {
        HistoryEvent answered = event(new Fact.Called(0, Role.FORWARD, 1, 1, new Consequence.None(), ""));
        HistoryEvent resolved = resolved(Role.FORWARD, false);
        HistoryEvent response = resolved(Role.FORWARD, true);
        HistoryEvent undoResolved = resolved(Role.UNDO, false);
        assertThat(shown(BranchState.DONE)).isEqualTo(BranchState.DONE);
        assertThat(shown(BranchState.DONE, answered)).isEqualTo(BranchState.DONE);
        assertThat(shown(BranchState.DONE, answered, resolved)).isEqualTo(BranchState.RESOLVED);
        assertThat(shown(BranchState.DONE, resolved, answered)).isEqualTo(BranchState.DONE);
        assertThat(shown(BranchState.DONE, answered, response)).isEqualTo(BranchState.DONE);
        assertThat(shown(BranchState.DONE, resolved, response)).isEqualTo(BranchState.RESOLVED);
        assertThat(shown(BranchState.DONE, answered, undoResolved)).isEqualTo(BranchState.DONE);
        assertThat(shown(BranchState.FAILED, resolved)).isEqualTo(BranchState.FAILED);
    }

    @Test
    void a_fact_about_a_branch_has_the_forward_role_by_default() {
        assertThat(List.<Fact.OfBranch>of(
                        new Fact.Registered(0, "a"),
                        new Fact.PivotCalled(0),
                        new Fact.ApprovalAsked(0),
                        new Fact.ApprovalDecided(0, true, "boss", ""),
                        new Fact.ApprovalExpired(0, Approval.Expiry.REJECT, ""),
                        new Fact.Dropped(0, "op", "")))
                .extracting(Fact.OfBranch::role)
                .containsOnly(Role.FORWARD);
        assertThat(new Fact.Resolved(0, Role.UNDO, Fact.Truth.UNDONE, false, "op", "").role())
                .isEqualTo(Role.UNDO);
    }

    @Test
    void an_approval_has_the_outcome_of_a_call_with_an_equivalent_answer() {
        assertThat(new Fact.ApprovalDecided(0, true, "boss", "").outcome()).isEqualTo(Outcome.SUCCEEDED);
        assertThat(new Fact.ApprovalDecided(0, false, "boss", "").outcome()).isEqualTo(Outcome.REJECTED);
        assertThat(new Fact.ApprovalExpired(0, Approval.Expiry.APPROVE, "").outcome())
                .isEqualTo(Outcome.UNKNOWN);
    }

    private static BranchState shown(BranchState state, HistoryEvent... events) {
        List<BranchProgress> branches = List.of(BranchProgress.UNTOUCHED.in(state));
        History history = History.of(List.of(events));
        return new Progress(TransactionState.RUNNING, branches, Direction.OPEN, null, -1, history).shownState(0);
    }

    @Test
    void the_text_of_a_history_contains_only_its_size_and_last_event() {
        History history = History.of(List.of(ACCEPTED, STARTED));

        assertThat(history.toString()).contains("size=2").contains("Started").doesNotContain("Accepted");
    }

    @Test
    void unknown_fields_of_a_newer_version_are_kept() {
        Progress progress = Progress.untouched(TransactionState.RUNNING, 1);
        ByteString unknown = ByteString.copyFromUtf8("newer");

        assertThat(progress.keeping(unknown).unknownFields()).isEqualTo(unknown);
        assertThat(progress.keeping(unknown).keeping(ByteString.EMPTY)).isEqualTo(progress);
    }

    @Test
    void a_pre_commit_is_found_by_the_index_of_its_branch() {
        Plan plan = plan(
                branch("a"),
                branch("b"),
                Branch.preCommit("b", CALL, List.of("a", "b")),
                Branch.preCommit("a", CALL, List.of("a", "b")));

        assertThat(plan.continuationOf(0)).isEqualTo(3);
        assertThat(plan.continuationOf(1)).isEqualTo(2);
        assertThat(plan.continuationOf(2)).isEqualTo(-1);
        assertThat(plan(branch("a"), Branch.preCommit("a", CALL, List.of())).continuationOf(0))
                .isEqualTo(1);
    }

    @Test
    void a_plan_has_its_submitter_and_an_operation_has_its_child_pattern() {
        assertThat(plan(branch("a")).by("alice").submitter()).isEqualTo("alice");
        assertThat(CALL.by(Pattern.MESSAGE).child()).isEqualTo(Pattern.MESSAGE);
        assertThat(CALL.by(Pattern.MESSAGE).ownPolicy()).isEqualTo(CallPolicy.standard(Role.FORWARD));
    }

    @Test
    void a_forward_call_has_fewer_attempts_than_a_completion_or_an_undo() {
        assertThat(CallPolicy.standard(Role.FORWARD).maxAttempts()).isEqualTo(5);
        assertThat(CallPolicy.standard(Role.COMPLETION).maxAttempts()).isEqualTo(20);
        assertThat(CallPolicy.standard(Role.UNDO).maxAttempts()).isEqualTo(20);
        assertThat(CallPolicy.standard(Role.UNDO).withMaxAttempts(3).maxAttempts())
                .isEqualTo(3);
        assertThat(CallPolicy.standard(Role.UNDO)
                        .withSchedule(List.of(Duration.ofSeconds(7)))
                        .schedule())
                .containsExactly(Duration.ofSeconds(7));
    }

    @Test
    void a_target_has_a_readable_text() {
        assertThat(new Target.Grpc("stock", "shop.v1.Stock/Reserve").text()).isEqualTo("stock/shop.v1.Stock/Reserve");
        assertThat(new Target.Grpc("", "").text()).isEmpty();
        Target.Http http = new Target.Http("shop", "POST", "/orders", Map.of("x-b", "2", "x-a", "1"));
        assertThat(http.text()).isEqualTo("POST shop/orders");
        assertThat(http.headers().keySet()).containsExactly("x-a", "x-b");
        assertThat(new Target.Http("shop", "GET", "/", Map.of()).headers()).isEmpty();
    }

    @Test
    void a_fence_is_one_above_the_floor_plus_the_rev_at_the_claim() {
        assertThat(Fence.of(0, 0)).isEqualTo(1);
        assertThat(Fence.of(0, 41)).isEqualTo(42);
        assertThat(Fence.of(1000, 41)).isEqualTo(1042);
    }

    @Test
    void an_empty_path_refers_to_the_complete_document() {
        assertThat(new JsonPointer(List.of()).isRoot()).isTrue();
        assertThat(new JsonPointer(List.of("a")).isRoot()).isFalse();
        assertThat(FieldPath.ROOT.isRoot()).isTrue();
        assertThat(new FieldPath(List.of(1)).isRoot()).isFalse();
    }

    @Test
    void abort_is_advised_only_if_it_is_possible_and_useful() {
        assertThat(ParkReason.BY_OPERATOR.advice()).isEqualTo("resume or retry the transaction when you are ready");
        Parked byOperator = new Parked(ParkReason.BY_OPERATOR, "", NOW);
        assertThat(byOperator.advice(true)).endsWith("ready; or abort");
        assertThat(byOperator.advice(false)).endsWith("ready");
        assertThat(new Parked(ParkReason.UNDO_EXHAUSTED, "", NOW).advice(true)).doesNotContain("abort");
    }

    @Test
    void the_advice_for_a_half_done_call_is_neither_retry_nor_abort() {
        for (String code : List.of("ENT-089", "ENT-097")) {
            String half =
                    new Parked(ParkReason.TARGET_MISCONFIGURED, "pay: HTTP 405: " + code + ": a no", NOW).advice(true);
            assertThat(half).contains("check what was done", "resolve").doesNotContain("then retry", "or abort");
        }
        assertThat(new Parked(ParkReason.TARGET_MISCONFIGURED, "pay: HTTP 404: ENT-0971", NOW).advice(true))
                .endsWith("then retry; or abort");
    }

    @Test
    void an_operators_park_has_no_reason_of_its_own() {
        OperatorPark operator = new OperatorPark("alice", "wait", NOW);
        Parked stuck = new Parked(ParkReason.DEFECT, "bug", NOW);

        assertThat(stuck.hasReason()).isTrue();
        assertThat(Parked.by(operator, stuck).hasReason()).isTrue();
        assertThat(Parked.by(operator, null).hasReason()).isFalse();
        assertThat(stuck.withoutReason()).isNull();
        assertThat(Parked.by(operator, stuck).withoutReason()).isEqualTo(Parked.by(operator, null));
    }

    @Test
    void a_change_of_progress_keeps_all_other_fields() {
        GlobalTransaction before = running(Ownership.held(1, 1));
        Progress forced = before.progress().forced(true);

        assertThat(before.with(forced).progress()).isEqualTo(forced);
        assertThat(before.with(forced).with(before.progress())).isEqualTo(before);
    }

    @Test
    void the_newest_event_of_a_history_can_be_replaced() {
        HistoryEvent accepted = ACCEPTED;
        HistoryEvent started = STARTED;
        HistoryEvent finished = event(new Fact.Finished(null, "", ""));

        assertThat(History.of(List.of(accepted, started)).withLast(finished).events())
                .containsExactly(accepted, finished);
        assertThat(History.of(List.of(accepted)).withLast(finished).events()).containsExactly(finished);
        assertThat(History.EMPTY.withLast(finished).events()).containsExactly(finished);
    }

    @Test
    void registered_branches_are_appended_in_order_until_a_write_includes_them() {
        ByteString first = ByteString.copyFromUtf8("first");
        ByteString second = ByteString.copyFromUtf8("second");
        Ownership joined = Ownership.held(1, 1).appending(first).appending(second);

        assertThat(joined.planToAppend()).isEqualTo(first.concat(second));
        assertThat(joined.writing(2, false).planToAppend()).isNull();
        assertThat(joined.writing(2, false).appending(first).written(5).planToAppend())
                .isEqualTo(first);
    }

    @Test
    void a_field_path_has_a_readable_text() {
        assertThat(new FieldPath(List.of(3, 1)).toString()).isEqualTo("3.1");
        assertThat(new FieldPath(List.of(7)).toString()).isEqualTo("7");
        assertThat(FieldPath.ROOT.toString()).isEmpty();
    }

    @Test
    void a_decision_removes_the_park_reason_and_keeps_an_operators_park() {
        OperatorPark operator = new OperatorPark("alice", "wait", NOW);
        Parked stuck = new Parked(ParkReason.DEFECT, "bug", NOW);
        Progress running = running(Ownership.held(1, 1)).progress();
        Progress ended =
                transaction(TransactionState.ABORTED, 2, Ownership.held(1, 1)).progress();

        assertThat(running.parkedAs(stuck).decidedAt(1, null, "").parked()).isNull();
        assertThat(running.parkedAs(Parked.by(operator, stuck))
                        .decidedAt(1, null, "")
                        .parked())
                .isEqualTo(Parked.by(operator, null));
        assertThat(ended.parkedAs(Parked.by(operator, stuck))
                        .decidedAt(1, null, "")
                        .parked())
                .isNull();
        assertThat(running.isParkedByOperator()).isFalse();
        assertThat(running.parkedAs(stuck).isParkedByOperator()).isFalse();
        assertThat(running.parkedAs(Parked.by(operator, stuck)).isParkedByOperator())
                .isTrue();
    }
}
