package dev.entente.core.decision;

import static dev.entente.core.decision.Sketch.saga;
import static dev.entente.core.decision.Sketch.step;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.transaction.AbortReason;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.HistoryKind;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.TransactionState;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The consequence of each outcome of a forward call, and the order of forward calls. */
class ForwardRulesTest {
    private static Play twoSteps() {
        return Play.of(saga(step("a"), step("b")));
    }

    @Test
    void a_saga_of_two_steps_succeeds_with_a_single_write() {
        Play play = twoSteps().withSlowStore();

        assertThat(play.calls()).containsExactly("a action");
        assertThat(play.succeed("a").calls()).containsExactly("b action");
        assertThat(play.write()).isEqualTo("nothing");
        assertThat(play.succeed("b").write()).isEqualTo("Finish");
        assertThat(play.state()).isEqualTo(TransactionState.SUCCEEDED);
        assertThat(play.history())
                .containsExactly(
                        HistoryKind.ACCEPTED,
                        HistoryKind.CALL_FINISHED,
                        HistoryKind.CALL_FINISHED,
                        HistoryKind.FINISHED);
    }

    @Test
    void a_rejected_step_is_not_compensated_but_the_earlier_step_is() {
        Play play = twoSteps().succeed("a").reject("b");

        assertThat(play.state()).isEqualTo(TransactionState.UNDOING);
        assertThat(play.abortReason()).isEqualTo(AbortReason.STEP_REJECTED);
        assertThat(play.calls()).containsExactly("a compensate");
        assertThat(play.succeed("a").state()).isEqualTo(TransactionState.ABORTED);
        assertThat(play.stateOf("b")).isEqualTo(BranchState.REJECTED);
    }

    @Test
    void a_failed_step_is_compensated_before_the_earlier_step() {
        Play play = twoSteps().succeed("a").fail("b");

        assertThat(play.abortReason()).isEqualTo(AbortReason.STEP_FAILED);
        assertThat(play.calls()).containsExactly("b compensate");
        assertThat(play.succeed("b").calls()).containsExactly("a compensate");
    }

    @Test
    void a_step_in_progress_is_called_again_without_counting_an_attempt() {
        Play play = twoSteps().inProgress("a", Duration.ofSeconds(5));

        assertThat(play.branch("a").attempts()).isZero();
        assertThat(play.later(Duration.ofSeconds(4)).calls()).isEmpty();
        assertThat(play.later(Duration.ofSeconds(1)).calls()).containsExactly("a action");
        assertThat(play.callsUnderWay().getFirst().attempt()).isEqualTo(1);
    }

    @Test
    void ten_minutes_of_unbroken_in_progress_count_as_one_unknown_attempt() {
        Play play = Play.of(saga(step("a").attempts(2)));
        play.inProgress("a", Duration.ofSeconds(5)).later(Duration.ofSeconds(5));

        play.later(Duration.ofMinutes(10)).inProgress("a", Duration.ofSeconds(5));

        assertThat(play.branch("a").attempts()).isEqualTo(1);
        assertThat(play.branch("a").lastOutcome()).isEqualTo(Outcome.UNKNOWN);
        play.later(Duration.ofSeconds(5)).inProgress("a", Duration.ofSeconds(5));
        assertThat(play.branch("a").attempts())
                .as("the time limit starts again")
                .isEqualTo(1);
    }

    @Test
    void another_outcome_restarts_the_time_limit_of_in_progress() {
        Play play = twoSteps().inProgress("a", Duration.ofSeconds(5));
        play.later(Duration.ofMinutes(6)).unknown("a").later(Duration.ofMinutes(6));

        play.inProgress("a", Duration.ofSeconds(5));

        assertThat(play.branch("a").lastOutcome()).isEqualTo(Outcome.IN_PROGRESS);
        assertThat(play.branch("a").attempts()).isEqualTo(1);
    }

    @Test
    void branches_that_alternate_in_progress_answers_do_not_grow_the_history() {
        Play play = Play.of(
                        saga(step("root"), step("a").after("root"), step("b").after("root")))
                .succeed("root");
        play.inProgress("a", Duration.ofSeconds(1)).inProgress("b", Duration.ofSeconds(1));
        int revision = play.transaction().progress().revision();
        for (int i = 0; i < 50; i++) {
            play.later(Duration.ofSeconds(1));
            play.inProgress("a", Duration.ofSeconds(1)).inProgress("b", Duration.ofSeconds(1));
        }
        assertThat(play.transaction().progress().revision()).isEqualTo(revision);
    }

    @Test
    void a_misconfigured_step_parks_and_its_call_counts_as_sent() {
        Play play = twoSteps().misconfigured("a");

        assertThat(play.parked()).isEqualTo(ParkReason.TARGET_MISCONFIGURED);
        assertThat(play.state()).isEqualTo(TransactionState.RUNNING);
        assertThat(play.row().isOwned()).isFalse();
        assertThat(play.branch("a").sent()).isEqualTo(1);
    }

