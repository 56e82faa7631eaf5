package dev.entente.server.decision;

import static dev.entente.server.decision.Sketch.saga;
import static dev.entente.server.decision.Sketch.step;
import static dev.entente.server.decision.Sketch.tcc;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.entente.server.decision.Act.Truth;
import dev.entente.server.transaction.BranchState;
import dev.entente.server.transaction.HistoryKind;
import dev.entente.server.transaction.ParkReason;
import dev.entente.server.transaction.Parked;
import dev.entente.server.transaction.Progress;
import dev.entente.server.transaction.Role;
import dev.entente.server.transaction.TransactionState;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Retry, resume, park, resolve and force-finish. */
class OperatorActsTest {
    private static Play stuckUndo() {
        Play play =
                Play.of(saga(step("a").undoAttempts(2), step("b"))).succeed("a").reject("b");
        return play.unknown("a").later(Duration.ofSeconds(1)).unknown("a");
    }

    @Test
    void retry_counts_from_one_again() {
        Play play = stuckUndo().retry();

        assertThat(play.answer()).isEqualTo("done");
        assertThat(play.callsUnderWay().getFirst().attempt()).isEqualTo(1);
        assertThat(play.unknown("a").parked()).as("one of two").isNull();
    }

    @Test
    void resume_keeps_the_count_and_allows_one_more() {
        Play play = stuckUndo().resume();

        assertThat(play.callsUnderWay().getFirst().attempt()).isEqualTo(2);
        assertThat(play.unknown("a").parked()).isEqualTo(ParkReason.UNDO_EXHAUSTED);
    }

    @Test
    void resume_of_what_is_not_parked_is_refused() {
        assertThat(Play.of(saga(step("a"))).resume().answer()).isEqualTo("ENT-045");
    }

    @Test
    void retry_makes_what_waits_due_and_keeps_its_count() {
        Play play = Play.of(saga(step("a"))).unknown("a").retry();

        assertThat(play.callsUnderWay().getFirst().attempt()).isEqualTo(2);
    }

    @Test
    void a_retry_while_a_write_is_under_way_goes_into_the_next_one() {
        Play play =
                Play.of(saga(step("a"), step("b"))).withSlowStore().succeed("a").flushDue();

        play.retry();
        assertThat(play.answer()).isEqualTo("waits");
        assertThat(play.written().write()).isEqualTo("Flush");
        assertThat(play.written().answer()).isEqualTo("done");
        assertThat(play.row().progress().history().events().getLast().kind()).isEqualTo(HistoryKind.RETRIED);
    }

    @Test
    void park_awaits_the_calls_in_flight_and_no_new_one_leaves() {
        Play play = Play.of(saga(step("a"), step("b"))).park();
        assertThat(play.answer()).isEqualTo("put off");

        play.succeed("a");

        assertThat(play.calls()).isEmpty();
        assertThat(play.answer()).isEqualTo("done");
        assertThat(play.parked()).isEqualTo(ParkReason.BY_OPERATOR);
        assertThat(play.resume().calls()).containsExactly("b action");
    }

    @Test
    void park_of_what_is_parked_changes_nothing() {
        Play play = stuckUndo();
        int revision = play.transaction().progress().revision();

        assertThat(play.park().answer()).isEqualTo("done");
        assertThat(play.transaction().progress().revision()).isEqualTo(revision);
        assertThat(play.parked()).isEqualTo(ParkReason.UNDO_EXHAUSTED);
    }

    @Test
    void an_act_on_a_revision_that_moved_is_refused() {
        Play play = stuckUndo();
        long seen = play.transaction().progress().revision();

        assertThat(play.act(new Act.Retry("op", "", seen - 1)).answer()).isEqualTo("ENT-044");
        assertThat(play.act(new Act.Retry("op", "", seen)).answer()).isEqualTo("done");
    }

    @Test
    void a_row_parked_by_a_failover_refuses_every_act() {
        Play play = Play.of(saga(step("a"))).crash();
        Parked mark = new Parked(ParkReason.DATABASE_MAY_HAVE_LOST_COMMITS, "", Play.START);
        Progress marked = play.row().progress().parkedAs(mark);
        Decision decision = new Decider()
                .decide(
                        play.transaction().with(marked),
                        new Event.Acted(new Act.Abort("", "client", false), null),
                        Play.START,
                        0);

        assertThat(decision.effects()).hasSize(1).first().isInstanceOf(Effect.Refuse.class);
        assertThat(decision.next().state()).isEqualTo(TransactionState.RUNNING);
    }

