package dev.entente.simulation.reference;

import static dev.entente.simulation.reference.OutcomeKind.FAILED;
import static dev.entente.simulation.reference.OutcomeKind.NOT_FOUND;
import static dev.entente.simulation.reference.OutcomeKind.OK;
import static dev.entente.simulation.reference.OutcomeKind.REJECTED;
import static dev.entente.simulation.reference.OutcomeKind.REJECTED_SETTLED;
import static dev.entente.simulation.reference.OutcomeKind.SILENCE;
import static dev.entente.simulation.reference.Plans.approval;
import static dev.entente.simulation.reference.Plans.message;
import static dev.entente.simulation.reference.Plans.plain;
import static dev.entente.simulation.reference.Plans.saga;
import static dev.entente.simulation.reference.Plans.step;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.simulation.reference.StoredRecord.Stage;
import dev.entente.v1.SagaStep;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Tests of the rules in rules.md and saga.md: which steps are compensated, also after a takeover. */
final class SagaUndoRulesTest {
    private static final String ACTION = "action";
    private static final String UNDO = "compensate";

    // ---- Who is undone

    static Stream<SagaStep.Builder> what_has_nothing_to_undo() {
        return Stream.of(approval("x"), message("x"), plain("x"));
    }

    @ParameterizedTest
    @MethodSource("what_has_nothing_to_undo")
    void compensation_runs_backwards_across_steps_without_compensation(SagaStep.Builder x) {
        RuleScenario saga = RuleScenario.of(saga(step("a"), x, step("b"), step("c")));
        saga.does("a", ACTION, OK);
        passes(saga, x);
        saga.does("b", ACTION, OK).does("c", ACTION, REJECTED).decidesToUndo();
        assertThat(saga.mayLeave()).containsExactly("b/compensate");
        assertThat(saga.does("b", UNDO, REJECTED).mayLeave()).isEmpty();
        assertThat(saga.broken()).isEmpty();
        assertThat(saga.calls("a", UNDO).broken()).containsExactly("Who is undone 5");
    }

    @ParameterizedTest
    @MethodSource("what_has_nothing_to_undo")
    void graph_compensation_crosses_steps_without_undo_and_runs_in_parallel(SagaStep.Builder x) {
        RuleScenario saga = RuleScenario.of(
                saga(step("a"), x.addAfter("a"), step("b", "x"), step("c", "b"), step("other"), step("late", "other")));
        saga.does("a", ACTION, OK).does("other", ACTION, OK);
        passes(saga, x);
        saga.does("b", ACTION, OK).does("c", ACTION, REJECTED).decidesToUndo();
        assertThat(saga.mayLeave()).containsExactly("b/compensate", "other/compensate");
        assertThat(saga.does("b", UNDO, OK).mayLeave()).containsExactly("a/compensate", "other/compensate");
    }

    private static void passes(RuleScenario saga, SagaStep.Builder x) {
        if (x.hasApproval()) {
            saga.asks(new Request.Approve("x", true)).notes(new RecordEntry.ApprovalDecided(2, "x", true));
            saga.flushes();
        } else if (x.hasMessage()) {
            saga.sees(new Observation.ChildAccepted(2, "x"));
        } else {
            saga.does("x", ACTION, OK);
        }
    }

    @Test
    void a_step_with_a_rejected_only_call_is_not_compensated() {
        RuleScenario saga = RuleScenario.of(saga(step("a"), step("b")));
        saga.does("a", ACTION, OK).does("b", ACTION, REJECTED);
        assertThat(saga.ending()).isEqualTo(new Ending(Stage.ABORTED, Set.of("a"), Set.of()));
    }

    @Test
    void a_rejection_after_an_unanswered_call_counts_only_if_settled() {
        RuleScenario bare =
                RuleScenario.of(saga(step("a"))).does("a", ACTION, SILENCE).does("a", ACTION, REJECTED);
        assertThat(bare.ending()).isEqualTo(new Ending(Stage.ABORTED, Set.of("a"), Set.of()));
        RuleScenario settled =
                RuleScenario.of(saga(step("a"))).does("a", ACTION, SILENCE).does("a", ACTION, REJECTED_SETTLED);
        assertThat(settled.ending()).isEqualTo(new Ending(Stage.ABORTED, Set.of(), Set.of()));
    }

