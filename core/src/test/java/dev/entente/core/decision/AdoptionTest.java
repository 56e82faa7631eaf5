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

/** Rows of owners that died, and rows at rest. */
class AdoptionTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(40);

    @Test
    void every_branch_without_a_recorded_outcome_may_have_been_called() {
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
    void what_stands_behind_a_pivot_that_is_not_on_record_was_not_called() {
        Play play = Play.of(
                saga(step("a"), step("b"), step("p").pivot().noUndo(), step("z").noUndo()));

        play.crashAndAdopt();

        assertThat(play.stateOf("b")).isEqualTo(BranchState.CALLED);
        assertThat(play.stateOf("p")).isEqualTo(BranchState.PENDING);
        assertThat(play.stateOf("z")).isEqualTo(BranchState.PENDING);
    }

    @Test
    void what_reads_a_response_that_is_not_on_record_was_not_called() {
        Play play = Play.of(saga(step("a"), step("b").reads("a"), step("c")));

        play.crashAndAdopt();

        assertThat(play.stateOf("a")).isEqualTo(BranchState.CALLED);
        assertThat(play.stateOf("b")).isEqualTo(BranchState.PENDING);
        assertThat(play.stateOf("c")).isEqualTo(BranchState.PENDING);
    }

    @Test
    void what_reads_a_response_that_is_on_record_may_have_been_called() {
        Play play = Play.of(saga(step("a"), step("b").reads("a"), step("c"))).succeed("a", ByteString.EMPTY);

        play.crashAndAdopt();

        assertThat(play.stateOf("b")).isEqualTo(BranchState.CALLED);
        assertThat(play.stateOf("c")).isEqualTo(BranchState.CALLED);
    }

    @Test
    void a_step_whose_undo_requires_an_unrecorded_response_was_not_called_nor_undone() {
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
    void what_lies_behind_a_no_was_never_called_and_is_not_undone() {
        Play play = takenOver(step("a"), step("b"), step("c"), step("d"));
        assertThat(play.stateOf("c")).isEqualTo(BranchState.CALLED);

        play.succeed("a").rejectSettled("b");

        assertThat(play.stateOf("c")).isEqualTo(BranchState.SKIPPED);
        assertThat(play.stateOf("d")).isEqualTo(BranchState.SKIPPED);
        assertThat(play.calls()).containsExactly("a compensate");
    }

    @Test
    void who_says_no_without_being_believed_is_undone_and_what_lies_behind_it_is_not() {
        Play play = takenOver(step("a"), step("b"), step("c"));

        play.succeed("a").reject("b");

        assertThat(play.stateOf("c")).isEqualTo(BranchState.SKIPPED);
        assertThat(play.calls()).containsExactly("b compensate");
    }

    @Test
    void what_lies_behind_a_branch_without_an_outcome_may_have_been_called() {
        Play play = takenOver(step("a"), step("b"), step("c")).succeed("a").misconfigured("b");

        play.abort();

        assertThat(play.calls()).containsExactly("c compensate");
    }

    @Test
    void what_lies_behind_a_branch_that_is_out_of_attempts_may_have_been_called() {
        Play play = takenOver(step("a"), step("b").attempts(1), step("c"))
                .succeed("a")
                .unknown("b");

        assertThat(play.state()).isEqualTo(TransactionState.UNDOING);
        assertThat(play.calls()).containsExactly("c compensate");
    }

    @Test
    void in_a_graph_every_way_must_lead_through_a_no() {
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
    void a_no_on_record_at_the_takeover_counts_too() {
        Play play = Play.of(branchBehindRetriable()).succeed("a").fail("no").flushDue();

        play.crashAndAdopt();

        assertThat(play.stateOf("behind")).isEqualTo(BranchState.PENDING);
    }

    @Test
    void what_lies_behind_a_no_that_an_operator_has_turned_may_have_been_called() {
        Play play = Play.of(branchBehindRetriable()).succeed("a").fail("no").retry();
        assertThat(play.succeed("no").calls()).contains("behind action");

        play.crashAndAdopt().later(TIMEOUT);

        assertThat(play.stateOf("behind")).isEqualTo(BranchState.CALLED);
        play.rejectSettled("other");
        assertThat(play.unknown("no").calls()).contains("behind compensate");
    }

    @Test
    void no_call_leaves_before_the_act_that_set_it_going_again_is_durable() {
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
    void a_declared_child_of_a_refused_parent_was_never_called() {
        Play play = Play.of(tcc(step("a"), step("p"), step("p/x").after("p")))
                .crashAndAdopt()
                .later(TIMEOUT);

        play.succeed("a").rejectSettled("p");

        assertThat(play.stateOf("p/x")).isEqualTo(BranchState.SKIPPED);
        assertThat(play.calls()).containsExactly("a cancel");
    }

    @Test
    void the_undo_of_a_suspicion_waits_until_the_dead_owners_call_must_have_ended() {
        Play play = Play.of(saga(step("a").timeout(TIMEOUT).attempts(1))).crashAndAdopt();

        play.unknown("a");

        assertThat(play.state()).isEqualTo(TransactionState.UNDOING);
        assertThat(play.calls()).isEmpty();
        assertThat(play.later(TIMEOUT.minusMillis(1)).calls()).isEmpty();
        assertThat(play.later(Duration.ofMillis(1)).calls()).containsExactly("a compensate");
    }

    @Test
    void a_retry_does_not_shorten_that_wait() {
        Play play = Play.of(saga(step("a").timeout(TIMEOUT).attempts(1)))
                .crashAndAdopt()
                .unknown("a");

        assertThat(play.retry().calls()).isEmpty();
        assertThat(play.later(TIMEOUT).calls()).containsExactly("a compensate");
    }

    @Test
    void that_wait_outlives_the_one_who_claimed_the_row() {
        Play play = Play.of(saga(step("a").timeout(TIMEOUT))).crashAndAdopt().misconfigured("a");
        assertThat(play.row().isOwned()).isFalse();

        play.abort();

        assertThat(play.state()).isEqualTo(TransactionState.UNDOING);
        assertThat(play.calls()).isEmpty();
        assertThat(play.later(TIMEOUT).calls()).containsExactly("a compensate");
    }

    @Test
    void what_is_known_to_be_done_is_undone_without_that_wait() {
        Play play = Play.of(saga(step("a").timeout(TIMEOUT), step("b"))).crashAndAdopt();

        play.succeed("a").rejectSettled("b");

        assertThat(play.calls()).containsExactly("a compensate");
    }

    @Test
    void an_adopted_undo_is_called_again() {
        Play play = Play.of(saga(step("a"), step("b"))).succeed("a").reject("b").crashAndAdopt();

        assertThat(play.state()).isEqualTo(TransactionState.UNDOING);
        assertThat(play.calls()).containsExactly("a compensate");
    }

    @Test
    void an_adopted_completion_is_called_again() {
        Play play = Play.of(tcc(step("a"))).succeed("a").crashAndAdopt();

        assertThat(play.state()).isEqualTo(TransactionState.COMPLETING);
        assertThat(play.calls()).containsExactly("a confirm");
    }

    @Test
    void a_decision_that_was_not_durable_was_never_made() {
        Play play = Play.of(tcc(step("a"))).withSlowStore().succeed("a");
        assertThat(play.state()).isEqualTo(TransactionState.COMPLETING);

        play.crashAndAdopt();

        assertThat(play.state()).isEqualTo(TransactionState.RUNNING);
        assertThat(play.calls()).containsExactly("a try");
    }

    @Test
    void a_row_that_is_taken_over_again_and_again_without_progress_parks() {
        Play play = Play.of(saga(step("a")));
        for (int claims = 1; claims <= Patience.STANDARD.takeovers(); claims++) {
            assertThat(play.crashAndAdopt().parked()).isNull();
        }

        assertThat(play.crashAndAdopt().parked()).isEqualTo(ParkReason.ADOPTED_TOO_OFTEN);
        assertThat(play.row().isOwned()).isFalse();
        assertThat(play.retry().calls()).containsExactly("a action");
    }

    @Test
    void a_row_parked_for_that_ignores_its_deadline_but_not_an_abort() {
        Play play = Play.of(saga(step("a")).deadline(Duration.ofMinutes(1)));
        for (int claims = 0; claims <= Patience.STANDARD.takeovers(); claims++) {
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
    void an_owner_that_dies_before_its_rest_is_durable_leaves_a_suspicion() {
        Play play = Play.of(saga(step("a"), step("b"))).succeed("a").withSlowStore();
        play.notSent("b", Duration.ofMinutes(1));
        assertThat(play.write()).isEqualTo("Rest");

        assertThat(play.crashAndAdopt().history()).contains(HistoryKind.ADOPTED);
    }

    @Test
    void a_history_with_an_adoption_before_a_branch_joined_replays() {
        Play play = Play.of(tcc(step("a"))).crashAndAdopt().registerNested(step("a/x"));

        Replay replay = Replay.of(play.transaction().plan(), play.transaction().progress());

        assertThat(replay.firstDifference()).isNull();
        assertThat(replay.matches()).isTrue();
    }

    @Test
    void branches_behind_a_success_that_leaves_out_a_child_may_have_been_called() {
        Play play =
                Play.of(tcc(step("a"), step("a/x"))).registerNested(step("a/y")).crashAndAdopt();

        play.succeedNaming("a");

        assertThat(play.stateOf("a/x")).isEqualTo(BranchState.CALLED);
        assertThat(play.state()).isEqualTo(TransactionState.UNDOING);
    }
}
