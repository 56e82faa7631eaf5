package dev.entente.lab.reference;

import static dev.entente.lab.reference.AnswerKind.FAILED;
import static dev.entente.lab.reference.AnswerKind.IN_PROGRESS;
import static dev.entente.lab.reference.AnswerKind.MISCONFIGURED;
import static dev.entente.lab.reference.AnswerKind.NOT_FOUND;
import static dev.entente.lab.reference.AnswerKind.OK;
import static dev.entente.lab.reference.AnswerKind.REJECTED;
import static dev.entente.lab.reference.AnswerKind.REJECTED_SETTLED;
import static dev.entente.lab.reference.AnswerKind.SILENCE;
import static dev.entente.lab.reference.Plans.approval;
import static dev.entente.lab.reference.Plans.binding;
import static dev.entente.lab.reference.Plans.message;
import static dev.entente.lab.reference.Plans.millis;
import static dev.entente.lab.reference.Plans.plain;
import static dev.entente.lab.reference.Plans.saga;
import static dev.entente.lab.reference.Plans.step;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.lab.reference.StoredRecord.Stage;
import dev.entente.v1.SagaStep;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Sentences of rules.md and saga.md. */
final class SagaRulesTest {
    private static final String ACTION = "action";
    private static final String UNDO = "compensate";

    // ---- Forward

    @Test
    void without_any_after_each_step_comes_after_the_one_before_it() {
        Rehearsal saga = Rehearsal.of(saga(step("a"), step("b"), step("c")));
        assertThat(saga.mayLeave()).containsExactly("a/action");
        assertThat(saga.does("a", ACTION, OK).mayLeave()).containsExactly("b/action");
        assertThat(saga.calls("c", ACTION).broken()).containsExactly("Forward 2");
    }

    @Test
    void with_any_after_steps_without_it_are_roots() {
        Rehearsal saga = Rehearsal.of(saga(step("a"), step("b"), step("c", "a", "b")));
        assertThat(saga.mayLeave()).containsExactly("a/action", "b/action");
        assertThat(saga.does("a", ACTION, OK).mayLeave()).containsExactly("b/action");
        assertThat(saga.does("b", ACTION, OK).mayLeave()).containsExactly("c/action");
    }

    @Test
    void nothing_leaves_before_the_start_time() {
        var plan = saga(step("a"));
        plan.getStartTimeBuilder().setSeconds(5);
        assertThat(Rehearsal.of(plan).at(100).mayLeave()).isEmpty();
        assertThat(Rehearsal.of(plan).at(100).calls("a", ACTION).broken()).containsExactly("Forward 1");
        assertThat(Rehearsal.of(plan).at(5000).mayLeave()).containsExactly("a/action");
    }

    @Test
    void a_bound_response_is_on_record_before_the_call_that_uses_it() {
        Rehearsal saga = Rehearsal.of(saga(step("a"), binding(step("b"), "a")));
        saga.does("a", ACTION, OK);
        assertThat(saga.mayLeave()).isEmpty();
        assertThat(saga.flushes().mayLeave()).containsExactly("b/action");
    }

    @Test
    void what_comes_after_an_approval_waits_until_its_yes_is_on_record() {
        Rehearsal saga = Rehearsal.of(saga(step("a"), approval("yes"), step("b")));
        saga.does("a", ACTION, OK);
        assertThat(saga.mayLeave()).isEmpty();
        saga.asks(new Deed.Approve("yes", true)).notes(new RecordEntry.ApprovalDecided(9, "yes", true));
        assertThat(saga.mayLeave()).isEmpty();
        assertThat(saga.flushes().mayLeave()).containsExactly("b/action");
        assertThat(saga.broken()).isEmpty();
    }

    @Test
    void an_answer_that_nobody_gave_is_accused() {
        Rehearsal saga = Rehearsal.of(saga(approval("yes"), step("b")));
        saga.notes(new RecordEntry.ApprovalDecided(1, "yes", true)).flushes();
        assertThat(saga.broken()).containsExactly("approval.md");
    }

    @Test
    void the_pivot_is_called_when_it_is_on_record_that_it_is() {
        Rehearsal saga = Rehearsal.of(saga(step("a"), plain("p").setPivot(true), plain("z")));
        saga.does("a", ACTION, OK);
        assertThat(saga.mayLeave()).isEmpty();
        saga.notes(new RecordEntry.PivotCalled(2)).flushes();
        assertThat(saga.mayLeave()).containsExactly("p/action");
    }

    @Test
    void the_pivot_waits_while_a_branch_beside_it_waits_for_an_operator() {
        Rehearsal saga = Rehearsal.of(saga(
                step("a"), step("side", "a").setRetriable(true), plain("p", "a").setPivot(true)));
        saga.does("a", ACTION, OK).does("side", ACTION, FAILED);
        saga.notes(new RecordEntry.PivotCalled(3)).flushes();
        assertThat(saga.mayLeave()).isEmpty();
        assertThat(saga.calls("p", ACTION).broken()).containsExactly("Forward 3");
    }

    // ---- Attempts

