package dev.entente.core.decision;

import static dev.entente.core.decision.Sketch.saga;
import static dev.entente.core.decision.Sketch.step;
import static dev.entente.core.decision.Sketch.tcc;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.transaction.AbortReason;
import dev.entente.core.transaction.Approval;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.TransactionState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The consequence of each outcome of a completion or an undo, and the order of undos. */
class SettlingRulesTest {
    private static final Outcome NO = new Outcome.Rejected("no", true);

    private static Play undoing() {
        return Play.of(saga(step("a").undoAttempts(2), step("b"))).succeed("a").reject("b");
    }

    private static Play completing() {
        return Play.of(tcc(step("a").undoAttempts(2))).succeed("a");
    }

    private static Outcome outcome(String name) {
        return switch (name) {
            case "rejected" -> NO;
            case "failed" -> new Outcome.Failed("no", false);
            case "not found" -> new Outcome.Failed("not found", true);
            case "misconfigured" -> new Outcome.Misconfigured("no such method", false);
            case "expired" -> new Outcome.Misconfigured("too old", true);
            default -> throw new IllegalArgumentException(name);
        };
    }

    @ParameterizedTest
    @CsvSource({
        "rejected, UNDO_REFUSED",
        "failed, UNDO_REFUSED",
        "not found, UNDO_REFUSED",
        "misconfigured, TARGET_MISCONFIGURED",
        "expired, BARRIER_EXPIRED"
    })
    void a_refused_undo_parks_at_once(String outcome, ParkReason reason) {
        Play play = undoing().answer("a", outcome(outcome));

        assertThat(play.state()).isEqualTo(TransactionState.UNDOING);
        assertThat(play.parked()).isEqualTo(reason);
        assertThat(play.row().dueAt()).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "rejected, COMPLETION_REFUSED",
        "failed, COMPLETION_REFUSED",
        "not found, COMPLETION_REFUSED",
        "misconfigured, TARGET_MISCONFIGURED",
        "expired, BARRIER_EXPIRED"
    })
    void a_refused_completion_parks_at_once(String outcome, ParkReason reason) {
        Play play = completing().answer("a", outcome(outcome));

        assertThat(play.state()).isEqualTo(TransactionState.COMPLETING);
        assertThat(play.parked()).isEqualTo(reason);
        assertThat(play.row().dueAt()).isNull();
    }

    @Test
    void an_unanswered_undo_is_repeated_and_parks_at_the_attempt_limit() {
        Play play = undoing().unknown("a");
        assertThat(play.later(Duration.ofSeconds(1)).calls()).containsExactly("a compensate");

        assertThat(play.unknown("a").parked()).isEqualTo(ParkReason.UNDO_EXHAUSTED);
    }

    @Test
    void an_unanswered_completion_is_repeated_and_parks_at_the_attempt_limit() {
        Play play = completing().unknown("a");
        assertThat(play.later(Duration.ofSeconds(1)).calls()).containsExactly("a confirm");

        assertThat(play.unknown("a").parked()).isEqualTo(ParkReason.COMPLETION_EXHAUSTED);
    }

    @Test
    void an_undo_in_progress_is_repeated_without_using_an_attempt() {
        Play play = undoing().inProgress("a", Duration.ofSeconds(2));

        assertThat(play.branch("a").attempts()).isZero();
        assertThat(play.later(Duration.ofSeconds(2)).calls()).containsExactly("a compensate");
    }

    @Test
    void not_found_completes_the_undo_of_an_unanswered_step() {
        Play play = Play.of(saga(step("a").attempts(1))).unknown("a").notFound("a");

        assertThat(play.state()).isEqualTo(TransactionState.ABORTED);
        assertThat(play.stateOf("a")).isEqualTo(BranchState.UNDONE);
    }

    @Test
    void a_child_unreachable_for_ten_minutes_counts_as_called_and_is_cancelled() {
        Play play = Play.of(tcc(step("a"), step("a/x").attempts(1))).succeed("a");
        play.unreachable("a/x", Duration.ofSeconds(10)).later(Duration.ofMinutes(11));
        play.unreachable("a/x", Duration.ofSeconds(18));

        assertThat(play.abortReason()).isEqualTo(AbortReason.ATTEMPTS_EXHAUSTED);
        assertThat(play.calls()).containsExactly("a/x cancel");
        assertThat(play.succeed("a/x").calls()).containsExactly("a cancel");
    }

    @Test
    void a_step_unreachable_for_less_than_ten_minutes_is_skipped_by_an_abort() {
        Play play = Play.of(saga(step("a").attempts(1)));
        play.unreachable("a", Duration.ofMinutes(9)).later(Duration.ofMinutes(9));
        play.unreachable("a", Duration.ofSeconds(18)).abort();

        assertThat(play.state()).isEqualTo(TransactionState.ABORTED);
        assertThat(play.stateOf("a")).isEqualTo(BranchState.SKIPPED);
    }

    @Test
    void undos_are_called_one_after_another_in_reverse_order() {
        Play play = Play.of(saga(step("a"), step("b"), step("c")));
        play.succeed("a").succeed("b").reject("c");

        assertThat(play.calls()).containsExactly("b compensate");
        assertThat(play.succeed("b").calls()).containsExactly("a compensate");
        assertThat(play.succeed("a").state()).isEqualTo(TransactionState.ABORTED);
    }

    @Test
    void steps_without_an_undo_are_not_compensated() {
        Play play = Play.of(saga(step("a"), step("b").noUndo(), step("c")));
        play.succeed("a").succeed("b").reject("c");

        assertThat(play.calls()).containsExactly("a compensate");
    }

    /** root → {left, right} → last. */
    private static Play diamondUndoing() {
        Play play = Play.of(saga(
                step("root"),
                step("left").after("root").undoAttempts(1),
                step("right").after("root"),
                step("last").after("left", "right")));
        return play.succeed("root").succeed("left").succeed("right").reject("last");
    }

    @Test
    void independent_undos_are_called_together() {
        assertThat(diamondUndoing().calls()).containsExactly("left compensate", "right compensate");
    }

    @Test
    void a_stuck_undo_blocks_only_its_ancestors_and_parks_after_the_other_undos() {
        Play play = diamondUndoing().unknown("left");
        assertThat(play.parked()).as("right still runs").isNull();

        play.succeed("right");

        assertThat(play.calls()).isEmpty();
        assertThat(play.parked()).isEqualTo(ParkReason.UNDO_EXHAUSTED);
        assertThat(play.stateOf("root")).isEqualTo(BranchState.DONE);
        assertThat(play.retry().calls()).containsExactly("left compensate");
        assertThat(play.succeed("left").calls()).containsExactly("root compensate");
    }

    private static Sketch.Part[] between(String kind) {
        Sketch.Part x = step("x");
        return switch (kind) {
            case "approval" -> new Sketch.Part[] {x.approval(Duration.ofMinutes(1), Approval.Expiry.REJECT)};
            case "no undo" -> new Sketch.Part[] {x.noUndo()};
            case "two without undo" -> new Sketch.Part[] {x.noUndo(), step("y").noUndo()};
            default -> throw new IllegalArgumentException(kind);
        };
    }

    /** Returns the saga a → x (→ y) → b → c after a rejection of c. */
    private static Play undoingAcross(String kind) {
        List<Sketch.Part> steps = new ArrayList<>(List.of(step("a")));
        steps.addAll(List.of(between(kind)));
        steps.addAll(List.of(step("b").undoAttempts(1), step("c")));
        Play play = Play.of(saga(steps.toArray(Sketch.Part[]::new))).succeed("a");
        for (Sketch.Part x : between(kind)) {
            play = kind.equals("approval") ? play.approve(x.id()) : play.succeed(x.id());
        }
        return play.succeed("b").reject("c");
    }

    @ParameterizedTest
    @ValueSource(strings = {"approval", "no undo", "two without undo"})
    void an_undo_waits_for_later_undos_across_steps_without_an_undo(String kind) {
        Play play = undoingAcross(kind);

        assertThat(play.calls()).containsExactly("b compensate");
        assertThat(play.succeed("b").calls()).containsExactly("a compensate");
    }

    @ParameterizedTest
    @ValueSource(strings = {"approval", "no undo", "two without undo"})
    void a_refused_undo_blocks_earlier_undos_across_steps_without_an_undo(String kind) {
        Play play = undoingAcross(kind).fail("b");

        assertThat(play.parked()).isEqualTo(ParkReason.UNDO_REFUSED);
        assertThat(play.calls()).isEmpty();
        assertThat(play.stateOf("a")).isEqualTo(BranchState.DONE);
    }

    @Test
    void in_a_graph_an_undo_waits_for_the_undos_on_all_paths() {
        Play play = Play.of(saga(
                step("a"),
                step("x").after("a").noUndo(),
                step("b").after("x"),
                step("beside").after("a"),
                step("last").after("b", "beside")));
        play.succeed("a").succeed("x").succeed("beside").succeed("b").reject("last");

        assertThat(play.calls()).containsExactly("b compensate", "beside compensate");
        assertThat(play.succeed("beside").calls()).containsExactly("b compensate");
        assertThat(play.succeed("b").calls()).containsExactly("a compensate");
    }

    @Test
    void a_confirm_waits_for_earlier_confirms_across_branches_without_a_confirm() {
        Play play = Play.of(tcc(
                        step("a"),
                        step("x").after("a").noCompletion(),
                        step("b").after("x")))
                .succeed("a")
                .succeed("x")
                .succeed("b");

        assertThat(play.calls()).containsExactly("a confirm");
        assertThat(play.succeed("a").calls()).containsExactly("b confirm");
    }

    @Test
    void a_grandchild_is_cancelled_before_its_grandparent_whose_child_has_no_cancel() {
        Play play = Play.of(tcc(step("a"), step("z")))
                .registerNested(step("a/b").noUndo())
                .registerNested(step("a/b/c"))
                .succeed("a")
                .fail("z");

        assertThat(play.calls()).containsExactlyInAnyOrder("z cancel", "a/b/c cancel");
        assertThat(play.succeed("a/b/c").calls()).containsExactlyInAnyOrder("z cancel", "a cancel");
    }

    @Test
    void a_grandparent_is_confirmed_before_its_grandchild_whose_parent_has_no_confirm() {
        Play play = Play.of(tcc(step("a")))
                .registerNested(step("a/b").noCompletion())
                .registerNested(step("a/b/c"))
                .succeed("a");

        assertThat(play.calls()).containsExactly("a confirm");
        assertThat(play.succeed("a").calls()).containsExactly("a/b/c confirm");
    }

    @Test
    void an_undo_is_called_only_after_its_decision_is_durable() {
        Play play = Play.of(saga(step("a"), step("b"))).succeed("a").withSlowStore();

        assertThat(play.reject("b").calls()).isEmpty();
        assertThat(play.write()).isEqualTo("Flush");
        assertThat(play.written().calls()).containsExactly("a compensate");
    }

    @Test
    void a_confirm_is_called_only_after_its_decision_is_durable() {
        Play play = Play.of(tcc(step("a"), step("b"))).succeed("a").withSlowStore();

        assertThat(play.succeed("b").calls()).isEmpty();
        assertThat(play.state()).isEqualTo(TransactionState.COMPLETING);
        assertThat(play.written().calls()).containsExactly("a confirm", "b confirm");
    }

    @Test
    void a_write_that_began_before_a_decision_does_not_make_the_decision_durable() {
        Play play = Play.of(saga(step("a"), step("b"))).succeed("a").withSlowStore();
        play.flushDue().reject("b");

        assertThat(play.written().calls()).as("the first write").isEmpty();
        assertThat(play.write()).isEqualTo("Flush");
        assertThat(play.written().calls()).containsExactly("a compensate");
    }
}
