package dev.entente.simulation.reference;

import static dev.entente.simulation.reference.OutcomeKind.FAILED;
import static dev.entente.simulation.reference.OutcomeKind.IN_PROGRESS;
import static dev.entente.simulation.reference.OutcomeKind.MISCONFIGURED;
import static dev.entente.simulation.reference.OutcomeKind.OK;
import static dev.entente.simulation.reference.OutcomeKind.REJECTED;
import static dev.entente.simulation.reference.OutcomeKind.SILENCE;
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

/** Tests of the rules in rules.md and saga.md: the order of calls, and the switch to undo. */
final class SagaRulesTest {
    private static final String ACTION = "action";

    // ---- Forward

    @Test
    void without_any_after_the_steps_run_in_sequence() {
        RuleScenario saga = RuleScenario.of(saga(step("a"), step("b"), step("c")));
        assertThat(saga.mayLeave()).containsExactly("a/action");
        assertThat(saga.does("a", ACTION, OK).mayLeave()).containsExactly("b/action");
        assertThat(saga.calls("c", ACTION).broken()).containsExactly("Forward 2");
    }

    @Test
    void in_a_graph_steps_without_after_are_roots() {
        RuleScenario saga = RuleScenario.of(saga(step("a"), step("b"), step("c", "a", "b")));
        assertThat(saga.mayLeave()).containsExactly("a/action", "b/action");
        assertThat(saga.does("a", ACTION, OK).mayLeave()).containsExactly("b/action");
        assertThat(saga.does("b", ACTION, OK).mayLeave()).containsExactly("c/action");
    }

    @Test
    void no_call_is_sent_before_the_start_time() {
        var plan = saga(step("a"));
        plan.getStartTimeBuilder().setSeconds(5);
        assertThat(RuleScenario.of(plan).at(100).mayLeave()).isEmpty();
        assertThat(RuleScenario.of(plan).at(100).calls("a", ACTION).broken()).containsExactly("Forward 1");
        assertThat(RuleScenario.of(plan).at(5000).mayLeave()).containsExactly("a/action");
    }

    @Test
    void a_bound_response_is_recorded_before_its_dependent_call() {
        RuleScenario saga = RuleScenario.of(saga(step("a"), binding(step("b"), "a")));
        saga.does("a", ACTION, OK);
        assertThat(saga.mayLeave()).isEmpty();
        assertThat(saga.flushes().mayLeave()).containsExactly("b/action");
    }

    @Test
    void a_response_required_by_a_compensation_is_recorded_before_its_step() {
        RuleScenario saga = RuleScenario.of(saga(step("a"), undoBinding(step("b"), "a", true)));
        saga.does("a", ACTION, OK);
        assertThat(saga.mayLeave()).isEmpty();
        assertThat(saga.flushes().mayLeave()).containsExactly("b/action");
    }

    @Test
    void an_optional_or_own_response_need_not_be_recorded_for_a_compensation() {
        RuleScenario saga =
                RuleScenario.of(saga(undoBinding(step("a"), "a", true), undoBinding(step("b"), "a", false)));
        assertThat(saga.mayLeave()).containsExactly("a/action");
        assertThat(saga.does("a", ACTION, OK).mayLeave()).containsExactly("b/action");
    }

    @Test
    void a_step_after_an_approval_waits_until_the_approval_is_recorded() {
        RuleScenario saga = RuleScenario.of(saga(step("a"), approval("yes"), step("b")));
        saga.does("a", ACTION, OK);
        assertThat(saga.mayLeave()).isEmpty();
        saga.asks(new Request.Approve("yes", true)).notes(new RecordEntry.ApprovalDecided(9, "yes", true));
        assertThat(saga.mayLeave()).isEmpty();
        assertThat(saga.flushes().mayLeave()).containsExactly("b/action");
        assertThat(saga.broken()).isEmpty();
    }

    @Test
    void an_approval_without_a_request_is_a_violation() {
        RuleScenario saga = RuleScenario.of(saga(approval("yes"), step("b")));
        saga.notes(new RecordEntry.ApprovalDecided(1, "yes", true)).flushes();
        assertThat(saga.broken()).containsExactly("approval.md");
    }

    @Test
    void the_pivot_is_called_after_its_call_is_recorded() {
        RuleScenario saga = RuleScenario.of(saga(step("a"), plain("p").setPivot(true), plain("z")));
        saga.does("a", ACTION, OK);
        assertThat(saga.mayLeave()).isEmpty();
        saga.notes(new RecordEntry.PivotCalled(2)).flushes();
        assertThat(saga.mayLeave()).containsExactly("p/action");
    }

