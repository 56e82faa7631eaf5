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

/** The pivot of a saga, the point of no return. */
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
    void the_pivot_is_called_only_after_its_record_is_durable() {
        Play play = Play.of(reserveChargeShip()).withSlowStore().succeed("reserve");

        assertThat(play.calls()).isEmpty();
        assertThat(play.write()).isEqualTo("Flush");
        assertThat(play.written().calls()).containsExactly("charge action");
    }

    @Test
    void the_accept_records_a_pivot_that_is_the_first_step() {
        Play play = Play.waiting(
                        saga(step("charge").pivot().noUndo(), step("ship").noUndo()))
                .withSlowStore();

        assertThat(play.history()).containsExactly(HistoryKind.ACCEPTED, HistoryKind.PIVOT_CALLED);
        assertThat(play.proceed().calls()).containsExactly("charge action");
        assertThat(play.write()).isEqualTo("nothing");
    }

    @Test
    void a_trusted_rejection_of_the_pivot_compensates_the_earlier_steps() {
        Play play = pivotCalled().reject("charge");

        assertThat(play.calls()).containsExactly("reserve compensate");
        assertThat(play.succeed("reserve").state()).isEqualTo(TransactionState.ABORTED);
    }

    @Test
    void an_untrusted_rejection_of_the_pivot_parks_at_the_attempt_limit() {
        Play play = Play.of(
                        saga(step("reserve"), step("charge").pivot().noUndo().attempts(3)))
                .succeed("reserve")
                .unknown("charge")
                .later(Duration.ofSeconds(1))
                .reject("charge");

        assertThat(play.parked()).isNull();
        assertThat(play.later(Duration.ofSeconds(2)).calls()).containsExactly("charge action");
        assertThat(play.reject("charge").parked()).isEqualTo(ParkReason.FORWARD_REFUSED_PAST_PIVOT);
        assertThat(play.state()).isEqualTo(TransactionState.RUNNING);
        assertThat(play.retry().rejectSettled("charge").state())
                .as("the barrier stored it")
                .isEqualTo(TransactionState.UNDOING);
    }

    @Test
    void a_failed_pivot_call_is_retried() {
        Play play = pivotCalled().fail("charge");

        assertThat(play.parked()).isNull();
        assertThat(play.later(Duration.ofSeconds(1)).calls()).containsExactly("charge action");
    }

    @Test
    void an_unanswered_pivot_parks_at_the_attempt_limit() {
        Play play = pivotCalled().unknown("charge").later(Duration.ofSeconds(1)).unknown("charge");

        assertThat(play.parked()).isEqualTo(ParkReason.FORWARD_EXHAUSTED_PAST_PIVOT);
    }

    @Test
    void a_trusted_rejection_after_the_pivot_parks() {
        Play play = pivotCalled().succeed("charge").reject("ship");

        assertThat(play.state()).isEqualTo(TransactionState.RUNNING);
        assertThat(play.parked()).isEqualTo(ParkReason.FORWARD_REFUSED_PAST_PIVOT);
        assertThat(play.retry().calls()).containsExactly("ship action");
        assertThat(play.succeed("ship").state()).isEqualTo(TransactionState.SUCCEEDED);
    }

    @Test
    void after_the_pivots_call_aborts_are_refused_and_the_deadline_is_ignored() {
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
    void an_abort_is_refused_while_the_pivots_record_is_being_written() {
        Play play = Play.of(reserveChargeShip()).withSlowStore().succeed("reserve");

        assertThat(play.abort().answer()).isEqualTo("ENT-042");
    }

    @Test
    void a_drain_before_the_pivot_releases_the_row() {
        Play play = Play.of(reserveChargeShip()).drain().succeed("reserve");

        assertThat(play.row().isOwned()).isFalse();
        assertThat(play.row().dueAt()).isEqualTo(play.now());
        assertThat(play.history()).doesNotContain(HistoryKind.PIVOT_CALLED);
    }

    // ---- steps parallel to the pivot

    private static Sketch withParallelStep() {
        return saga(
                step("root"),
                step("charge").after("root").pivot().noUndo(),
                step("mail").after("root").retriable().attempts(1),
                step("ship").after("charge").noUndo());
    }

    @Test
    void a_failed_retriable_step_parallel_to_the_pivot_parks() {
        Play play = Play.of(withParallelStep())
                .succeed("root")
                .fail("mail")
                .succeed("charge")
                .succeed("ship");

        assertThat(play.state()).isEqualTo(TransactionState.RUNNING);
        assertThat(play.parked()).isEqualTo(ParkReason.RETRIABLE_REFUSED);
    }

    @Test
    void an_unanswered_step_parallel_to_the_pivot_parks_at_the_attempt_limit() {
        Play play = Play.of(withParallelStep())
                .succeed("root")
                .unknown("mail")
                .succeed("charge")
                .succeed("ship");

        assertThat(play.parked()).isEqualTo(ParkReason.RETRIABLE_EXHAUSTED);
    }

    @Test
    void a_stuck_parallel_step_prevents_the_pivots_call() {
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
    void a_trusted_rejection_of_the_pivot_compensates_parallel_steps() {
        Play play = Play.of(withParallelStep()).succeed("root").succeed("mail").reject("charge");

        assertThat(play.calls()).containsExactly("mail compensate");
        assertThat(play.succeed("mail").calls()).containsExactly("root compensate");
    }

    @Test
    void a_rejected_retriable_step_parks_and_is_not_compensated_by_an_abort() {
        Play play = Play.of(saga(step("a"), step("b").retriable())).succeed("a").reject("b");
        assertThat(play.parked()).isEqualTo(ParkReason.RETRIABLE_REFUSED);
        assertThat(play.stateOf("b")).isEqualTo(BranchState.REJECTED);

        assertThat(play.abort().calls()).containsExactly("a compensate");
    }

    @Test
    void retry_calls_a_rejected_retriable_step_again() {
        Play play = Play.of(saga(step("a"), step("b").retriable())).succeed("a").reject("b");

        assertThat(play.retry().calls()).containsExactly("b action");
        assertThat(play.succeed("b").state()).isEqualTo(TransactionState.SUCCEEDED);
    }

    @Test
    void a_pivot_call_may_not_be_sent_after_a_parallel_step_is_misconfigured() {
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
    void a_parallel_step_does_not_wait_for_the_pivots_record() {
        Play play = Play.of(withParallelStep()).withSlowStore().succeed("root");

        assertThat(play.write()).isEqualTo("Flush");
        assertThat(play.calls()).containsExactly("mail action");
        assertThat(play.written().calls()).containsExactly("mail action", "charge action");
    }
}
