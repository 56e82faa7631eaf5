package dev.entente.core.decision;

import static dev.entente.core.decision.Sketch.branchBehindRetriable;
import static dev.entente.core.decision.Sketch.saga;
import static dev.entente.core.decision.Sketch.step;
import static dev.entente.core.decision.Sketch.tcc;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.HistoryKind;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.TransactionState;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Takeovers of rows of dead owners, and claims of rows at rest. */
class AdoptionTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(40);

    @Test
    void a_takeover_marks_branches_without_a_recorded_outcome_as_called() {
        Play play = Play.of(saga(step("a"), step("b"), step("c")))
                .succeed("a")
                .flushDue()
                .succeed("b");

        play.crashAndAdopt();

        assertThat(play.history()).endsWith(HistoryKind.ADOPTED);
        assertThat(play.stateOf("a")).isEqualTo(BranchState.DONE);
        assertThat(play.stateOf("b")).isEqualTo(BranchState.CALLED);
        assertThat(play.stateOf("c")).isEqualTo(BranchState.CALLED);
        assertThat(play.calls()).containsExactly("b action");
    }

    @Test
    void a_takeover_leaves_an_unrecorded_pivot_and_its_successors_pending() {
        Play play = Play.of(
                saga(step("a"), step("b"), step("p").pivot().noUndo(), step("z").noUndo()));

        play.crashAndAdopt();

        assertThat(play.stateOf("b")).isEqualTo(BranchState.CALLED);
        assertThat(play.stateOf("p")).isEqualTo(BranchState.PENDING);
        assertThat(play.stateOf("z")).isEqualTo(BranchState.PENDING);
    }

    @Test
    void a_takeover_leaves_a_reader_of_an_unrecorded_response_pending() {
        Play play = Play.of(saga(step("a"), step("b").reads("a"), step("c")));

        play.crashAndAdopt();

        assertThat(play.stateOf("a")).isEqualTo(BranchState.CALLED);
        assertThat(play.stateOf("b")).isEqualTo(BranchState.PENDING);
        assertThat(play.stateOf("c")).isEqualTo(BranchState.PENDING);
    }

    @Test
    void a_takeover_marks_a_reader_of_a_recorded_response_as_called() {
        Play play = Play.of(saga(step("a"), step("b").reads("a"), step("c"))).succeed("a", ByteString.EMPTY);

        play.crashAndAdopt();

        assertThat(play.stateOf("b")).isEqualTo(BranchState.CALLED);
        assertThat(play.stateOf("c")).isEqualTo(BranchState.CALLED);
    }

    @Test
    void a_step_whose_undo_requires_an_unrecorded_response_is_not_compensated() {
        Play play =
                Play.of(saga(step("a"), step("b").undoRequires("a"), step("c"))).crashAndAdopt();
        assertThat(play.stateOf("b")).isEqualTo(BranchState.PENDING);
        assertThat(play.stateOf("c")).isEqualTo(BranchState.PENDING);

        play.later(TIMEOUT).unknown("a").abort();

        assertThat(play.calls()).containsExactly("a compensate");
        assertThat(play.parked()).isNull();
    }

    private static Play takenOver(Sketch.Part... steps) {
        return Play.of(saga(steps)).crashAndAdopt().later(TIMEOUT);
    }

    @Test
    void suspected_steps_behind_a_settled_rejection_are_skipped() {
        Play play = takenOver(step("a"), step("b"), step("c"), step("d"));
        assertThat(play.stateOf("c")).isEqualTo(BranchState.CALLED);

        play.succeed("a").rejectSettled("b");

        assertThat(play.stateOf("c")).isEqualTo(BranchState.SKIPPED);
        assertThat(play.stateOf("d")).isEqualTo(BranchState.SKIPPED);
        assertThat(play.calls()).containsExactly("a compensate");
    }

    @Test
    void an_unsettled_rejection_compensates_its_own_step_and_skips_the_later_steps() {
        Play play = takenOver(step("a"), step("b"), step("c"));

        play.succeed("a").reject("b");

        assertThat(play.stateOf("c")).isEqualTo(BranchState.SKIPPED);
        assertThat(play.calls()).containsExactly("b compensate");
    }

    @Test
    void an_abort_compensates_suspected_steps_behind_a_misconfigured_step() {
        Play play = takenOver(step("a"), step("b"), step("c")).succeed("a").misconfigured("b");

        play.abort();

        assertThat(play.calls()).containsExactly("c compensate");
    }

    @Test
    void suspected_steps_behind_a_step_without_attempts_left_are_compensated() {
        Play play = takenOver(step("a"), step("b").attempts(1), step("c"))
                .succeed("a")
                .unknown("b");

        assertThat(play.state()).isEqualTo(TransactionState.UNDOING);
        assertThat(play.calls()).containsExactly("c compensate");
    }

    @Test
    void a_branch_is_skipped_only_if_all_its_paths_pass_through_a_rejection() {
        Play play = takenOver(
                step("a"),
                step("no").after("a"),
                step("beside").after("a"),
                step("behind").after("no"),
                step("last").after("no", "beside"));
        play.succeed("a").misconfigured("beside").rejectSettled("no");

        assertThat(play.stateOf("behind")).isEqualTo(BranchState.SKIPPED);
        assertThat(play.calls()).containsExactly("last compensate");
    }

    @Test
    void a_takeover_leaves_a_branch_behind_a_recorded_failure_pending() {
        Play play = Play.of(branchBehindRetriable()).succeed("a").fail("no").flushDue();

        play.crashAndAdopt();

        assertThat(play.stateOf("behind")).isEqualTo(BranchState.PENDING);
    }

    @Test
    void a_takeover_marks_a_branch_behind_a_retried_failure_as_called() {
        Play play = Play.of(branchBehindRetriable()).succeed("a").fail("no").retry();
        assertThat(play.succeed("no").calls()).contains("behind action");

        play.crashAndAdopt().later(TIMEOUT);

        assertThat(play.stateOf("behind")).isEqualTo(BranchState.CALLED);
        play.rejectSettled("other");
        assertThat(play.unknown("no").calls()).contains("behind compensate");
    }

    @Test
    void a_retried_call_is_sent_only_after_the_retry_is_durable() {
        Play play = Play.of(saga(
                        step("a"),
                        step("no").after("a").retriable(),
                        step("other").after("a")))
                .succeed("a")
                .fail("no")
                .withSlowStore();

        assertThat(play.retry().calls()).containsExactly("other action");
        assertThat(play.written().calls()).containsExactly("other action", "no action");
    }

    @Test
    void a_declared_child_of_a_rejected_parent_is_skipped_and_not_cancelled() {
        Play play = Play.of(tcc(step("a"), step("p"), step("p/x").after("p")))
                .crashAndAdopt()
                .later(TIMEOUT);

        play.succeed("a").rejectSettled("p");

        assertThat(play.stateOf("p/x")).isEqualTo(BranchState.SKIPPED);
        assertThat(play.calls()).containsExactly("a cancel");
    }

    @Test
    void the_undo_of_a_suspected_step_waits_for_the_timeout_of_the_dead_owners_call() {
        Play play = Play.of(saga(step("a").timeout(TIMEOUT).attempts(1))).crashAndAdopt();

        play.unknown("a");

        assertThat(play.state()).isEqualTo(TransactionState.UNDOING);
        assertThat(play.calls()).isEmpty();
        assertThat(play.later(TIMEOUT.minusMillis(1)).calls()).isEmpty();
        assertThat(play.later(Duration.ofMillis(1)).calls()).containsExactly("a compensate");
    }

    @Test
    void a_retry_does_not_shorten_the_wait_for_a_dead_owners_call() {
        Play play = Play.of(saga(step("a").timeout(TIMEOUT).attempts(1)))
                .crashAndAdopt()
                .unknown("a");

        assertThat(play.retry().calls()).isEmpty();
        assertThat(play.later(TIMEOUT).calls()).containsExactly("a compensate");
    }

    @Test
    void an_undo_waits_for_a_dead_owners_call_after_the_claimant_released_the_row() {
        Play play = Play.of(saga(step("a").timeout(TIMEOUT))).crashAndAdopt().misconfigured("a");
        assertThat(play.row().isOwned()).isFalse();

        play.abort();

        assertThat(play.state()).isEqualTo(TransactionState.UNDOING);
        assertThat(play.calls()).isEmpty();
        assertThat(play.later(TIMEOUT).calls()).containsExactly("a compensate");
    }

    @Test
    void a_step_known_to_be_done_is_compensated_without_a_wait() {
        Play play = Play.of(saga(step("a").timeout(TIMEOUT), step("b"))).crashAndAdopt();

        play.succeed("a").rejectSettled("b");

        assertThat(play.calls()).containsExactly("a compensate");
    }

    @Test
    void an_undo_is_called_again_after_a_takeover() {
        Play play = Play.of(saga(step("a"), step("b"))).succeed("a").reject("b").crashAndAdopt();

        assertThat(play.state()).isEqualTo(TransactionState.UNDOING);
        assertThat(play.calls()).containsExactly("a compensate");
    }

    @Test
    void a_completion_is_called_again_after_a_takeover() {
        Play play = Play.of(tcc(step("a"))).succeed("a").crashAndAdopt();

        assertThat(play.state()).isEqualTo(TransactionState.COMPLETING);
        assertThat(play.calls()).containsExactly("a confirm");
    }

    @Test
    void a_takeover_discards_a_decision_that_was_not_durable() {
        Play play = Play.of(tcc(step("a"))).withSlowStore().succeed("a");
        assertThat(play.state()).isEqualTo(TransactionState.COMPLETING);

        play.crashAndAdopt();

        assertThat(play.state()).isEqualTo(TransactionState.RUNNING);
        assertThat(play.calls()).containsExactly("a try");
    }

    @Test
    void a_transaction_parks_after_too_many_takeovers_without_progress() {
        Play play = Play.of(saga(step("a")));
        for (int claims = 1; claims <= NoProgressLimits.STANDARD.takeovers(); claims++) {
            assertThat(play.crashAndAdopt().parked()).isNull();
        }

        assertThat(play.crashAndAdopt().parked()).isEqualTo(ParkReason.ADOPTED_TOO_OFTEN);
        assertThat(play.row().isOwned()).isFalse();
        assertThat(play.retry().calls()).containsExactly("a action");
    }

    @Test
    void a_row_parked_for_takeovers_ignores_its_deadline_but_accepts_an_abort() {
        Play play = Play.of(saga(step("a")).deadline(Duration.ofMinutes(1)));
        for (int claims = 0; claims <= NoProgressLimits.STANDARD.takeovers(); claims++) {
            play.crashAndAdopt();
        }
        assertThat(play.row().dueAt()).isNull();

        assertThat(play.abort().answer()).isEqualTo("done");
        assertThat(play.state()).isEqualTo(TransactionState.UNDOING);
    }

    @Test
    void a_row_at_rest_is_claimed_without_suspicion() {
        Play play = Play.of(saga(step("a"), step("b"))).succeed("a").notSent("b", Duration.ofMinutes(1));

        play.afterSpread(Duration.ofMinutes(1));

        assertThat(play.history()).doesNotContain(HistoryKind.ADOPTED);
        assertThat(play.branch("b").sent()).as("just now").isEqualTo(1);
    }

    @Test
    void a_takeover_is_recorded_if_the_owner_died_before_its_rest_was_durable() {
        Play play = Play.of(saga(step("a"), step("b"))).succeed("a").withSlowStore();
        play.notSent("b", Duration.ofMinutes(1));
        assertThat(play.write()).isEqualTo("Release");

        assertThat(play.crashAndAdopt().history()).contains(HistoryKind.ADOPTED);
    }

    @Test
    void a_history_with_a_takeover_before_a_registration_replays() {
        Play play = Play.of(tcc(step("a"))).crashAndAdopt().registerNested(step("a/x"));

        Replay replay = Replay.of(play.transaction().plan(), play.transaction().progress());

        assertThat(replay.firstDifference()).isNull();
        assertThat(replay.matches()).isTrue();
    }

    @Test
    void a_declared_child_stays_called_after_a_success_that_omits_another_child() {
        Play play =
                Play.of(tcc(step("a"), step("a/x"))).registerNested(step("a/y")).crashAndAdopt();

        play.succeedNaming("a");

        assertThat(play.stateOf("a/x")).isEqualTo(BranchState.CALLED);
        assertThat(play.state()).isEqualTo(TransactionState.UNDOING);
    }
}