    @Test
    void a_row_parked_by_a_failover_ignores_its_deadline() {
        Play play = Play.of(saga(step("a")).deadline(Duration.ofSeconds(1))).crash();
        Parked mark = new Parked(ParkReason.DATABASE_MAY_HAVE_LOST_COMMITS, "", Play.START);
        Decision decision = new Decider()
                .decide(
                        play.transaction().with(play.row().progress().parkedAs(mark)),
                        new Event.Proceed(),
                        Play.START.plusSeconds(60),
                        0);

        assertThat(decision.effects()).isEmpty();
        assertThat(decision.next().state()).isEqualTo(TransactionState.RUNNING);
    }

    // ---- resolve

    private static Play stuckForward() {
        return Play.of(saga(step("a"), step("b"), step("c"))).succeed("a").misconfigured("b");
    }

    @Test
    void a_forward_operation_stated_as_done_goes_on() {
        Play play = stuckForward().resolve("b", Role.FORWARD, Truth.DONE);

        assertThat(play.answer()).isEqualTo("done");
        assertThat(play.calls()).containsExactly("c action");
    }

    @Test
    void a_forward_operation_stated_as_never_happened_turns_and_is_undone_all_the_same() {
        Play play = stuckForward().resolve("b", Role.FORWARD, Truth.NEVER_HAPPENED);

        assertThat(play.calls()).containsExactly("b compensate");
    }

    @Test
    void a_forward_operation_stated_as_taken_back_by_hand_turns_and_is_left_alone() {
        Play play = stuckForward().resolve("b", Role.FORWARD, Truth.UNDONE);

        assertThat(play.stateOf("b")).isEqualTo(BranchState.RESOLVED);
        assertThat(play.calls()).containsExactly("a compensate");
    }

    @ParameterizedTest
    @CsvSource({"p, NEVER_HAPPENED", "p, UNDONE", "z, NEVER_HAPPENED", "z, UNDONE"})
    void past_the_pivot_only_done_can_be_said(String branch, Truth truth) {
        Play play = Play.of(saga(step("p").pivot().noUndo(), step("z").noUndo()));
        Play stuck =
                branch.equals("p") ? play.misconfigured("p") : play.succeed("p").misconfigured("z");

        assertThat(stuck.resolve(branch, Role.FORWARD, truth).answer()).isEqualTo("ENT-045");
        assertThat(stuck.resolve(branch, Role.FORWARD, Truth.DONE).answer()).isEqualTo("done");
    }

    @Test
    void a_stated_response_is_read_by_later_steps() {
        ByteString seven = ByteString.copyFrom(new byte[] {8, 7});
        Play play = Play.of(saga(step("a"), step("b").reads("a"))).misconfigured("a");

        play.act(new Act.Resolve("a", Role.FORWARD, Truth.DONE, seven, "op", "looked", 0));

        assertThat(play.callsUnderWay().getFirst().request()).isEqualTo(seven);
    }

    @ParameterizedTest
    @CsvSource({"DONE, done", "UNDONE, done", "NEVER_HAPPENED, ENT-045"})
    void an_undo_is_settled_by_done_and_undone(Truth truth, String answer) {
        Play play = stuckUndo().resolve("a", Role.UNDO, truth);

        assertThat(play.answer()).isEqualTo(answer);
        assertThat(play.state().isTerminal()).isEqualTo(answer.equals("done"));
    }

    @ParameterizedTest
    @CsvSource({"DONE, done", "UNDONE, done", "NEVER_HAPPENED, ENT-045"})
    void a_completion_is_settled_by_done_and_undone(Truth truth, String answer) {
        Play play = Play.of(tcc(step("a"))).succeed("a").misconfigured("a");

        assertThat(play.resolve("a", Role.COMPLETION, truth).answer()).isEqualTo(answer);
        assertThat(play.state().isTerminal()).isEqualTo(answer.equals("done"));
    }

    @Test
    void resolve_is_put_off_while_the_branchs_call_is_under_way() {
        Play play = Play.of(saga(step("a"), step("b"))).resolve("a", Role.FORWARD, Truth.DONE);
        assertThat(play.answer()).isEqualTo("put off");

        play.unknown("a");

        assertThat(play.answer()).isEqualTo("done");
        assertThat(play.calls()).containsExactly("b action");
    }