    @Test
    void a_pivots_rejection_after_a_recorded_attempt_may_abort_or_be_retried() {
        var counted = new RecordEntry.Ended(1, "a", ACTION, SILENCE);
        RuleScenario believing = RuleScenario.of(saga(step("a").setPivot(true))).cannotReach("a", ACTION, 0, 10);
        believing.notes(counted).rests().takes(Stage.RUNNING).does("a", ACTION, REJECTED);
        assertThat(believing.writes(Stage.ABORTED).broken()).isEmpty();
        RuleScenario doubting = RuleScenario.of(saga(step("a").setPivot(true))).cannotReach("a", ACTION, 0, 10);
        doubting.notes(counted).rests().takes(Stage.RUNNING).does("a", ACTION, REJECTED);
        doubting.does("a", ACTION, OK);
        assertThat(doubting.writes(Stage.SUCCEEDED).broken()).isEmpty();
    }

    @Test
    void a_rejection_after_a_recorded_attempt_may_skip_or_run_compensation() {
        var counted = new RecordEntry.Ended(1, "a", ACTION, SILENCE);
        RuleScenario believing = RuleScenario.of(saga(step("a"))).cannotReach("a", ACTION, 0, 10);
        believing.notes(counted).rests().takes(Stage.RUNNING).does("a", ACTION, REJECTED);
        assertThat(believing.decidesToUndo().writes(Stage.ABORTED).broken()).isEmpty();
        RuleScenario doubting = RuleScenario.of(saga(step("a"))).cannotReach("a", ACTION, 0, 10);
        doubting.notes(counted)
                .rests()
                .takes(Stage.RUNNING)
                .does("a", ACTION, REJECTED)
                .decidesToUndo();
        assertThat(doubting.does("a", UNDO, OK).writes(Stage.ABORTED).broken()).isEmpty();
    }

    @Test
    void a_retry_clears_only_rejections_that_cause_no_compensation() {
        var plan = saga(step("a"), step("b").setRetriable(true), step("c"), step("d", "a"));
        RuleScenario saga = RuleScenario.of(plan).calls("a", ACTION).does("b", ACTION, REJECTED);
        saga.does("c", ACTION, REJECTED).asks(new Request.Retry()).notes(new RecordEntry.Retried(6));
        saga.flushes().hears("a", ACTION, OK).decidesToUndo();
        assertThat(saga.mayLeave()).containsExactly("a/compensate", "b/compensate");
    }

    @Test
    void no_compensation_is_sent_before_its_decision_is_durable() {
        RuleScenario saga = RuleScenario.of(saga(step("a"), step("b")));
        saga.does("a", ACTION, OK).does("b", ACTION, FAILED);
        assertThat(saga.mayLeave()).isEmpty();
        assertThat(saga.calls("b", UNDO).broken()).containsExactly("Who is completed 4");
    }

    @Test
    void calls_in_flight_are_awaited_before_the_first_compensation() {
        RuleScenario saga = RuleScenario.of(saga(step("a"), step("b"), step("c", "a")));
        saga.does("a", ACTION, OK).calls("b", ACTION).does("c", ACTION, FAILED).decidesToUndo();
        assertThat(saga.mayLeave()).isEmpty();
        assertThat(saga.hears("b", ACTION, OK).mayLeave()).contains("b/compensate", "c/compensate");
    }

    @Test
    void not_found_completes_a_compensation_only_without_an_earlier_success() {
        RuleScenario saga =
                RuleScenario.of(saga(step("a"))).does("a", ACTION, FAILED).decidesToUndo();
        saga.does("a", UNDO, NOT_FOUND).writes(Stage.ABORTED);
        assertThat(saga.broken()).isEmpty();
        RuleScenario done = RuleScenario.of(saga(step("a"), step("b"))).does("a", ACTION, OK);
        done.does("b", ACTION, REJECTED)
                .decidesToUndo()
                .does("a", UNDO, NOT_FOUND)
                .writes(Stage.ABORTED);
        assertThat(done.broken()).containsExactly("Ends");
    }

    // ---- after a takeover

    @Test
    void a_failure_after_the_takeover_also_excludes_later_steps() {
        RuleScenario saga = RuleScenario.of(saga(step("a"), step("b"), step("c")));
        saga.does("a", ACTION, OK).does("b", ACTION, OK).takenOver(List.of());
        saga.does("a", ACTION, OK).does("b", ACTION, FAILED).decidesToUndo();
        // all paths to c lead through b, and the latest recorded fact of b is a final failure
        assertThat(saga.mayLeave()).containsExactly("b/compensate");
    }

