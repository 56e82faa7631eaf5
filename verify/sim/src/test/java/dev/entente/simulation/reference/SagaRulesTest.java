package dev.entente.simulation.reference;

import static dev.entente.simulation.reference.AnswerKind.FAILED;
import static dev.entente.simulation.reference.AnswerKind.IN_PROGRESS;
import static dev.entente.simulation.reference.AnswerKind.MISCONFIGURED;
import static dev.entente.simulation.reference.AnswerKind.OK;
import static dev.entente.simulation.reference.AnswerKind.REJECTED;
import static dev.entente.simulation.reference.AnswerKind.SILENCE;
import static dev.entente.simulation.reference.Plans.approval;
import static dev.entente.simulation.reference.Plans.binding;
import static dev.entente.simulation.reference.Plans.millis;
import static dev.entente.simulation.reference.Plans.plain;
import static dev.entente.simulation.reference.Plans.saga;
import static dev.entente.simulation.reference.Plans.step;
import static dev.entente.simulation.reference.Plans.undoBinding;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.simulation.reference.StoredRecord.Stage;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sentences of rules.md and saga.md: what leaves when, and what turns a saga. */
final class SagaRulesTest {
    private static final String ACTION = "action";

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
    void a_response_that_an_undo_requires_is_on_record_before_its_own_step_is_called() {
        Rehearsal saga = Rehearsal.of(saga(step("a"), undoBinding(step("b"), "a", true)));
        saga.does("a", ACTION, OK);
        assertThat(saga.mayLeave()).isEmpty();
        assertThat(saga.flushes().mayLeave()).containsExactly("b/action");
    }

    @Test
    void a_response_that_an_undo_can_do_without_or_its_own_steps_need_not_be_on_record() {
        Rehearsal saga = Rehearsal.of(saga(undoBinding(step("a"), "a", true), undoBinding(step("b"), "a", false)));
        assertThat(saga.mayLeave()).containsExactly("a/action");
        assertThat(saga.does("a", ACTION, OK).mayLeave()).containsExactly("b/action");
    }

    @Test
    void what_comes_after_an_approval_waits_until_its_yes_is_on_record() {
        Rehearsal saga = Rehearsal.of(saga(step("a"), approval("yes"), step("b")));
        saga.does("a", ACTION, OK);
        assertThat(saga.mayLeave()).isEmpty();
        saga.asks(new Request.Approve("yes", true)).notes(new RecordEntry.ApprovalDecided(9, "yes", true));
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

    @ParameterizedTest
    @CsvSource({"0 10, 1", "0 9, 0", "0 7 14, 1", "0 4 9, 0", "0 10 11 21, 2", "0 10 20, 1", "0 10 11 20, 1", "0, 0"})
    void an_attempt_for_want_of_a_connection_counts_when_nobody_was_reached_for_long_enough(String times, int allowed) {
        long[] tried =
                Arrays.stream(times.split(" ")).mapToLong(Long::parseLong).toArray();
        Rehearsal saga =
                Rehearsal.of(saga(step("a"))).does("a", ACTION, SILENCE).isUnreachable("a", ACTION, tried);
        for (int i = 0; i < allowed; i++) {
            saga.notes(new RecordEntry.Ended(30, "a", ACTION, SILENCE));
        }
        assertThat(saga.at(30).flushes().broken()).isEmpty();
        saga.notes(new RecordEntry.Ended(30, "a", ACTION, SILENCE));
        assertThat(saga.flushes().broken()).containsExactly("Attempts 1");
    }

    @Test
    void nothing_is_stated_while_a_call_of_it_may_arrive() {
        Rehearsal saga = Rehearsal.of(saga(step("a"), step("b"))).calls("a", ACTION);
        saga.takenOver(List.of()).asks(new Request.State("a", ACTION, Request.Truth.DONE));
        saga.notes(new RecordEntry.Stated(4, "a", ACTION, Request.Truth.DONE)).flushes();
        assertThat(saga.broken()).containsExactly("Attempts 3");
    }

    @Test
    void a_yes_that_was_told_is_on_record() {
        Rehearsal saga = Rehearsal.of(saga(step("a"))).does("a", ACTION, SILENCE);
        saga.asks(new Request.Abort()).isAnswered(true);
        assertThat(saga.broken()).containsExactly("laws.md, L1");
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
        assertThat(saga.asks(new Request.Retry()).mayLeave()).containsExactly("a/action");
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
        assertThat(aborted.asks(new Request.Abort()).decidesToUndo().broken()).isEmpty();
        assertThat(Rehearsal.of(plan).asks(new Request.Abort()).decidesToUndo().broken())
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
                Rehearsal.of(saga(step("a"), step("b"))).does("a", ACTION, OK).asks(new Request.Park());
        saga.notes(new RecordEntry.Parked(5, true)).rests().isAnswered(true);
        saga.asks(new Request.Abort()).notes(new RecordEntry.Decided(8, true)).takes(Stage.UNDOING);
        assertThat(saga.mayLeave()).isEmpty();
        assertThat(saga.asks(new Request.Resume()).mayLeave()).containsExactly("a/compensate");
    }
}