    @Test
    void the_pivot_waits_while_a_parallel_branch_waits_for_an_operator() {
        RuleScenario saga = RuleScenario.of(saga(
                step("a"), step("side", "a").setRetriable(true), plain("p", "a").setPivot(true)));
        saga.does("a", ACTION, OK).does("side", ACTION, FAILED);
        saga.notes(new RecordEntry.PivotCalled(3)).flushes();
        assertThat(saga.mayLeave()).isEmpty();
        assertThat(saga.calls("p", ACTION).broken()).containsExactly("Forward 3");
    }

    // ---- Attempts

    @Test
    void a_branch_has_one_call_at_a_time_and_none_after_its_outcome() {
        RuleScenario saga = RuleScenario.of(saga(step("a"), step("b"))).calls("a", ACTION);
        assertThat(saga.mayLeave()).isEmpty();
        assertThat(saga.hears("a", ACTION, SILENCE).mayLeave()).containsExactly("a/action");
        saga.does("a", ACTION, OK).calls("a", ACTION);
        assertThat(saga.broken()).containsExactly("Attempts 4");
    }

    @ParameterizedTest
    @CsvSource({"0 10, 1", "0 9, 0", "0 7 14, 1", "0 4 9, 0", "0 10 11 21, 2", "0 10 20, 1", "0 10 11 20, 1", "0, 0"})
    void attempts_without_a_connection_count_only_after_enough_time(String times, int allowed) {
        long[] tried =
                Arrays.stream(times.split(" ")).mapToLong(Long::parseLong).toArray();
        RuleScenario saga =
                RuleScenario.of(saga(step("a"))).does("a", ACTION, SILENCE).cannotReach("a", ACTION, tried);
        for (int i = 0; i < allowed; i++) {
            saga.notes(new RecordEntry.Ended(30, "a", ACTION, SILENCE));
        }
        assertThat(saga.at(30).flushes().broken()).isEmpty();
        saga.notes(new RecordEntry.Ended(30, "a", ACTION, SILENCE));
        assertThat(saga.flushes().broken()).containsExactly("Attempts 1");
    }

    @Test
    void an_operation_is_not_stated_while_its_call_may_still_arrive() {
        RuleScenario saga = RuleScenario.of(saga(step("a"), step("b"))).calls("a", ACTION);
        saga.takenOver(List.of()).asks(new Request.State("a", ACTION, Request.Truth.DONE));
        saga.notes(new RecordEntry.Stated(4, "a", ACTION, Request.Truth.DONE)).flushes();
        assertThat(saga.broken()).containsExactly("Attempts 3");
    }

    @Test
    void a_confirmed_request_must_be_recorded() {
        RuleScenario saga = RuleScenario.of(saga(step("a"))).does("a", ACTION, SILENCE);
        saga.asks(new Request.Abort()).isAnswered(true);
        assertThat(saga.broken()).containsExactly("laws.md, L1");
    }

    @Test
    void an_in_progress_response_counts_as_no_attempt() {
        RuleScenario saga = RuleScenario.of(saga(step("a")));
        for (int i = 0; i < 9; i++) {
            saga.does("a", ACTION, IN_PROGRESS);
        }
        assertThat(saga.does("a", ACTION, SILENCE).mayLeave()).containsExactly("a/action");
        assertThat(saga.does("a", ACTION, SILENCE).mayLeave()).isEmpty();
        assertThat(saga.ending()).isEqualTo(new Ending(Stage.ABORTED, Set.of("a"), Set.of()));
    }

    @Test
    void a_misconfigured_operation_waits_for_an_operator() {
        RuleScenario saga = RuleScenario.of(saga(step("a"))).does("a", ACTION, MISCONFIGURED);
        assertThat(saga.mayLeave()).isEmpty();
        assertThat(saga.asks(new Request.Retry()).mayLeave()).containsExactly("a/action");
    }

    // ---- Switch to undo

    @Test
    void a_success_at_the_deadline_does_not_prevent_compensation() {
        RuleScenario saga = RuleScenario.of(saga(step("a"), step("b")).setDeadline(millis(5000)));
        saga.does("a", ACTION, OK).calls("b", ACTION).at(4999).hears("b", ACTION, OK);
        assertThat(saga.ending()).isEqualTo(new Ending(Stage.ABORTED, Set.of("a", "b"), Set.of()));
        assertThat(saga.writes(Stage.SUCCEEDED).broken()).containsExactly("Switch to undo 1");
    }

