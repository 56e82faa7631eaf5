package dev.entente.simulation.reference;

import static dev.entente.simulation.reference.AnswerKind.FAILED;
import static dev.entente.simulation.reference.AnswerKind.NOT_FOUND;
import static dev.entente.simulation.reference.AnswerKind.OK;
import static dev.entente.simulation.reference.AnswerKind.REJECTED;
import static dev.entente.simulation.reference.AnswerKind.REJECTED_SETTLED;
import static dev.entente.simulation.reference.AnswerKind.SILENCE;
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

/** Sentences of rules.md and saga.md: who is undone, also after a takeover. */
final class SagaUndoRulesTest {
    private static final String ACTION = "action";
    private static final String UNDO = "compensate";

    // ---- Who is undone

    static Stream<SagaStep.Builder> what_has_nothing_to_undo() {
        return Stream.of(approval("x"), message("x"), plain("x"));
    }

    @ParameterizedTest
    @MethodSource("what_has_nothing_to_undo")
    void undo_goes_backwards_across_what_has_nothing_to_undo(SagaStep.Builder x) {
        Rehearsal saga = Rehearsal.of(saga(step("a"), x, step("b"), step("c")));
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
    void in_a_graph_too_and_what_is_beside_goes_on(SagaStep.Builder x) {
        Rehearsal saga = Rehearsal.of(
                saga(step("a"), x.addAfter("a"), step("b", "x"), step("c", "b"), step("other"), step("late", "other")));
        saga.does("a", ACTION, OK).does("other", ACTION, OK);
        passes(saga, x);
        saga.does("b", ACTION, OK).does("c", ACTION, REJECTED).decidesToUndo();
        assertThat(saga.mayLeave()).containsExactly("b/compensate", "other/compensate");
        assertThat(saga.does("b", UNDO, OK).mayLeave()).containsExactly("a/compensate", "other/compensate");
    }

    private static void passes(Rehearsal saga, SagaStep.Builder x) {
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
    void a_rejected_of_the_only_call_is_believed() {
        Rehearsal saga = Rehearsal.of(saga(step("a"), step("b")));
        saga.does("a", ACTION, OK).does("b", ACTION, REJECTED);
        assertThat(saga.ending()).isEqualTo(new Ending(Stage.ABORTED, Set.of("a"), Set.of()));
    }

    @Test
    void a_rejected_after_an_unanswered_call_counts_as_failed_unless_it_is_settled() {
        Rehearsal bare =
                Rehearsal.of(saga(step("a"))).does("a", ACTION, SILENCE).does("a", ACTION, REJECTED);
        assertThat(bare.ending()).isEqualTo(new Ending(Stage.ABORTED, Set.of("a"), Set.of()));
        Rehearsal settled =
                Rehearsal.of(saga(step("a"))).does("a", ACTION, SILENCE).does("a", ACTION, REJECTED_SETTLED);
        assertThat(settled.ending()).isEqualTo(new Ending(Stage.ABORTED, Set.of(), Set.of()));
    }

    @Test
    void a_pivots_rejected_after_an_attempt_on_record_may_turn_it_or_be_asked_again() {
        var counted = new RecordEntry.Ended(1, "a", ACTION, SILENCE);
        Rehearsal believing = Rehearsal.of(saga(step("a").setPivot(true))).isUnreachable("a", ACTION, 0, 10);
        believing.notes(counted).rests().takes(Stage.RUNNING).does("a", ACTION, REJECTED);
        assertThat(believing.writes(Stage.ABORTED).broken()).isEmpty();
        Rehearsal doubting = Rehearsal.of(saga(step("a").setPivot(true))).isUnreachable("a", ACTION, 0, 10);
        doubting.notes(counted).rests().takes(Stage.RUNNING).does("a", ACTION, REJECTED);
        doubting.does("a", ACTION, OK);
        assertThat(doubting.writes(Stage.SUCCEEDED).broken()).isEmpty();
    }

    @Test
    void a_rejected_after_an_attempt_on_record_may_be_of_the_only_call_that_left() {
        var counted = new RecordEntry.Ended(1, "a", ACTION, SILENCE);
        Rehearsal believing = Rehearsal.of(saga(step("a"))).isUnreachable("a", ACTION, 0, 10);
        believing.notes(counted).rests().takes(Stage.RUNNING).does("a", ACTION, REJECTED);
        assertThat(believing.decidesToUndo().writes(Stage.ABORTED).broken()).isEmpty();
        Rehearsal doubting = Rehearsal.of(saga(step("a"))).isUnreachable("a", ACTION, 0, 10);
        doubting.notes(counted)
                .rests()
                .takes(Stage.RUNNING)
                .does("a", ACTION, REJECTED)
                .decidesToUndo();
        assertThat(doubting.does("a", UNDO, OK).writes(Stage.ABORTED).broken()).isEmpty();
    }

    @Test
    void a_retry_takes_back_the_no_of_a_step_that_does_not_turn_it_and_no_other() {
        var plan = saga(step("a"), step("b").setRetriable(true), step("c"), step("d", "a"));
        Rehearsal saga = Rehearsal.of(plan).calls("a", ACTION).does("b", ACTION, REJECTED);
        saga.does("c", ACTION, REJECTED).asks(new Request.Retry()).notes(new RecordEntry.Retried(6));
        saga.flushes().hears("a", ACTION, OK).decidesToUndo();
        assertThat(saga.mayLeave()).containsExactly("a/compensate", "b/compensate");
    }

    @Test
    void no_undo_before_its_decision_is_durable() {
        Rehearsal saga = Rehearsal.of(saga(step("a"), step("b")));
        saga.does("a", ACTION, OK).does("b", ACTION, FAILED);
        assertThat(saga.mayLeave()).isEmpty();
        assertThat(saga.calls("b", UNDO).broken()).containsExactly("Who is completed 4");
    }

    @Test
    void calls_under_way_are_awaited_before_the_first_undo() {
        Rehearsal saga = Rehearsal.of(saga(step("a"), step("b"), step("c", "a")));
        saga.does("a", ACTION, OK).calls("b", ACTION).does("c", ACTION, FAILED).decidesToUndo();
        assertThat(saga.mayLeave()).isEmpty();
        assertThat(saga.hears("b", ACTION, OK).mayLeave()).contains("b/compensate", "c/compensate");
    }

    @Test
    void not_found_settles_the_undo_of_what_was_never_seen_to_succeed() {
        Rehearsal saga = Rehearsal.of(saga(step("a"))).does("a", ACTION, FAILED).decidesToUndo();
        saga.does("a", UNDO, NOT_FOUND).writes(Stage.ABORTED);
        assertThat(saga.broken()).isEmpty();
        Rehearsal done = Rehearsal.of(saga(step("a"), step("b"))).does("a", ACTION, OK);
        done.does("b", ACTION, REJECTED)
                .decidesToUndo()
                .does("a", UNDO, NOT_FOUND)
                .writes(Stage.ABORTED);
        assertThat(done.broken()).containsExactly("Ends");
    }

    // ---- after a takeover

    @Test
    void a_final_no_that_is_heard_after_the_takeover_counts_as_well() {
        Rehearsal saga = Rehearsal.of(saga(step("a"), step("b"), step("c")));
        saga.does("a", ACTION, OK).does("b", ACTION, OK).takenOver(List.of());
        saga.does("a", ACTION, OK).does("b", ACTION, FAILED).decidesToUndo();
        // all ways to c lead through b, whose latest fact on record is a final no
        assertThat(saga.mayLeave()).containsExactly("b/compensate");
    }

    @Test
    void behind_a_final_no_nothing_is_undone_and_behind_what_is_not_recorded_it_is() {
        var no = new RecordEntry.Ended(1, "a", ACTION, REJECTED);
        var plan = saga(step("a"), step("b"), step("c", "a"), step("d", "b"));
        Rehearsal saga =
                Rehearsal.of(plan).does("a", ACTION, REJECTED).flushes().takenOver(List.of(no));
        saga.decidesToUndo();
        assertThat(saga.mayLeave()).containsExactly("d/compensate");
        assertThat(saga.calls("c", UNDO).broken()).containsExactly("Who is undone 1");
    }

    @Test
    void behind_what_is_exhausted_everything_may_have_left() {
        Rehearsal saga =
                Rehearsal.of(saga(step("a"), step("b"))).does("a", ACTION, OK).takenOver(List.of());
        saga.does("a", ACTION, SILENCE).does("a", ACTION, SILENCE).decidesToUndo();
        // the earlier coordinator may have heard that a was done, and called b
        assertThat(saga.mayLeave()).containsExactly("b/compensate");
        assertThat(saga.writes(Stage.ABORTED).broken()).containsExactly("Ends");
    }

    @Test
    void behind_a_no_that_an_operator_had_retried_everything_may_have_left() {
        var no = new RecordEntry.Ended(2, "a", ACTION, FAILED);
        var plan = saga(step("a").setRetriable(true), step("b"));
        Rehearsal saga = Rehearsal.of(plan).does("a", ACTION, FAILED).asks(new Request.Retry());
        saga.notes(new RecordEntry.Retried(4)).flushes().takenOver(List.of(no, new RecordEntry.Retried(4)));
        saga.asks(new Request.Abort()).decidesToUndo();
        assertThat(saga.mayLeave()).containsExactly("b/compensate");
        assertThat(saga.does("b", UNDO, OK).mayLeave()).containsExactly("a/compensate");
    }

    @Test
    void behind_a_no_that_had_turned_it_too_where_an_operator_retried_before_the_decision() {
        var no = new RecordEntry.Ended(2, "a", ACTION, FAILED);
        Rehearsal saga = Rehearsal.of(saga(step("a"), step("b")))
                .does("a", ACTION, FAILED)
                .asks(new Request.Retry());
        saga.notes(new RecordEntry.Retried(4)).flushes().takenOver(List.of(no, new RecordEntry.Retried(4)));
        assertThat(saga.decidesToUndo().mayLeave()).containsExactly("b/compensate");
    }

    @Test
    void a_retry_gives_an_exhausted_operation_all_its_attempts_again() {
        var plan = saga(step("a").setRetriable(true));
        Rehearsal saga = Rehearsal.of(plan).does("a", ACTION, SILENCE).does("a", ACTION, SILENCE);
        saga.flushes()
                .asks(new Request.Retry())
                .notes(new RecordEntry.Retried(9))
                .flushes()
                .isAnswered(true);
        // nobody could be reached for so long that it counts
        saga.isUnreachable("a", ACTION, 10, 20);
        saga.notes(new RecordEntry.Ended(20, "a", ACTION, SILENCE)).at(30).flushes();
        assertThat(saga.does("a", ACTION, OK).writes(Stage.SUCCEEDED).broken()).isEmpty();
    }

    @Test
    void behind_a_gate_that_is_not_on_record_nothing_is_undone() {
        var plan = saga(step("a"), approval("yes"), step("b"), plain("p").setPivot(true));
        Rehearsal saga = Rehearsal.of(plan).calls("a", ACTION).takenOver(List.of());
        // and not before the call that had left is over
        saga.asks(new Request.Abort()).decidesToUndo().at(2000);
        assertThat(saga.mayLeave()).containsExactly("a/compensate");
    }

    @Test
    void a_later_takeover_does_not_change_the_list_of_a_decision() {
        Rehearsal saga = Rehearsal.of(saga(step("a"), step("b")));
        saga.does("a", ACTION, FAILED).decidesToUndo();
        saga.takenOver(List.of(new RecordEntry.Ended(2, "a", ACTION, FAILED), new RecordEntry.Decided(3, true)));
        assertThat(saga.mayLeave()).containsExactly("a/compensate");
        assertThat(saga.does("a", UNDO, OK).writes(Stage.ABORTED).broken()).isEmpty();
    }
}
