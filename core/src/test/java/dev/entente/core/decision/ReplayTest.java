package dev.entente.core.decision;

import static dev.entente.core.decision.Sketch.saga;
import static dev.entente.core.decision.Sketch.step;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.transaction.AbortReason;
import dev.entente.core.transaction.Activity;
import dev.entente.core.transaction.Approval;
import dev.entente.core.transaction.AttemptCount;
import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.Consequence;
import dev.entente.core.transaction.Direction;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.History;
import dev.entente.core.transaction.HistoryEvent;
import dev.entente.core.transaction.KnownResponse;
import dev.entente.core.transaction.NextCall;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Parked;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Progress;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.TransactionState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The differences that a replay finds between a row and its history. */
final class ReplayTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private final Play played = Play.of(saga(step("a"), step("b"))).succeed("a").succeed("b");
    private final Plan plan = played.transaction().plan();
    private final Progress ended = played.transaction().progress();

    private @Nullable String difference(Progress stored) {
        return Replay.of(plan, stored).firstDifference();
    }

    private Progress with(
            TransactionState state, @Nullable AbortReason reason, @Nullable Parked parked, boolean isForced) {
        return new Progress(
                state,
                ended.branches(),
                new Direction(reason, "", isForced, 0, ended.decidedRevision()),
                parked,
                -1,
                ended.history());
    }

    private Progress withFirst(BranchProgress branch) {
        return ended.withBranch(0, branch);
    }

    private static BranchProgress branch(BranchState state, int attempts, int lastOutcome) {
        return new BranchProgress(
                state,
                Role.FORWARD,
                attempts,
                new AttemptCount(attempts, lastOutcome, ""),
                KnownResponse.NONE,
                NextCall.FREE,
                Activity.NONE);
    }

    @Test
    void a_row_that_agrees_with_its_history_matches() {
        Replay replay = Replay.of(plan, ended);

        assertThat(replay.firstDifference()).isNull();
        assertThat(replay.matches()).isTrue();
        assertThat(replay.states()).hasSize(ended.revision());
        assertThat(replay.states().getLast().state()).isEqualTo(TransactionState.SUCCEEDED);
    }

    @Test
    void a_row_without_a_history_does_not_match() {
        Replay replay = Replay.of(plan, Progress.untouched(TransactionState.RUNNING, 2));

        assertThat(replay.matches()).isFalse();
        assertThat(replay.firstDifference()).isEqualTo("there is no history");
    }

    @Test
    void each_field_of_a_transaction_is_compared() {
        Parked parked = new Parked(ParkReason.DEFECT, "", NOW);
        TransactionState succeeded = TransactionState.SUCCEEDED;
        assertThat(difference(with(succeeded, null, null, false))).isNull();
        assertThat(difference(with(TransactionState.ABORTED, null, null, false)))
                .isEqualTo("state: the history contains SUCCEEDED, the row contains ABORTED");
        assertThat(difference(with(succeeded, AbortReason.DEADLINE, null, false)))
                .isEqualTo("abort reason: the history contains null, the row contains DEADLINE");
        assertThat(difference(with(succeeded, null, null, true)))
                .isEqualTo("forced: the history contains false, the row contains true");
        assertThat(difference(with(succeeded, null, parked, false))).startsWith("parked: the history contains null");
    }

    @Test
    void each_field_of_a_branch_is_compared() {
        assertThat(difference(withFirst(branch(BranchState.DONE, 1, 1)))).isNull();
        assertThat(difference(withFirst(branch(BranchState.FAILED, 1, 1))))
                .isEqualTo("branch 'a' state: the history contains DONE, the row contains FAILED");
        assertThat(difference(withFirst(branch(BranchState.DONE, 2, 1))))
                .isEqualTo("branch 'a' attempts: the history contains 1, the row contains 2");
        assertThat(difference(withFirst(branch(BranchState.DONE, 1, 6))))
                .isEqualTo("branch 'a' last outcome: the history contains 1, the row contains 6");
    }

    @Test
    void a_sent_call_matches_before_its_event_is_recorded() {
        Play running = Play.of(saga(step("a"), step("b")));
        Progress called = running.transaction().progress();

        assertThat(called.branch(0).state()).isEqualTo(BranchState.CALLED);
        assertThat(Replay.of(plan, called).matches()).isTrue();
        Progress answered = called.withBranch(0, branch(BranchState.CALLED, 0, 6));
        assertThat(Replay.of(plan, answered).firstDifference()).startsWith("branch 'a' state");
        Progress again = called.withBranch(0, branch(BranchState.CALLED, 1, 0));
        assertThat(Replay.of(plan, again).firstDifference()).startsWith("branch 'a' state");
    }

    private static HistoryEvent event(Fact fact, TransactionState after) {
        return new HistoryEvent(NOW, after, fact);
    }

    private static HistoryEvent running(Fact fact) {
        return event(fact, TransactionState.RUNNING);
    }

    private static HistoryEvent called(int branch, Role role, int attempt) {
        return running(new Fact.Called(branch, role, attempt, Outcome.SUCCEEDED, new Consequence.None(), ""));
    }

    private String broken(HistoryEvent... later) {
        List<HistoryEvent> events = new ArrayList<>();
        events.add(running(new Fact.Accepted(0)));
        events.addAll(List.of(later));
        Progress stored =
                new Progress(TransactionState.RUNNING, ended.branches(), Direction.OPEN, null, -1, History.of(events));
        Replay replay = Replay.of(plan, stored);
        assertThat(replay.matches()).isFalse();
        return String.valueOf(replay.firstDifference());
    }

    @Test
    void an_impossible_event_cannot_be_replayed() {
        assertThat(broken(running(new Fact.Accepted(0))))
                .isEqualTo("event 2 cannot be replayed: ACCEPTED at revision 1");
        assertThat(broken(running(new Fact.ApprovalDecided(0, true, "boss", ""))))
                .contains("where the branch is PENDING");
        assertThat(broken(running(new Fact.ApprovalExpired(0, Approval.Expiry.APPROVE, ""))))
                .contains("where the branch is PENDING");
        assertThat(broken(called(0, Role.FORWARD, 1), running(new Fact.ApprovalAsked(0))))
                .contains("APPROVAL_ASKED where the branch is DONE");
        assertThat(broken(
                        event(new Fact.Finished(AbortReason.DEADLINE, "", ""), TransactionState.ABORTED),
                        event(new Fact.Started(), TransactionState.ABORTED)))
                .contains("STARTED after the transaction was ABORTED");
        assertThat(broken(called(0, Role.FORWARD, 2)))
                .contains("attempt 2, where the branch is PENDING after 0 attempts of FORWARD");
        assertThat(broken(called(0, Role.UNDO, 1))).contains("a finished UNDO call");
        assertThat(broken(called(7, Role.FORWARD, 1))).startsWith("event 2 cannot be replayed");
    }

    @Test
    void a_second_decision_or_a_late_registration_cannot_be_replayed() {
        HistoryEvent decided = event(new Fact.Decided(AbortReason.DEADLINE, "", ""), TransactionState.UNDOING);
        assertThat(broken(decided, decided)).contains("DECIDED after the transaction was UNDOING");
        assertThat(broken(decided, event(new Fact.Registered(0, "a"), TransactionState.UNDOING)))
                .contains("a branch that joined after the transaction was UNDOING");
    }

    @Test
    void a_decision_to_undo_without_a_reason_cannot_be_replayed() {
        HistoryEvent decided = event(new Fact.Decided(null, "", ""), TransactionState.UNDOING);
        assertThat(broken(decided)).isEqualTo("event 2 cannot be replayed: a decision to undo has no reason");
    }

    @Test
    void a_registration_before_the_decision_can_be_replayed() {
        Progress started = Play.of(saga(step("a"), step("b"))).transaction().progress();
        HistoryEvent joined = running(new Fact.Registered(1, "b"));
        List<HistoryEvent> events = new ArrayList<>(started.history().events());
        events.add(joined);
        Progress stored =
                new Progress(started.state(), started.branches(), Direction.OPEN, null, -1, History.of(events));

        assertThat(String.valueOf(Replay.of(plan, stored).firstDifference())).doesNotContain("cannot be replayed");
    }
}
