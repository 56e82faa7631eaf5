package dev.entente.core.decision;

import static dev.entente.core.decision.Sketch.message;
import static dev.entente.core.decision.Sketch.step;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.transaction.AbortReason;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.HistoryKind;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.TransactionState;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages whose client began them: it commits or aborts, and its service is asked where it is silent. */
class CheckBackTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(40);

    @Test
    void what_a_client_began_goes_when_it_is_committed_and_that_is_durable() {
        Play play = begun().withSlowStore();
        assertThat(play.calls()).isEmpty();

        play.commit();

        assertThat(play.answer()).isEqualTo("waits");
        assertThat(play.calls()).isEmpty();
        assertThat(play.written().calls()).containsExactly("a deliver", "b deliver");
        assertThat(play.answer()).isEqualTo("done");
        assertThat(play.commit().answer()).isEqualTo("done");
        assertThat(play.abort().answer()).isEqualTo("ENT-042");
    }

    @Test
    void what_a_client_began_ends_when_it_is_aborted() {
        Play play = begun().abort();

        assertThat(play.state()).isEqualTo(TransactionState.ABORTED);
        assertThat(play.stateOf("a")).isEqualTo(BranchState.SKIPPED);
        assertThat(play.commit().answer()).isEqualTo("ENT-040");
    }

    @Test
    void a_silent_client_is_asked_after_ten_seconds_and_then_every_ten() {
        Play play = begun().later(Duration.ofMillis(9_999));
        assertThat(play.calls()).isEmpty();

        assertThat(play.later(Duration.ofMillis(1)).calls()).containsExactly("check-back check");
        play.unknown("check-back").later(Duration.ofMillis(9_999));
        assertThat(play.calls()).isEmpty();
        assertThat(play.later(Duration.ofMillis(1)).calls()).containsExactly("check-back check");
    }

    @Test
    void nobody_is_asked_before_its_time_though_the_row_is_claimed() {
        Play play = begun().claim();

        assertThat(play.calls()).isEmpty();
        assertThat(play.alarm()).isEqualTo(Play.START.plusSeconds(10));
        assertThat(play.later(Duration.ofSeconds(10)).calls()).containsExactly("check-back check");
    }

    @Test
    void a_yes_sends_it_and_that_is_durable_first() {
        Play play = asked().withSlowStore().succeed("check-back");

        assertThat(play.calls()).isEmpty();
        assertThat(play.write()).isEqualTo("Flush");
        assertThat(play.written().calls()).containsExactly("a deliver", "b deliver");
        assertThat(play.succeed("a").succeed("b").state()).isEqualTo(TransactionState.SUCCEEDED);
    }

    @Test
    void a_no_ends_it_whichever_call_it_answers() {
        Play play = asked().unknown("check-back").later(Duration.ofSeconds(10)).reject("check-back");

        assertThat(play.state()).isEqualTo(TransactionState.ABORTED);
        assertThat(play.abortReason()).isEqualTo(AbortReason.CHECK_BACK_NEGATIVE);
        assertThat(play.commit().answer()).isEqualTo("ENT-040");
    }

    @Test
    void a_question_that_was_answered_with_no_shows_it() {
        Play play = asked().reject("check-back");

        assertThat(play.stateOf("check-back")).isEqualTo(BranchState.REJECTED);
        assertThat(play.stateOf("a")).isEqualTo(BranchState.SKIPPED);
    }

    @Test
    void a_question_that_an_abort_makes_needless_is_not_asked_any_more() {
        Play play = asked().abort();

        assertThat(play.state()).isEqualTo(TransactionState.ABORTED);
        assertThat(play.stateOf("check-back")).isEqualTo(BranchState.SKIPPED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"failed", "unknown", "misconfigured"})
    void whatever_else_comes_back_says_nothing_and_at_the_limit_it_parks(String how) {
        Play play = asked();
        for (int i = 1; i <= 3; i++) {
            assertThat(play.state()).isEqualTo(TransactionState.BEGUN);
            assertThat(play.parked()).isNull();
            switch (how) {
                case "failed" -> play.fail("check-back");
                case "unknown" -> play.unknown("check-back");
                default -> play.misconfigured("check-back");
            }
            play.later(Duration.ofSeconds(10));
        }

        assertThat(play.parked()).isEqualTo(ParkReason.CHECK_BACK_EXHAUSTED);
        assertThat(play.row().dueAt()).isNull();
        assertThat(play.retry().calls()).containsExactly("check-back check");
    }

    @Test
    void a_local_transaction_that_still_runs_is_waited_for_beyond_the_limit() {
        Play play = asked();
        for (int i = 1; i <= 5; i++) {
            play.inProgress("check-back", Duration.ofSeconds(1)).later(Duration.ofSeconds(10));
        }

        assertThat(play.calls()).containsExactly("check-back check");
        assertThat(play.succeed("check-back").state()).isEqualTo(TransactionState.RUNNING);
    }

    @Test
    void a_client_that_comes_back_is_heard_while_its_service_is_being_asked() {
        Play play = asked().commit();

        assertThat(play.answer()).isEqualTo("done");
        assertThat(play.calls()).containsExactly("check-back check", "a deliver", "b deliver");
        assertThat(play.reject("check-back").state()).isEqualTo(TransactionState.RUNNING);
    }

    @Test
    void a_client_that_comes_back_is_heard_when_it_is_parked() {
        Play play = asked();
        for (int i = 1; i <= 3; i++) {
            play.unknown("check-back").later(Duration.ofSeconds(10));
        }

        assertThat(play.commit().calls()).containsExactly("a deliver", "b deliver");
        assertThat(play.parked()).isNull();
        assertThat(play.history()).contains(HistoryKind.UNPARKED, HistoryKind.DECIDED);
    }

    @Test
    void a_coordinator_that_takes_over_asks_again() {
        Play play = asked().crashAndAdopt();

        assertThat(play.calls()).containsExactly("check-back check");
        assertThat(play.succeed("check-back").calls()).containsExactly("a deliver", "b deliver");
    }

    @Test
    void a_coordinator_that_dies_before_the_yes_is_durable_asks_again() {
        Play play = asked().withSlowStore().succeed("check-back").crashAndAdopt();

        assertThat(play.state()).isEqualTo(TransactionState.BEGUN);
        assertThat(play.calls()).containsExactly("check-back check");
    }

    @Test
    void a_service_that_could_not_answer_tells_nothing_of_deliveries_after_the_commit() {
        Play play = committedUnanswered(message(step("a").timeout(TIMEOUT)));

        play.flushDue().crashAndAdopt().notSent("a", TIMEOUT.multipliedBy(2));
        assertThat(play.row().progress().branch(1).sent()).isPositive();

        play.later(TIMEOUT).force(TransactionState.ABORTED);
        assertThat(play.answer()).isEqualTo("done");
        assertThat(Replay.of(play.row().plan(), play.row().progress()).firstDifference())
                .isNull();
    }

    /** Its service has refused for good to say what became of the local transaction; then its client commits. */
    private static Play committedUnanswered(Sketch message) {
        return Play.begunMessage(message.checkedBack(1))
                .later(Duration.ofSeconds(10))
                .fail("check-back")
                .commit();
    }

    private static Play begun() {
        return Play.begunMessage(message(step("a"), step("b")).checkedBack(3));
    }

    /** Its service is being asked. */
    private static Play asked() {
        return begun().later(Duration.ofSeconds(10));
    }
}