    @Test
    void the_outcome_does_not_depend_on_the_order_of_responses() {
        var plan = saga(step("a"), step("b", "a"), step("beside")).setDeadline(millis(5000));
        RuleScenario saga =
                RuleScenario.of(plan).does("a", ACTION, OK).calls("b", ACTION).calls("beside", ACTION);
        saga.at(7000).hears("b", ACTION, OK).hears("beside", ACTION, OK);
        assertThat(saga.ending()).isEqualTo(new Ending(Stage.ABORTED, Set.of("a", "b", "beside"), Set.of()));
    }

    @Test
    void a_success_before_the_deadline_completes_the_saga() {
        RuleScenario saga = RuleScenario.of(saga(step("a")).setDeadline(millis(5000)));
        saga.calls("a", ACTION).at(4900).hears("a", ACTION, OK).at(5200).writes(Stage.SUCCEEDED);
        assertThat(saga.broken()).isEmpty();
    }

    @Test
    void after_the_pivot_the_deadline_has_no_effect() {
        var plan = saga(step("a"), plain("p").setPivot(true)).setDeadline(millis(5000));
        RuleScenario saga = RuleScenario.of(plan).does("a", ACTION, OK).notes(new RecordEntry.PivotCalled(3));
        saga.flushes().calls("p", ACTION).at(9000).hears("p", ACTION, OK).writes(Stage.SUCCEEDED);
        assertThat(saga.broken()).isEmpty();
    }

    @Test
    void only_a_credible_rejection_of_the_pivot_causes_compensation() {
        var plan = saga(step("a"), plain("p").setPivot(true));
        var called = new RecordEntry.PivotCalled(3);
        RuleScenario saga =
                RuleScenario.of(plan).does("a", ACTION, OK).notes(called).flushes();
        saga.does("p", ACTION, SILENCE).does("p", ACTION, REJECTED);
        assertThat(saga.mayLeave()).isEmpty();
        assertThat(saga.decidesToUndo().broken()).containsExactly("Switch to undo 1");
        RuleScenario believed =
                RuleScenario.of(plan).does("a", ACTION, OK).notes(called).flushes();
        believed.does("p", ACTION, REJECTED);
        assertThat(believed.ending()).isEqualTo(new Ending(Stage.ABORTED, Set.of("a"), Set.of()));
    }

    @Test
    void the_accept_of_a_scheduled_saga_does_not_call_its_pivot() {
        var plan = saga(plain("p").setPivot(true), step("z"));
        RuleScenario started = RuleScenario.scheduled(plan.build()).takes(Stage.RUNNING);
        assertThat(started.mayLeave()).isEmpty();
        started.notes(new RecordEntry.PivotCalled(3)).flushes();
        assertThat(started.does("p", ACTION, REJECTED).decidesToUndo().broken()).isEmpty();

        RuleScenario aborted = RuleScenario.scheduled(plan.build()).takes(Stage.RUNNING);
        assertThat(aborted.asks(new Request.Abort()).decidesToUndo().broken()).isEmpty();
        assertThat(RuleScenario.of(plan)
                        .asks(new Request.Abort())
                        .decidesToUndo()
                        .broken())
                .containsExactly("Switch to undo 1");
    }

    @Test
    void a_retriable_step_never_causes_compensation() {
        RuleScenario saga = RuleScenario.of(saga(step("a").setRetriable(true))).does("a", ACTION, REJECTED);
        assertThat(saga.ending()).isNull();
        assertThat(saga.decidesToUndo().broken()).containsExactly("Switch to undo 1");
    }

    @Test
    void a_switch_to_compensation_needs_a_reason() {
        RuleScenario saga = RuleScenario.of(saga(step("a"), step("b")))
                .does("a", ACTION, OK)
                .decidesToUndo();
        assertThat(saga.broken()).containsExactly("Switch to undo 1");
    }

    @Test
    void no_call_is_sent_during_an_operators_park() {
        RuleScenario saga = RuleScenario.of(saga(step("a"), step("b")))
                .does("a", ACTION, OK)
                .asks(new Request.Park());
        saga.notes(new RecordEntry.Parked(5, true)).rests().isAnswered(true);
        saga.asks(new Request.Abort()).notes(new RecordEntry.Decided(8, true)).takes(Stage.UNDOING);
        assertThat(saga.mayLeave()).isEmpty();
        assertThat(saga.asks(new Request.Resume()).mayLeave()).containsExactly("a/compensate");
    }
}
