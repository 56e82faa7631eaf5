package dev.entente.core.decision;

import static dev.entente.core.decision.Sketch.saga;
import static dev.entente.core.decision.Sketch.step;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.HistoryKind;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.TransactionState;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The point of no return. */
class PivotTest {
    private static Sketch reserveChargeShip() {
        return saga(
                step("reserve"),
                step("charge").pivot().noUndo().attempts(2),
                step("ship").noUndo());
    }

    private static Play pivotCalled() {
        return Play.of(reserveChargeShip()).succeed("reserve");
    }

    @Test
    void its_call_leaves_only_after_a_write_that_says_so() {
        Play play = Play.of(reserveChargeShip()).withSlowStore().succeed("reserve");

        assertThat(play.calls()).isEmpty();
        assertThat(play.write()).isEqualTo("Flush");
        assertThat(play.written().calls()).containsExactly("charge action");
    }

    @Test
    void where_it_comes_first_the_accept_is_that_write() {
        Play play = Play.waiting(
                        saga(step("charge").pivot().noUndo(), step("ship").noUndo()))
                .withSlowStore();

        assertThat(play.history()).containsExactly(HistoryKind.ACCEPTED, HistoryKind.PIVOT_CALLED);
        assertThat(play.proceed().calls()).containsExactly("charge action");
        assertThat(play.write()).isEqualTo("nothing");
    }

    @Test
    void only_a_trusted_no_of_it_turns_the_transaction() {
        Play play = pivotCalled().reject("charge");

        assertThat(play.calls()).containsExactly("reserve compensate");
        assertThat(play.succeed("reserve").state()).isEqualTo(TransactionState.ABORTED);
    }

    @Test
    void an_untrusted_no_of_it_is_asked_again_and_parks_at_its_limit() {
        Play play = pivotCalled().unknown("charge").later(Duration.ofSeconds(1)).reject("charge");

        assertThat(play.parked()).isEqualTo(ParkReason.FORWARD_REFUSED_PAST_PIVOT);
        assertThat(play.state()).isEqualTo(TransactionState.RUNNING);
        assertThat(play.retry().rejectSettled("charge").state())
                .as("the barrier stored it")
                .isEqualTo(TransactionState.UNDOING);
    }

    @Test
    void a_failure_of_it_is_asked_again() {
        Play play = pivotCalled().fail("charge");

        assertThat(play.parked()).isNull();
        assertThat(play.later(Duration.ofSeconds(1)).calls()).containsExactly("charge action");
    }

    @Test
    void without_an_answer_it_parks_at_its_limit() {
        Play play = pivotCalled().unknown("charge").later(Duration.ofSeconds(1)).unknown("charge");

        assertThat(play.parked()).isEqualTo(ParkReason.FORWARD_EXHAUSTED_PAST_PIVOT);
    }

    @Test
    void after_it_a_refusal_parks_even_if_it_can_be_trusted() {
        Play play = pivotCalled().succeed("charge").reject("ship");

        assertThat(play.state()).isEqualTo(TransactionState.RUNNING);
        assertThat(play.parked()).isEqualTo(ParkReason.FORWARD_REFUSED_PAST_PIVOT);
        assertThat(play.retry().calls()).containsExactly("ship action");
        assertThat(play.succeed("ship").state()).isEqualTo(TransactionState.SUCCEEDED);
    }

    @Test
    void after_it_neither_deadline_nor_abort_turns_the_transaction() {
        Play play =
                Play.of(reserveChargeShip().deadline(Duration.ofSeconds(30))).succeed("reserve");

        assertThat(play.abort().answer()).isEqualTo("ENT-042");
        play.later(Duration.ofMinutes(1))
                .unknown("charge")
                .later(Duration.ofSeconds(1))
                .unknown("charge");
        assertThat(play.parked()).isEqualTo(ParkReason.FORWARD_EXHAUSTED_PAST_PIVOT);
        assertThat(play.row().dueAt()).as("ignores the deadline").isNull();
    }

    @Test
    void an_abort_is_refused_as_soon_as_its_write_is_under_way() {
        Play play = Play.of(reserveChargeShip()).withSlowStore().succeed("reserve");

        assertThat(play.abort().answer()).isEqualTo("ENT-042");
    }

    @Test
    void a_coordinator_that_drains_before_it_lets_the_row_go() {
        Play play = Play.of(reserveChargeShip()).drain().succeed("reserve");

        assertThat(play.row().isOwned()).isFalse();
        assertThat(play.row().dueAt()).isEqualTo(play.now());
        assertThat(play.history()).doesNotContain(HistoryKind.PIVOT_CALLED);
    }