    @Test
    void compensation_covers_steps_behind_unrecorded_but_not_rejected_steps() {
        var no = new RecordEntry.Ended(1, "a", ACTION, REJECTED);
        var plan = saga(step("a"), step("b"), step("c", "a"), step("d", "b"));
        RuleScenario saga =
                RuleScenario.of(plan).does("a", ACTION, REJECTED).flushes().takenOver(List.of(no));
        saga.decidesToUndo();
        assertThat(saga.mayLeave()).containsExactly("d/compensate");
        assertThat(saga.calls("c", UNDO).broken()).containsExactly("Who is undone 1");
    }

    @Test
    void steps_behind_an_exhausted_step_are_compensated_after_a_takeover() {
        RuleScenario saga = RuleScenario.of(saga(step("a"), step("b")))
                .does("a", ACTION, OK)
                .takenOver(List.of());
        saga.does("a", ACTION, SILENCE).does("a", ACTION, SILENCE).decidesToUndo();
        // the earlier coordinator may have received the success of a and called b
        assertThat(saga.mayLeave()).containsExactly("b/compensate");
        assertThat(saga.writes(Stage.ABORTED).broken()).containsExactly("Ends");
    }

    @Test
    void steps_behind_a_retried_failure_are_compensated_after_a_takeover() {
        var no = new RecordEntry.Ended(2, "a", ACTION, FAILED);
        var plan = saga(step("a").setRetriable(true), step("b"));
        RuleScenario saga = RuleScenario.of(plan).does("a", ACTION, FAILED).asks(new Request.Retry());
        saga.notes(new RecordEntry.Retried(4)).flushes().takenOver(List.of(no, new RecordEntry.Retried(4)));
        saga.asks(new Request.Abort()).decidesToUndo();
        assertThat(saga.mayLeave()).containsExactly("b/compensate");
        assertThat(saga.does("b", UNDO, OK).mayLeave()).containsExactly("a/compensate");
    }

    @Test
    void steps_behind_a_failure_retried_before_the_decision_are_compensated() {
        var no = new RecordEntry.Ended(2, "a", ACTION, FAILED);
        RuleScenario saga = RuleScenario.of(saga(step("a"), step("b")))
                .does("a", ACTION, FAILED)
                .asks(new Request.Retry());
        saga.notes(new RecordEntry.Retried(4)).flushes().takenOver(List.of(no, new RecordEntry.Retried(4)));
        assertThat(saga.decidesToUndo().mayLeave()).containsExactly("b/compensate");
    }

    @Test
    void a_retry_resets_the_attempts_of_an_exhausted_operation() {
        var plan = saga(step("a").setRetriable(true));
        RuleScenario saga = RuleScenario.of(plan).does("a", ACTION, SILENCE).does("a", ACTION, SILENCE);
        saga.flushes()
                .asks(new Request.Retry())
                .notes(new RecordEntry.Retried(9))
                .flushes()
                .isAnswered(true);
        // the participant is unreachable for long enough to count as an attempt
        saga.cannotReach("a", ACTION, 10, 20);
        saga.notes(new RecordEntry.Ended(20, "a", ACTION, SILENCE)).at(30).flushes();
        assertThat(saga.does("a", ACTION, OK).writes(Stage.SUCCEEDED).broken()).isEmpty();
    }

    @Test
    void steps_behind_an_unrecorded_approval_are_not_compensated() {
        var plan = saga(step("a"), approval("yes"), step("b"), plain("p").setPivot(true));
        RuleScenario saga = RuleScenario.of(plan).calls("a", ACTION).takenOver(List.of());
        // compensation waits until the sent call is over
        saga.asks(new Request.Abort()).decidesToUndo().at(2000);
        assertThat(saga.mayLeave()).containsExactly("a/compensate");
    }

    @Test
    void a_takeover_does_not_change_the_compensations_of_a_decision() {
        RuleScenario saga = RuleScenario.of(saga(step("a"), step("b")));
        saga.does("a", ACTION, FAILED).decidesToUndo();
        saga.takenOver(List.of(new RecordEntry.Ended(2, "a", ACTION, FAILED), new RecordEntry.Decided(3, true)));
        assertThat(saga.mayLeave()).containsExactly("a/compensate");
        assertThat(saga.does("a", UNDO, OK).writes(Stage.ABORTED).broken()).isEmpty();
    }
}
