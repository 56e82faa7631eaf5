package dev.entente.core.decision;

import static dev.entente.core.decision.Sketch.step;
import static dev.entente.core.decision.Sketch.threePhase;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.transaction.AbortReason;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.HistoryKind;
import dev.entente.core.transaction.Parked;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.TransactionState;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pre-commits of all branches between the prepares and the decision. */
class ThreePhaseTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(40);

    private static Play prepared() {
        return Play.of(threePhase(step("a").attempts(1), step("b").attempts(1)))
                .succeed("a")
                .succeed("b");
    }

    @Test
    void all_branches_are_prepared_then_pre_committed_then_committed() {
        Play play = Play.of(threePhase(step("a"), step("b")));

        assertThat(play.calls()).containsExactly("a prepare", "b prepare");
        assertThat(play.succeed("a").calls()).containsExactly("b prepare");
        assertThat(play.succeed("b").calls()).containsExactly("a pre_commit", "b pre_commit");
        assertThat(play.succeed("a~pre_commit").state()).isEqualTo(TransactionState.RUNNING);
        assertThat(play.succeed("b~pre_commit").calls()).containsExactly("a commit", "b commit");
        assertThat(play.succeed("a").succeed("b").state()).isEqualTo(TransactionState.SUCCEEDED);
        assertThat(play.stateOf("a")).isEqualTo(BranchState.CONFIRMED);
    }

    @Test
    void the_decision_is_durable_after_the_pre_commits_and_before_the_commits() {
        Play play = prepared().withSlowStore().succeed("a~pre_commit").succeed("b~pre_commit");

        assertThat(play.calls()).isEmpty();
        assertThat(play.write()).isEqualTo("Flush");
        assertThat(play.written().calls()).containsExactly("a commit", "b commit");
        assertThat(play.history().stream().filter(kind -> kind == HistoryKind.DECIDED))
                .hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"rejected", "failed", "unanswered"})
    void an_unsuccessful_pre_commit_rolls_back_all_prepared_branches(String how) {
        Play play = prepared().succeed("b~pre_commit");
        switch (how) {
            case "rejected" -> play.reject("a~pre_commit");
            case "failed" -> play.fail("a~pre_commit");
            default -> play.unknown("a~pre_commit");
        }

        assertThat(play.state()).isEqualTo(TransactionState.UNDOING);
        assertThat(play.calls()).containsExactly("a rollback", "b rollback");
        assertThat(play.succeed("a").succeed("b").state()).isEqualTo(TransactionState.ABORTED);
    }

    @Test
    void details_name_a_pre_commit_as_the_operation_of_its_branch() {
        Play rolledBack = prepared().succeed("b~pre_commit").reject("a~pre_commit");
        Play parked = prepared().succeed("b~pre_commit").misconfigured("a~pre_commit");

        assertThat(rolledBack.transaction().progress().detail()).startsWith("a, pre_commit: ");
        Parked mark = parked.transaction().progress().parked();
        assertThat(mark).isNotNull();
        assertThat(mark.detail()).startsWith("a, pre_commit: ");
    }

    @Test
    void a_deadline_before_the_last_pre_commits_answer_rolls_back_all_branches() {
        Play play = Play.of(threePhase(step("a"), step("b")).deadline(Duration.ofSeconds(20)))
                .succeed("a")
                .succeed("b")
                .succeed("a~pre_commit")
                .unknown("b~pre_commit")
                .later(Duration.ofSeconds(20));

        assertThat(play.abortReason()).isEqualTo(AbortReason.DEADLINE);
        assertThat(play.calls()).containsExactly("a rollback", "b rollback");
    }

    @Test
    void a_takeover_before_the_decision_repeats_the_pre_commits() {
        Play play = prepared().flushDue().crashAndAdopt();

        assertThat(play.calls()).containsExactly("a pre_commit", "b pre_commit");
    }

    @Test
    void an_abort_before_the_decision_rolls_back_pre_committed_branches() {
        Play play = prepared().succeed("a~pre_commit").abort();

        assertThat(play.calls()).as("the one in flight is awaited").containsExactly("b pre_commit");
        assertThat(play.succeed("b~pre_commit").calls()).containsExactly("a rollback", "b rollback");
    }

    /**
     * Returns a taken-over transaction: all prepares are recorded, the owner has sent the pre-commits and died, and the
     * deadline has passed before the takeover.
     */
    private static Play takenOverAfterTheDeadline() {
        Play play = Play.of(threePhase(step("a").timeout(TIMEOUT), step("b").timeout(TIMEOUT))
                        .deadline(Duration.ofSeconds(20)))
                .succeed("a")
                .succeed("b")
                .flushDue();
        assertThat(play.calls()).containsExactly("a pre_commit", "b pre_commit");
        return play.crash().later(Duration.ofSeconds(20)).claim();
    }

    @Test
    void a_rollback_waits_for_a_dead_owners_pre_commits() {
        Play play = takenOverAfterTheDeadline();

        assertThat(play.state()).isEqualTo(TransactionState.UNDOING);
        assertThat(play.later(TIMEOUT.minusMillis(1)).calls()).isEmpty();
        assertThat(play.later(Duration.ofMillis(1)).calls()).containsExactly("a rollback", "b rollback");
    }

    @Test
    void resolve_of_a_rollback_is_refused_while_a_pre_commit_may_be_in_flight() {
        Play play = takenOverAfterTheDeadline();

        assertThat(play.resolve("a", Role.UNDO, Fact.Truth.UNDONE).answer()).isEqualTo("ENT-055");
        play.later(TIMEOUT).resolve("a", Role.UNDO, Fact.Truth.UNDONE);
        assertThat(play.answer()).as("the rollback is in flight").isEqualTo("put off");
        assertThat(play.unknown("a").answer()).isEqualTo("done");
    }

    @Test
    void a_rollback_does_not_wait_for_a_pre_commit_known_to_be_done() {
        Play play = Play.of(threePhase(step("a"), step("b")).deadline(Duration.ofSeconds(20)))
                .succeed("a")
                .succeed("b")
                .succeed("a~pre_commit")
                .flushDue();

        play.crash().later(Duration.ofSeconds(20)).claim();

        assertThat(play.calls()).containsExactly("a rollback");
    }

    /** Returns a branch with an unanswered prepare and an unanswered pre-commit of a dead owner. */
    private static Play bothMayBeInFlight(Duration prepare, Duration preCommit) {
        return Play.of(threePhase(step("a").timeout(prepare).secondTimeout(preCommit)))
                .crashAndAdopt()
                .misconfigured("a");
    }

    @ParameterizedTest
    @CsvSource({"5, 7", "7, 5"})
    void a_rollback_waits_for_the_longer_of_prepare_and_pre_commit(int prepare, int preCommit) {
        Play play = bothMayBeInFlight(Duration.ofSeconds(prepare), Duration.ofSeconds(preCommit));

        play.abort();

        assertThat(play.state()).isEqualTo(TransactionState.UNDOING);
        assertThat(play.later(Duration.ofMillis(6_999)).calls()).isEmpty();
        assertThat(play.later(Duration.ofMillis(1)).calls()).containsExactly("a rollback");
    }

    @ParameterizedTest
    @CsvSource({"5, 7", "7, 5"})
    void resolve_waits_for_the_longer_of_prepare_and_pre_commit(int prepare, int preCommit) {
        Play play = bothMayBeInFlight(Duration.ofSeconds(prepare), Duration.ofSeconds(preCommit));

        play.resolve("a", Role.FORWARD, Fact.Truth.NEVER_HAPPENED);

        assertThat(play.answer()).isEqualTo("put off");
        assertThat(play.alarm()).isEqualTo(Play.START.plusSeconds(7));
        assertThat(play.later(Duration.ofSeconds(7)).answer()).isEqualTo("done");
    }
}
