package dev.entente.core.decision;

import static dev.entente.core.decision.Sketch.saga;
import static dev.entente.core.decision.Sketch.step;
import static dev.entente.core.decision.Sketch.twoPhase;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.transaction.AbortReason;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.TransactionState;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Prepares, a durable decision, then commits or rollbacks. */
class TwoPhaseTest {
    @Test
    void prepares_are_called_together_and_commits_are_called_together() {
        Play play = Play.of(twoPhase(step("a"), step("b")));

        assertThat(play.calls()).containsExactly("a prepare", "b prepare");
        assertThat(play.succeed("b").calls()).containsExactly("a prepare");
        assertThat(play.succeed("a").calls()).containsExactly("a commit", "b commit");
        assertThat(play.succeed("a").succeed("b").state()).isEqualTo(TransactionState.SUCCEEDED);
        assertThat(play.stateOf("a")).isEqualTo(BranchState.CONFIRMED);
    }

    @Test
    void a_takeover_before_the_decision_is_durable_repeats_all_prepares() {
        Play play = Play.of(twoPhase(step("a"), step("b")))
                .withSlowStore()
                .succeed("a")
                .succeed("b");

        assertThat(play.crashAndAdopt().calls()).containsExactly("a prepare", "b prepare");
    }

    @Test
    void a_takeover_after_the_decision_repeats_commits_without_a_durable_answer() {
        Play play = Play.of(twoPhase(step("a"), step("b")))
                .succeed("a")
                .succeed("b")
                .succeed("a");

        assertThat(play.crashAndAdopt().calls()).containsExactly("a commit", "b commit");
    }

    @ParameterizedTest
    @CsvSource({"rejected, b rollback", "failed, a rollback; b rollback", "exhausted, a rollback; b rollback"})
    void an_unsuccessful_prepare_rolls_back_all_branches_that_may_be_prepared(String how, String rollbacks) {
        Play play = Play.of(twoPhase(step("a").attempts(1), step("b"))).succeed("b");
        switch (how) {
            case "rejected" -> play.reject("a");
            case "failed" -> play.fail("a");
            default -> play.unknown("a");
        }

        assertThat(play.calls()).containsExactly(rollbacks.split("; "));
        assertThat(play.state()).isEqualTo(TransactionState.UNDOING);
    }

    @Test
    void the_deadline_limits_the_timeouts_of_prepares_and_rolls_back_all_branches() {
        Play play = Play.of(
                twoPhase(step("a").timeout(Duration.ofSeconds(30)), step("b")).deadline(Duration.ofSeconds(10)));
        assertThat(play.callsUnderWay()).allMatch(call -> call.timeout().equals(Duration.ofSeconds(10)));

        play.succeed("b").later(Duration.ofSeconds(10)).unknown("a");

        assertThat(play.abortReason()).isEqualTo(AbortReason.DEADLINE);
        assertThat(play.calls()).containsExactly("a rollback", "b rollback");
    }

    @ParameterizedTest
    @CsvSource({"true, COMPLETION_REFUSED", "false, UNDO_REFUSED"})
    void a_failed_commit_or_rollback_parks_the_transaction(boolean completes, ParkReason reason) {
        Play play = Play.of(twoPhase(step("a"), step("b"))).succeed("a");
        if (completes) {
            play.succeed("b").succeed("b");
        } else {
            play.reject("b");
        }

        assertThat(play.fail("a").parked()).isEqualTo(reason);
        assertThat(play.row().dueAt()).isNull();
    }

    @Test
    void a_registration_outside_a_tcc_is_refused() {
        assertThat(Play.of(twoPhase(step("a"))).registerNested(step("a/x")).answer())
                .isEqualTo("ENT-045");
        assertThat(Play.of(saga(step("a"))).registerNested(step("a/x")).answer())
                .isEqualTo("ENT-045");
    }
}