    // ---- beside it

    private static Sketch withBeside() {
        return saga(
                step("root"),
                step("charge").after("root").pivot().noUndo(),
                step("mail").after("root").retriable().attempts(1),
                step("ship").after("charge").noUndo());
    }

    @Test
    void a_step_beside_it_never_turns_and_parks() {
        Play play = Play.of(withBeside())
                .succeed("root")
                .fail("mail")
                .succeed("charge")
                .succeed("ship");

        assertThat(play.state()).isEqualTo(TransactionState.RUNNING);
        assertThat(play.parked()).isEqualTo(ParkReason.RETRIABLE_REFUSED);
    }

    @Test
    void a_step_beside_it_without_an_answer_parks_at_its_limit() {
        Play play = Play.of(withBeside())
                .succeed("root")
                .unknown("mail")
                .succeed("charge")
                .succeed("ship");

        assertThat(play.parked()).isEqualTo(ParkReason.RETRIABLE_EXHAUSTED);
    }

    @Test
    void while_a_step_beside_it_is_stuck_its_call_does_not_leave() {
        Sketch sketch = saga(
                step("root"),
                step("mail").retriable(),
                step("charge").after("root").pivot().noUndo());
        Play play = Play.of(sketch).fail("mail").succeed("root");

        assertThat(play.calls()).isEmpty();
        assertThat(play.parked()).isEqualTo(ParkReason.RETRIABLE_REFUSED);
        assertThat(play.retry().calls()).containsExactly("mail action", "charge action");
    }

    @Test
    void a_trusted_no_of_it_undoes_what_stands_beside_it() {
        Play play = Play.of(withBeside()).succeed("root").succeed("mail").reject("charge");

        assertThat(play.calls()).containsExactly("mail compensate");
        assertThat(play.succeed("mail").calls()).containsExactly("root compensate");
    }

    @Test
    void a_trusted_no_of_a_retriable_step_parks_and_an_abort_does_not_undo_it() {
        Play play = Play.of(saga(step("a"), step("b").retriable())).succeed("a").reject("b");
        assertThat(play.parked()).isEqualTo(ParkReason.RETRIABLE_REFUSED);
        assertThat(play.stateOf("b")).isEqualTo(BranchState.REJECTED);

        assertThat(play.abort().calls()).containsExactly("a compensate");
    }

    @Test
    void a_retried_step_that_never_turns_is_called_again_whatever_it_said() {
        Play play = Play.of(saga(step("a"), step("b").retriable())).succeed("a").reject("b");

        assertThat(play.retry().calls()).containsExactly("b action");
        assertThat(play.succeed("b").state()).isEqualTo(TransactionState.SUCCEEDED);
    }

    @Test
    void its_call_does_not_leave_any_more_once_a_branch_beside_it_waits_for_an_operator() {
        Play play = Play.of(saga(
                        step("a"),
                        step("pivot").after("a").pivot().noUndo(),
                        step("beside").after("a").retriable()))
                .succeed("a");
        int pivot = play.transaction().plan().indexOf("pivot");
        int beside = play.transaction().plan().indexOf("beside");
        assertThat(play.calls()).containsExactlyInAnyOrder("pivot action", "beside action");
        assertThat(Decider.mayStillLeave(play.transaction(), pivot, Play.START)).isTrue();

        play.misconfigured("beside");

        assertThat(Decider.mayStillLeave(play.transaction(), pivot, Play.START)).isFalse();
        assertThat(Decider.mayStillLeave(play.transaction(), beside, Play.START))
                .isTrue();
        assertThat(play.notSent("pivot", Duration.ofSeconds(1))
                        .afterSpread(Duration.ofSeconds(1))
                        .parked())
                .isEqualTo(ParkReason.TARGET_MISCONFIGURED);
        assertThat(play.retry().calls()).containsExactlyInAnyOrder("pivot action", "beside action");
    }

    @Test
    void a_step_beside_it_does_not_wait_for_the_write_that_lets_it_leave() {
        Play play = Play.of(withBeside()).withSlowStore().succeed("root");

        assertThat(play.write()).isEqualTo("Flush");
        assertThat(play.calls()).containsExactly("mail action");
        assertThat(play.written().calls()).containsExactly("mail action", "charge action");
    }
}