    @Test
    void a_put_off_resolve_that_the_answer_overtook_is_refused_and_all_goes_on() {
        Play play = Play.of(saga(step("a"), step("b"))).resolve("a", Role.FORWARD, Truth.NEVER_HAPPENED);

        play.succeed("a");

        assertThat(play.answer()).isEqualTo("ENT-045");
        assertThat(play.calls()).containsExactly("b action");
    }

    @ParameterizedTest
    @CsvSource({"a, FORWARD", "a, UNDO", "a, COMPLETION", "c, FORWARD"})
    void an_operation_that_is_not_in_question_cannot_be_resolved(String branch, Role role) {
        assertThat(stuckForward().resolve(branch, role, Truth.DONE).answer()).isEqualTo("ENT-045");
    }

    @Test
    void a_suspected_step_is_not_resolved_as_done_before_the_ones_before_it() {
        Play play =
                Play.of(saga(step("a"), step("b"), step("p").pivot().noUndo())).crashAndAdopt();
        assertThat(play.stateOf("b")).isEqualTo(BranchState.CALLED);

        assertThat(play.resolve("b", Role.FORWARD, Truth.DONE).answer()).isEqualTo("ENT-045");
        assertThat(play.calls()).as("the pivot stays behind its gate").containsExactly("a action");
    }

    @Test
    void a_branch_that_does_not_exist_cannot_be_resolved() {
        Play play = stuckForward();
        Act act = new Act.Resolve("nobody", Role.UNDO, Truth.DONE, null, "op", "", 0);

        assertThat(play.act(act).answer()).isEqualTo("ENT-030");
    }

    private static final Duration TIMEOUT = Duration.ofSeconds(40);
    private static final Duration PATIENCE = Duration.ofSeconds(8);

    @Test
    void resolve_is_refused_while_a_call_of_a_dead_owner_may_be_under_way_for_long() {
        Play play = Play.of(saga(step("a").timeout(TIMEOUT))).crashAndAdopt().misconfigured("a");
        Play refused = play.resolve("a", Role.FORWARD, Truth.DONE);

        assertThat(refused.answer()).isEqualTo("ENT-055");
        assertThat(refused.refusal().getMessage()).contains("'a'", "40 s", "nothing was done");
        assertThat(refused.refusal().retryAfter()).isEqualTo(TIMEOUT);
        assertThat(refused.parked()).isEqualTo(ParkReason.TARGET_MISCONFIGURED);

        play.later(TIMEOUT).resolve("a", Role.FORWARD, Truth.DONE);
        assertThat(play.answer()).isEqualTo("done");
        assertThat(play.state()).isEqualTo(TransactionState.SUCCEEDED);
    }

    @Test
    void resolve_outwaits_a_call_of_a_dead_owner_that_is_over_soon() {
        Play play = Play.of(saga(step("a").timeout(TIMEOUT))).crashAndAdopt().misconfigured("a");
        play.later(TIMEOUT.minusSeconds(3)).resolve("a", Role.FORWARD, Truth.DONE);
        assertThat(play.answer()).isEqualTo("put off");

        assertThat(play.later(Duration.ofMillis(2999)).answer()).isEqualTo("put off");
        assertThat(play.later(Duration.ofMillis(1)).answer()).isEqualTo("done");
    }

    @Test
    void resolve_waits_for_calls_of_its_own_branch_only() {
        Play play = Play.of(saga(step("a").timeout(TIMEOUT), step("b").timeout(Duration.ofSeconds(1))))
                .crashAndAdopt()
                .succeed("a")
                .misconfigured("b")
                .later(Duration.ofSeconds(1));

        assertThat(play.resolve("b", Role.FORWARD, Truth.DONE).answer()).isEqualTo("done");
    }

    @Test
    void an_undo_is_not_stated_while_a_dead_owners_undo_may_be_under_way() {
        Play play = Play.of(saga(step("a").timeout(TIMEOUT), step("b")))
                .succeed("a")
                .reject("b");
        play.crashAndAdopt().misconfigured("a");

        assertThat(play.resolve("a", Role.UNDO, Truth.UNDONE).answer()).isEqualTo("ENT-055");
        assertThat(play.later(TIMEOUT).resolve("a", Role.UNDO, Truth.UNDONE).answer())
                .isEqualTo("done");
    }