    @Test
    void an_expired_barrier_parks_with_the_reason_barrier_expired() {
        Play play = twoSteps().answer("a", new Outcome.Misconfigured("too old", true));

        assertThat(play.parked()).isEqualTo(ParkReason.BARRIER_EXPIRED);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5})
    void a_step_without_an_answer_is_called_up_to_its_limit_and_then_compensated(int limit) {
        Play play = Play.of(saga(step("a").attempts(limit)));
        for (int attempt = 1; attempt < limit; attempt++) {
            assertThat(play.callsUnderWay().getFirst().attempt()).isEqualTo(attempt);
            play.unknown("a").later(Duration.ofMinutes(5));
        }

        play.unknown("a");

        assertThat(play.abortReason()).isEqualTo(AbortReason.ATTEMPTS_EXHAUSTED);
        assertThat(play.calls()).containsExactly("a compensate");
    }

    @Test
    void the_backoff_doubles_and_the_participants_retry_after_is_a_lower_bound() {
        Play play = twoSteps().unknown("a");
        assertThat(play.alarm()).isEqualTo(play.now().plusMillis(999));
        play.later(Duration.ofSeconds(1)).unknown("a");
        assertThat(play.alarm()).isEqualTo(play.now().plusMillis(1999));
        play.later(Duration.ofSeconds(2)).answer("a", new Outcome.Unknown("busy", Duration.ofSeconds(9)));
        assertThat(play.alarm()).isEqualTo(play.now().plusSeconds(9));
    }

    @Test
    void a_row_with_a_wait_above_ten_seconds_is_released_and_reclaimed_clean() {
        Play play = twoSteps().answer("a", new Outcome.Unknown("busy", Duration.ofSeconds(11)));

        assertThat(play.row().isOwned()).isFalse();
        assertThat(play.row().dueAt()).isEqualTo(play.now().plusSeconds(11));
        play.later(Duration.ofSeconds(11));
        assertThat(play.calls()).containsExactly("a action");
        assertThat(play.history()).doesNotContain(HistoryKind.ADOPTED);
    }

    @Test
    void an_unsent_call_is_not_recorded_and_counts_neither_as_sent_nor_as_an_attempt() {
        Play play = twoSteps();
        int revision = play.transaction().progress().revision();

        play.notSent("a", Duration.ofSeconds(2));

        assertThat(play.transaction().progress().revision()).isEqualTo(revision);
        assertThat(play.stateOf("a")).isEqualTo(BranchState.PENDING);
        assertThat(play.branch("a").sent()).isZero();
        assertThat(play.branch("a").attempts()).isZero();
        assertThat(play.later(Duration.ofMillis(1999)).calls()).isEmpty();
        assertThat(play.afterSpread(Duration.ofSeconds(2)).calls()).containsExactly("a action");
    }

    @Test
    void steps_of_a_graph_are_called_when_their_predecessors_are_done() {
        Play play = Play.of(
                saga(step("a"), step("b"), step("c").after("a"), step("d").after("b", "c")));

        assertThat(play.calls()).containsExactly("a action", "b action");
        assertThat(play.succeed("b").calls()).containsExactly("a action");
        assertThat(play.succeed("a").calls()).containsExactly("c action");
        assertThat(play.succeed("c").calls()).containsExactly("d action");
        assertThat(play.succeed("d").state()).isEqualTo(TransactionState.SUCCEEDED);
    }

    @Test
    void calls_in_flight_are_awaited_before_any_step_is_compensated() {
        Play play = Play.of(saga(step("a"), step("b"), step("c").after("a", "b")));

        play.reject("a");
        assertThat(play.state()).isEqualTo(TransactionState.RUNNING);
        assertThat(play.calls()).containsExactly("b action");
        assertThat(play.succeed("b").calls()).containsExactly("b compensate");
    }

    @Test
    void an_answer_without_a_call_in_flight_changes_nothing() {
        Play play = twoSteps();
        Decision late = new Decider()
                .decide(
                        play.transaction(),
                        new Event.CallFinished(1, Role.FORWARD, new Outcome.Failed("", false)),
                        play.now(),
                        0);

        assertThat(late.effects()).isEmpty();
        assertThat(late.next()).isEqualTo(play.transaction());
    }

    @Test
    void a_step_of_a_gone_participant_counts_as_failed() {
        Play play = twoSteps().answer("a", new Outcome.Failed("gone", false, true));

        assertThat(play.abortReason()).isEqualTo(AbortReason.STEP_FAILED);
        assertThat(play.calls()).containsExactly("a compensate");
    }
}