    @Test
    void one_call_of_a_branch_at_a_time_and_none_after_its_outcome() {
        Rehearsal saga = Rehearsal.of(saga(step("a"), step("b"))).calls("a", ACTION);
        assertThat(saga.mayLeave()).isEmpty();
        assertThat(saga.hears("a", ACTION, SILENCE).mayLeave()).containsExactly("a/action");
        saga.does("a", ACTION, OK).calls("a", ACTION);
        assertThat(saga.broken()).containsExactly("Attempts 4");
    }

    @Test
    void in_progress_is_no_attempt() {
        Rehearsal saga = Rehearsal.of(saga(step("a")));
        for (int i = 0; i < 9; i++) {
            saga.does("a", ACTION, IN_PROGRESS);
        }
        assertThat(saga.does("a", ACTION, SILENCE).mayLeave()).containsExactly("a/action");
        assertThat(saga.does("a", ACTION, SILENCE).mayLeave()).isEmpty();
        assertThat(saga.ending()).isEqualTo(new Ending(Stage.ABORTED, Set.of("a"), Set.of()));
    }

    @Test
    void what_is_misconfigured_waits_for_an_operator() {
        Rehearsal saga = Rehearsal.of(saga(step("a"))).does("a", ACTION, MISCONFIGURED);
        assertThat(saga.mayLeave()).isEmpty();
        assertThat(saga.asks(new Deed.Retry()).mayLeave()).containsExactly("a/action");
    }

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
            saga.asks(new Deed.Approve("x", true)).notes(new RecordEntry.ApprovalDecided(2, "x", true));
            saga.flushes();
        } else if (x.hasMessage()) {
            saga.sees(new Occurrence.ChildAccepted(2, "x"));
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
    void a_rejected_after_an_attempt_on_record_may_be_of_the_only_call_that_left() {
        var counted = new RecordEntry.Ended(1, "a", ACTION, SILENCE);
        Rehearsal believing = Rehearsal.of(saga(step("a"))).notes(counted).rests();
        believing.takes(Stage.RUNNING).does("a", ACTION, REJECTED);
        assertThat(believing.decidesToUndo().writes(Stage.ABORTED).broken()).isEmpty();
        Rehearsal doubting = Rehearsal.of(saga(step("a"))).notes(counted).rests();
        doubting.takes(Stage.RUNNING).does("a", ACTION, REJECTED).decidesToUndo();
        assertThat(doubting.does("a", UNDO, OK).writes(Stage.ABORTED).broken()).isEmpty();
    }

    @Test
    void a_retry_takes_back_the_no_of_a_step_that_does_not_turn_it_and_not_of_the_one_that_did() {
        var plan = saga(step("a"), step("b").setRetriable(true), step("c"), step("d", "a"));
        Rehearsal saga = Rehearsal.of(plan).calls("a", ACTION).does("b", ACTION, REJECTED);
        saga.does("c", ACTION, REJECTED).asks(new Deed.Retry()).notes(new RecordEntry.Retried(6));
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
        Rehearsal saga = Rehearsal.of(plan).does("a", ACTION, FAILED).asks(new Deed.Retry());
        saga.notes(new RecordEntry.Retried(4)).flushes().takenOver(List.of(no, new RecordEntry.Retried(4)));
        saga.asks(new Deed.Abort()).decidesToUndo();
        assertThat(saga.mayLeave()).containsExactly("b/compensate");
        assertThat(saga.does("b", UNDO, OK).mayLeave()).containsExactly("a/compensate");
    }

    @Test
    void behind_a_no_that_had_turned_it_too_where_an_operator_retried_before_the_decision() {
        var no = new RecordEntry.Ended(2, "a", ACTION, FAILED);
        Rehearsal saga = Rehearsal.of(saga(step("a"), step("b")))
                .does("a", ACTION, FAILED)
                .asks(new Deed.Retry());
        saga.notes(new RecordEntry.Retried(4)).flushes().takenOver(List.of(no, new RecordEntry.Retried(4)));
        assertThat(saga.decidesToUndo().mayLeave()).containsExactly("b/compensate");
    }

    @Test
    void a_retry_gives_an_exhausted_operation_all_its_attempts_again() {
        var plan = saga(step("a").setRetriable(true));
        Rehearsal saga = Rehearsal.of(plan).does("a", ACTION, SILENCE).does("a", ACTION, SILENCE);
        saga.flushes()
                .asks(new Deed.Retry())
                .notes(new RecordEntry.Retried(9))
                .flushes()
                .isAnswered(true);
        // nobody could be reached for so long that it counts
        saga.notes(new RecordEntry.Ended(20, "a", ACTION, SILENCE)).at(30).flushes();
        assertThat(saga.does("a", ACTION, OK).writes(Stage.SUCCEEDED).broken()).isEmpty();
    }

    @Test
    void behind_a_gate_that_is_not_on_record_nothing_is_undone() {
        var plan = saga(step("a"), approval("yes"), step("b"), plain("p").setPivot(true));
        Rehearsal saga = Rehearsal.of(plan).calls("a", ACTION).takenOver(List.of());
        saga.asks(new Deed.Abort()).decidesToUndo();
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

    // ---- Turning

    @Test
    void a_success_that_arrives_at_the_deadline_finds_the_saga_turned() {
        Rehearsal saga = Rehearsal.of(saga(step("a"), step("b")).setDeadline(millis(5000)));
        saga.does("a", ACTION, OK).calls("b", ACTION).at(4999).hears("b", ACTION, OK);
        assertThat(saga.ending()).isEqualTo(new Ending(Stage.ABORTED, Set.of("a", "b"), Set.of()));
        assertThat(saga.writes(Stage.SUCCEEDED).broken()).containsExactly("Turning 1");
    }

    @Test
    void the_end_does_not_depend_on_who_answers_first() {
        var plan = saga(step("a"), step("b", "a"), step("beside")).setDeadline(millis(5000));
        Rehearsal saga =
                Rehearsal.of(plan).does("a", ACTION, OK).calls("b", ACTION).calls("beside", ACTION);
        saga.at(7000).hears("b", ACTION, OK).hears("beside", ACTION, OK);
        assertThat(saga.ending()).isEqualTo(new Ending(Stage.ABORTED, Set.of("a", "b", "beside"), Set.of()));
    }

    @Test
    void a_success_before_the_deadline_ends_it() {
        Rehearsal saga = Rehearsal.of(saga(step("a")).setDeadline(millis(5000)));
        saga.calls("a", ACTION).at(4900).hears("a", ACTION, OK).at(5200).writes(Stage.SUCCEEDED);
        assertThat(saga.broken()).isEmpty();
    }

    @Test
    void past_the_pivot_the_deadline_decides_nothing() {
        var plan = saga(step("a"), plain("p").setPivot(true)).setDeadline(millis(5000));
        Rehearsal saga = Rehearsal.of(plan).does("a", ACTION, OK).notes(new RecordEntry.PivotCalled(3));
        saga.flushes().calls("p", ACTION).at(9000).hears("p", ACTION, OK).writes(Stage.SUCCEEDED);
        assertThat(saga.broken()).isEmpty();
    }

    @Test
    void only_a_believed_no_of_the_pivot_turns_it() {
        var plan = saga(step("a"), plain("p").setPivot(true));
        var called = new RecordEntry.PivotCalled(3);
        Rehearsal saga = Rehearsal.of(plan).does("a", ACTION, OK).notes(called).flushes();
        saga.does("p", ACTION, SILENCE).does("p", ACTION, REJECTED);
        assertThat(saga.mayLeave()).isEmpty();
        assertThat(saga.decidesToUndo().broken()).containsExactly("Turning 1");
        Rehearsal believed =
                Rehearsal.of(plan).does("a", ACTION, OK).notes(called).flushes();
        believed.does("p", ACTION, REJECTED);
        assertThat(believed.ending()).isEqualTo(new Ending(Stage.ABORTED, Set.of("a"), Set.of()));
    }

    @Test
    void the_accept_of_what_starts_later_does_not_let_its_pivot_leave() {
        var plan = saga(plain("p").setPivot(true), step("z"));
        Rehearsal started = Rehearsal.scheduled(plan.build()).takes(Stage.RUNNING);
        assertThat(started.mayLeave()).isEmpty();
        started.notes(new RecordEntry.PivotCalled(3)).flushes();
        assertThat(started.does("p", ACTION, REJECTED).decidesToUndo().broken()).isEmpty();

        Rehearsal aborted = Rehearsal.scheduled(plan.build()).takes(Stage.RUNNING);
        assertThat(aborted.asks(new Deed.Abort()).decidesToUndo().broken()).isEmpty();
        assertThat(Rehearsal.of(plan).asks(new Deed.Abort()).decidesToUndo().broken())
                .containsExactly("Turning 1");
    }

    @Test
    void a_retriable_step_never_turns_it() {
        Rehearsal saga = Rehearsal.of(saga(step("a").setRetriable(true))).does("a", ACTION, REJECTED);
        assertThat(saga.ending()).isNull();
        assertThat(saga.decidesToUndo().broken()).containsExactly("Turning 1");
    }

    @Test
    void nothing_turns_without_a_reason() {
        Rehearsal saga =
                Rehearsal.of(saga(step("a"), step("b"))).does("a", ACTION, OK).decidesToUndo();
        assertThat(saga.broken()).containsExactly("Turning 1");
    }

    @Test
    void while_an_operators_park_stands_nothing_leaves() {
        Rehearsal saga =
                Rehearsal.of(saga(step("a"), step("b"))).does("a", ACTION, OK).asks(new Deed.Park());
        saga.notes(new RecordEntry.Parked(5, true)).rests().isAnswered(true);
        saga.asks(new Deed.Abort()).notes(new RecordEntry.Decided(8, true)).takes(Stage.UNDOING);
        assertThat(saga.mayLeave()).isEmpty();
        assertThat(saga.asks(new Deed.Resume()).mayLeave()).containsExactly("a/compensate");
    }
}