    @Test
    void what_can_never_be_stated_is_refused_without_a_wait() {
        Play play = Play.of(saga(step("a").timeout(TIMEOUT), step("b"))).crashAndAdopt();

        assertThat(play.resolve("a", Role.UNDO, Truth.UNDONE).answer()).isEqualTo("ENT-045");
    }

    @Test
    void an_act_that_waits_longer_for_a_call_of_ours_than_anybody_waits_for_it_is_refused_and_all_goes_on() {
        Play play = Play.of(saga(step("a").timeout(TIMEOUT), step("b"))).force(TransactionState.ABORTED);

        play.later(PATIENCE);
        assertThat(play.answer()).isEqualTo("ENT-055");

        play.succeed("a");
        assertThat(play.calls()).containsExactly("b action");
    }

    // ---- force-finish

    @Test
    void force_finish_outwaits_the_calls_of_a_dead_owner_of_whatever_branch() {
        Play play = Play.of(saga(step("a"), step("b").timeout(TIMEOUT)))
                .succeed("a")
                .crashAndAdopt();
        play.rejectSettled("a");

        assertThat(play.force(TransactionState.ABORTED).answer()).isEqualTo("ENT-055");
        play.later(TIMEOUT.minusSeconds(1)).force(TransactionState.ABORTED);
        assertThat(play.answer()).isEqualTo("put off");
        assertThat(play.later(Duration.ofSeconds(1)).state()).isEqualTo(TransactionState.ABORTED);
    }

    @Test
    void that_wait_outlives_the_one_who_claimed_the_row() {
        Play play = Play.of(saga(step("a").timeout(TIMEOUT))).crashAndAdopt().misconfigured("a");
        assertThat(play.row().isOwned()).isFalse();

        assertThat(play.force(TransactionState.ABORTED).answer()).isEqualTo("ENT-055");
        assertThat(play.later(TIMEOUT).force(TransactionState.ABORTED).answer()).isEqualTo("done");
    }

    @ParameterizedTest
    @CsvSource({"park, done", "abort, done", "retry, done"})
    void acts_that_state_nothing_do_not_wait_for_a_dead_owners_calls(String act, String answer) {
        Play play = Play.of(saga(step("a").timeout(TIMEOUT))).crashAndAdopt().unknown("a");
        switch (act) {
            case "park" -> play.park();
            case "abort" -> play.abort();
            default -> play.retry();
        }

        assertThat(play.answer()).isEqualTo(answer);
    }

    @Test
    void a_row_at_rest_is_force_finished_at_once() {
        Play play = Play.of(saga(step("a").timeout(TIMEOUT))).misconfigured("a");

        assertThat(play.force(TransactionState.ABORTED).answer()).isEqualTo("done");
    }

    @ParameterizedTest
    @CsvSource({"SUCCEEDED", "ABORTED"})
    void force_finish_ends_what_is_stuck_and_says_so_for_ever(TransactionState as) {
        Play play = stuckUndo().force(as);

        assertThat(play.answer()).isEqualTo("done");
        assertThat(play.state()).isEqualTo(as);
        assertThat(play.transaction().progress().isForced()).isTrue();
        assertThat(play.parked()).isNull();
    }

    @ParameterizedTest
    @CsvSource({"RUNNING", "UNDOING", "GIVEN_UP", "BEGUN"})
    void force_finish_knows_two_ends_only(TransactionState as) {
        assertThat(stuckUndo().force(as).answer()).isEqualTo("ENT-001");
    }

    @Test
    void force_finish_awaits_the_calls_in_flight() {
        Play play = Play.of(saga(step("a"), step("b"))).force(TransactionState.ABORTED);
        assertThat(play.answer()).isEqualTo("put off");

        assertThat(play.unknown("a").state()).isEqualTo(TransactionState.ABORTED);
        assertThat(play.answer()).isEqualTo("done");
    }

    @Test
    void force_finish_ends_begun_and_scheduled_ones_too() {
        assertThat(Play.begun(tcc(step("a"))).force(TransactionState.ABORTED).state())
                .isEqualTo(TransactionState.ABORTED);
        assertThat(Play.scheduled(saga(step("a")), Play.START.plusSeconds(9))
                        .force(TransactionState.ABORTED)
                        .state())
                .isEqualTo(TransactionState.ABORTED);
    }
}
