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

/** Aborts by clients and operators, in each state of a transaction. */
class AbortTest {
    private static Play running() {
        return Play.of(saga(step("a"), step("b"))).succeed("a");
    }

    @Test
    void an_unclaimed_scheduled_message_can_be_aborted_after_its_start() {
        Play play = Play.scheduled(message(step("a")), Play.START.plusSeconds(60));
        play.atTime(Duration.ofSeconds(61));
        assertThat(Decider.mayAbort(play.row().plan(), play.row().progress())).isTrue();

        assertThat(play.abort().answer()).isEqualTo("done");
        assertThat(play.state()).isEqualTo(TransactionState.ABORTED);
    }

    @Test
    void an_abort_compensates_a_scheduled_saga_that_a_dead_coordinator_may_have_started() {
        Play play = Play.scheduled(saga(step("a")), Play.START.plusSeconds(60)).later(Duration.ofSeconds(60));
        while (play.parked() == null) {
            play = play.crashAndAdopt();
        }
        assertThat(play.state()).isEqualTo(TransactionState.SCHEDULED);

        assertThat(play.abort().answer()).isEqualTo("done");
        assertThat(play.later(Duration.ofSeconds(30)).calls()).containsExactly("a compensate");
    }

    @Test
    void an_abort_waits_for_calls_in_flight_and_then_compensates_them() {
        Play play = running().abort();
        assertThat(play.answer()).isEqualTo("put off");
        assertThat(play.state()).isEqualTo(TransactionState.RUNNING);

        play.unknown("b");

        assertThat(play.answer()).isEqualTo("done");
        assertThat(play.abortReason()).isEqualTo(AbortReason.CLIENT_ABORT);
        assertThat(play.calls()).containsExactly("b compensate");
    }

    @Test
    void a_deferred_abort_compensates_a_saga_whose_last_step_then_succeeds() {
        Play play = running().abort().succeed("b");

        assertThat(play.state()).isEqualTo(TransactionState.UNDOING);
    }

    @Test
    void no_new_call_is_sent_while_an_abort_waits() {
        Play play = Play.of(saga(step("a"), step("b"), step("c").after("a")))
                .abort()
                .succeed("a");

        assertThat(play.calls()).containsExactly("b action");
    }

    @Test
    void an_abort_is_answered_when_its_decision_is_durable() {
        Play play = Play.of(saga(step("a"), step("b"))).withSlowStore().abort().succeed("a");
        assertThat(play.answer()).isEqualTo("put off");
        assertThat(play.calls()).isEmpty();

        assertThat(play.written().answer()).isEqualTo("done");
        assertThat(play.calls()).containsExactly("a compensate");
    }

    @Test
    void an_abort_is_refused_only_after_the_opposite_decision_is_durable() {
        Play play = Play.of(tcc(step("a"))).withSlowStore().succeed("a").abort();
        assertThat(play.answer()).isEqualTo("put off");

        assertThat(play.written().answer()).isEqualTo("ENT-041");
        assertThat(play.calls()).containsExactly("a confirm");
    }

    @Test
    void an_abort_is_deferred_while_the_final_state_waits_for_another_write() {
        Play play = Play.of(saga(step("a"), step("b")))
                .withSlowStore()
                .succeed("a")
                .flushDue()
                .succeed("b");

        assertThat(play.state()).isEqualTo(TransactionState.SUCCEEDED);
        assertThat(play.abort().answer()).isEqualTo("put off");
    }

    @Test
    void an_abort_claims_a_row_at_rest_durably_before_calls_are_sent() {
        Play play =
                running().notSent("b", Duration.ofMinutes(5)).withSlowStore().abort();
        assertThat(play.calls()).isEmpty();
        assertThat(play.write()).isEqualTo("Flush");

        assertThat(play.written().calls()).containsExactly("a compensate");
    }

    @Test
    void an_operators_abort_has_the_abort_reason_operator() {
        Play play = running()
                .request(new TransactionRequest.Abort("wrong order", "op", true, 0))
                .reject("b");

        assertThat(play.abortReason()).isEqualTo(AbortReason.OPERATOR);
    }
}
