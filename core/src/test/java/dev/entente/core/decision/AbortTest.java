package dev.entente.core.decision;

import static dev.entente.core.decision.Sketch.message;
import static dev.entente.core.decision.Sketch.saga;
import static dev.entente.core.decision.Sketch.step;
import static dev.entente.core.decision.Sketch.tcc;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.transaction.AbortReason;
import dev.entente.core.transaction.TransactionState;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Abort from outside, in each state. */
class AbortTest {
    private static Play running() {
        return Play.of(saga(step("a"), step("b"))).succeed("a");
    }

    @Test
    void a_scheduled_message_that_nobody_has_claimed_can_be_aborted_after_its_start() {
        Play play = Play.scheduled(message(step("a")), Play.START.plusSeconds(60));
        play.atTime(Duration.ofSeconds(61));
        assertThat(Decider.mayAbort(play.row().plan(), play.row().progress())).isTrue();

        assertThat(play.abort().answer()).isEqualTo("done");
        assertThat(play.state()).isEqualTo(TransactionState.ABORTED);
    }

    @Test
    void a_scheduled_saga_that_a_dead_coordinator_may_have_started_is_undone() {
        Play play = Play.scheduled(saga(step("a")), Play.START.plusSeconds(60)).later(Duration.ofSeconds(60));
        while (play.parked() == null) {
            play = play.crashAndAdopt();
        }
        assertThat(play.state()).isEqualTo(TransactionState.SCHEDULED);

        assertThat(play.abort().answer()).isEqualTo("done");
        assertThat(play.later(Duration.ofSeconds(30)).calls()).containsExactly("a compensate");
    }

    @Test
    void a_running_one_awaits_the_calls_in_flight_and_then_undoes_them_too() {
        Play play = running().abort();
        assertThat(play.answer()).isEqualTo("put off");
        assertThat(play.state()).isEqualTo(TransactionState.RUNNING);

        play.unknown("b");

        assertThat(play.answer()).isEqualTo("done");
        assertThat(play.abortReason()).isEqualTo(AbortReason.CLIENT_ABORT);
        assertThat(play.calls()).containsExactly("b compensate");
    }

    @Test
    void it_undoes_even_what_was_all_done_meanwhile() {
        Play play = running().abort().succeed("b");

        assertThat(play.state()).isEqualTo(TransactionState.UNDOING);
    }

    @Test
    void no_new_call_leaves_while_it_waits() {
        Play play = Play.of(saga(step("a"), step("b"), step("c").after("a")))
                .abort()
                .succeed("a");

        assertThat(play.calls()).containsExactly("b action");
    }

    @Test
    void it_is_answered_when_the_decision_is_durable() {
        Play play = Play.of(saga(step("a"), step("b"))).withSlowStore().abort().succeed("a");
        assertThat(play.answer()).isEqualTo("put off");
        assertThat(play.calls()).isEmpty();

        assertThat(play.written().answer()).isEqualTo("done");
        assertThat(play.calls()).containsExactly("a compensate");
    }

    @Test
    void nobody_is_told_of_a_decision_that_is_not_durable_not_even_by_a_refusal() {
        Play play = Play.of(tcc(step("a"))).withSlowStore().succeed("a").abort();
        assertThat(play.answer()).isEqualTo("put off");

        assertThat(play.written().answer()).isEqualTo("ENT-041");
        assertThat(play.calls()).containsExactly("a confirm");
    }

    @Test
    void nobody_is_told_of_an_end_that_waits_for_another_write() {
        Play play = Play.of(saga(step("a"), step("b")))
                .withSlowStore()
                .succeed("a")
                .flushDue()
                .succeed("b");

        assertThat(play.state()).isEqualTo(TransactionState.SUCCEEDED);
        assertThat(play.abort().answer()).isEqualTo("put off");
    }

    @Test
    void a_sleeping_one_is_taken_and_no_call_leaves_before_that_is_written() {
        Play play =
                running().notSent("b", Duration.ofMinutes(5)).withSlowStore().abort();
        assertThat(play.calls()).isEmpty();
        assertThat(play.write()).isEqualTo("Flush");

        assertThat(play.written().calls()).containsExactly("a compensate");
    }

    @Test
    void an_operators_abort_says_so() {
        Play play = running()
                .act(new TransactionRequest.Abort("wrong order", "op", true, 0))
                .reject("b");

        assertThat(play.abortReason()).isEqualTo(AbortReason.OPERATOR);
    }
}
