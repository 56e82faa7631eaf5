package dev.entente.core.decision;

import static dev.entente.core.decision.Sketch.branchBehindRetriable;
import static dev.entente.core.decision.Sketch.saga;
import static dev.entente.core.decision.Sketch.step;
import static dev.entente.core.decision.Sketch.tcc;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.HistoryKind;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.TransactionState;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The calls that a new owner assumes to have been sent, and the waits for these calls. */
final class SuspicionTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(40);

    @Test
    void a_takeover_marks_a_root_parallel_to_a_recorded_rejection_as_called() {
        Play play = Play.of(tcc(step("a"), step("b")))
                .reject("b")
                .flushDue()
                .crash()
                .claim();

        assertThat(play.stateOf("a")).isEqualTo(BranchState.CALLED);
        assertThat(play.state()).isEqualTo(TransactionState.UNDOING);
        assertThat(play.later(TIMEOUT).calls()).containsExactly("a cancel");
    }

    @Test
    void a_suspected_branch_shows_the_takeover_as_error_until_its_outcome_is_known() {
        Play play = Play.of(tcc(step("a"), step("b"))).reject("b").flushDue().crash();
        Play skipped =
                Play.of(saga(step("a"), step("b"))).crashAndAdopt().reject("a").later(TIMEOUT);
        Play again = Play.of(saga(step("a"))).crashAndAdopt();

        play.claim();
        assertThat(skipped.stateOf("b")).isEqualTo(BranchState.SKIPPED);
        assertThat(skipped.branch("b").tried().lastError()).isEmpty();
        assertThat(again.branch("a").tried().lastError()).isEqualTo(BranchProgress.TAKEN_OVER);
        assertThat(again.unknown("a").branch("a").tried().lastError()).isNotEqualTo(BranchProgress.TAKEN_OVER);
        play.later(TIMEOUT);
        assertThat(play.branch("a").role()).isEqualTo(Role.UNDO);
        assertThat(play.branch("a").tried().lastError()).as("of its undo").isEmpty();
    }

    @Test
    void a_branch_behind_a_failure_resolved_as_done_is_suspected_after_a_takeover() {
        Play play =
                Play.of(branchBehindRetriable()).succeed("a").fail("no").resolve("no", Role.FORWARD, Fact.Truth.DONE);
        assertThat(play.calls()).contains("behind action");

        play.crashAndAdopt().succeed("other").reject("behind").later(TIMEOUT);

        assertThat(play.calls())
                .as("its no does not answer its only call")
                .containsExactlyInAnyOrder("other compensate", "behind compensate");
    }

    @Test
    void a_takeover_marks_a_branch_behind_a_retried_pivot_as_called() {
        Play play = Play.of(saga(step("a"), step("pivot").pivot().noUndo(), step("behind")))
                .succeed("a")
                .fail("pivot")
                .flushDue()
                .later(Duration.ofSeconds(1));
        assertThat(play.succeed("pivot").calls()).containsExactly("behind action");

        play.crashAndAdopt();

        assertThat(play.stateOf("behind")).isEqualTo(BranchState.CALLED);
    }

    @Test
    void a_branch_with_a_registered_child_counts_as_called_behind_a_failure() {
        Play play = Play.of(tcc(step("a"), step("b").after("a"))).crashAndAdopt();

        play.registerNested(step("b/x")).fail("a").later(TIMEOUT);

        assertThat(play.calls()).containsExactly("b/x cancel");
        assertThat(play.succeed("b/x").calls()).containsExactly("b cancel");
    }

    @Test
    void a_takeover_leaves_a_branch_tried_by_its_client_pending() {
        Play play = Play.begun(tcc(step("a")))
                .withSlowStore()
                .claim()
                .crashAndAdopt()
                .written();
        assertThat(play.history()).contains(HistoryKind.ADOPTED);
        assertThat(play.stateOf("a")).isEqualTo(BranchState.PENDING);

        play.request(new TransactionRequest.Commit(Set.of("a"), Map.of()));

        assertThat(play.written().calls()).containsExactly("a confirm");
    }

    @Test
    void the_wait_for_a_dead_owners_call_counts_from_the_last_takeover() {
        Play play = Play.of(saga(step("a").timeout(TIMEOUT).attempts(1)))
                .crashAndAdopt()
                .flushDue()
                .later(Duration.ofSeconds(10))
                .crashAndAdopt()
                .unknown("a");

        assertThat(play.later(TIMEOUT.minusSeconds(10)).calls()).isEmpty();
        assertThat(play.later(Duration.ofSeconds(10)).calls()).containsExactly("a compensate");
    }
}
