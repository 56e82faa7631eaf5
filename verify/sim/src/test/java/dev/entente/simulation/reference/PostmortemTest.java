package dev.entente.simulation.reference;

import static dev.entente.simulation.reference.Plans.approval;
import static dev.entente.simulation.reference.Plans.branch;
import static dev.entente.simulation.reference.Plans.message;
import static dev.entente.simulation.reference.Plans.millis;
import static dev.entente.simulation.reference.Plans.plain;
import static dev.entente.simulation.reference.Plans.saga;
import static dev.entente.simulation.reference.Plans.step;
import static dev.entente.simulation.reference.Plans.tcc;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.simulation.reference.FinalEvidence.Answer;
import dev.entente.simulation.reference.FinalEvidence.Arrival;
import dev.entente.simulation.reference.FinalEvidence.Step;
import dev.entente.simulation.reference.StoredRecord.Stage;
import dev.entente.simulation.reference.wire.ApiPlan;
import dev.entente.v1.Plan;
import dev.entente.v1.TccBranch;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Verifies that the records of a run are checked against rules.md without an observer of outgoing calls. */
final class PostmortemTest {
    private static final long CLOCK_ERROR_MILLIS = 10;
    private static final String ACTION = "action";
    private static final String UNDO = "compensate";

    private final List<Step> steps = new ArrayList<>();
    private final List<Arrival> arrivals = new ArrayList<>();
    private final List<Answer> answers = new ArrayList<>();
    private final Map<String, Long> children = new HashMap<>();
    private Stage stage = Stage.RUNNING;
    private long now;

    PostmortemTest() {
        steps.add(new Step(0, stage, null));
    }

    private List<String> broken(Plan.Builder plan, TccBranch... joined) {
        ApiPlan source = new ApiPlan(plan.build(), false, 0, Map.of());
        RulePlan blueprint = source.rulePlan();
        for (TccBranch branch : joined) {
            blueprint = blueprint.with(source.registered(branch));
        }
        FinalEvidence evidence = new FinalEvidence(steps, false, List.of(), arrivals, answers, children);
        return Postmortem.judge(blueprint, evidence, CLOCK_ERROR_MILLIS).stream()
                .map(RuleViolation::rule)
                .toList();
    }

    private void wait(int millis) {
        now += millis;
    }

    private void arrives(String branch, String operation) {
        wait(200);
        arrivals.add(new Arrival(now, branch, operation));
    }

    /** Adds a call, its response and the recorded outcome. */
    private void does(String branch, String operation, OutcomeKind kind) {
        arrives(branch, operation);
        answers.add(new Answer(now, branch, operation, kind));
        OutcomeKind recorded = kind == OutcomeKind.REJECTED_SETTLED ? OutcomeKind.REJECTED : kind;
        records(new RecordEntry.Ended(now, branch, operation, recorded));
    }

    private void records(RecordEntry entry) {
        steps.add(new Step(entry.at(), stage, entry));
    }

    private void decides(boolean isToUndo) {
        wait(100);
        stage = isToUndo ? Stage.UNDOING : Stage.COMPLETING;
        records(new RecordEntry.Decided(now, isToUndo));
    }

    private void finishes(Stage finalStage) {
        wait(100);
        steps.add(new Step(now, finalStage, null));
    }

    @Test
    void a_saga_compensated_in_reverse_order_violates_no_rule() {
        does("a", ACTION, OutcomeKind.OK);
        does("b", ACTION, OutcomeKind.OK);
        does("c", ACTION, OutcomeKind.REJECTED_SETTLED);
        decides(true);
        does("b", UNDO, OutcomeKind.OK);
        does("a", UNDO, OutcomeKind.OK);
        finishes(Stage.ABORTED);
        assertThat(broken(saga(step("a"), step("b"), step("c")))).isEmpty();
    }

    @Test
    void a_step_called_before_its_predecessor_is_done_is_a_violation() {
        arrives("b", ACTION);
        does("a", ACTION, OutcomeKind.OK);
        does("b", ACTION, OutcomeKind.OK);
        finishes(Stage.SUCCEEDED);
        assertThat(broken(saga(step("a"), step("b")))).containsExactly("Forward 2");
    }

    @Test
    void compensation_out_of_order_across_a_step_without_undo_is_a_violation() {
        does("a", ACTION, OutcomeKind.OK);
        does("x", ACTION, OutcomeKind.OK);
        does("b", ACTION, OutcomeKind.OK);
        does("c", ACTION, OutcomeKind.REJECTED_SETTLED);
        decides(true);
        does("a", UNDO, OutcomeKind.OK);
        does("b", UNDO, OutcomeKind.OK);
        finishes(Stage.ABORTED);
        assertThat(broken(saga(step("a"), plain("x"), step("b"), step("c")))).containsExactly("Who is undone 5");
    }

    @Test
    void compensating_a_step_behind_a_failed_step_is_a_violation() {
        does("a", ACTION, OutcomeKind.FAILED);
        wait(100);
        records(new RecordEntry.TakenOver(now));
        decides(true);
        arrives("b", UNDO);
        does("a", UNDO, OutcomeKind.OK);
        finishes(Stage.ABORTED);
        assertThat(broken(saga(step("a"), step("b")))).containsExactly("Who is undone 1");
    }

    @Test
    void a_step_behind_an_exhausted_step_may_have_been_called_before_a_takeover() {
        does("a", ACTION, OutcomeKind.SILENCE);
        wait(100);
        records(new RecordEntry.TakenOver(now));
        does("a", ACTION, OutcomeKind.SILENCE);
        decides(true);
        does("b", UNDO, OutcomeKind.OK);
        does("a", UNDO, OutcomeKind.OK);
        finishes(Stage.ABORTED);
        assertThat(broken(saga(step("a"), step("b")))).isEmpty();
    }

    @Test
    void a_success_after_the_deadline_must_switch_to_compensation() {
        does("a", ACTION, OutcomeKind.OK);
        wait(1000);
        does("b", ACTION, OutcomeKind.OK);
        finishes(Stage.SUCCEEDED);
        assertThat(broken(saga(step("a"), step("b")).setDeadline(millis(500)))).containsExactly("Switch to undo 1");
    }

    @Test
    void a_recorded_success_needs_a_response_of_its_participant() {
        does("a", ACTION, OutcomeKind.OK);
        answers.clear();
        finishes(Stage.SUCCEEDED);
        assertThat(broken(saga(step("a")))).containsExactly("Words");
    }

    @Test
    void a_recorded_success_may_precede_its_response_by_less_than_a_lease() {
        does("a", ACTION, OutcomeKind.OK);
        answers.clear();
        answers.add(new Answer(now + 5000, "a", ACTION, OutcomeKind.OK));
        finishes(Stage.SUCCEEDED);
        assertThat(broken(saga(step("a")))).isEmpty();

        answers.clear();
        answers.add(new Answer(now + 7000, "a", ACTION, OutcomeKind.OK));
        assertThat(broken(saga(step("a")))).containsExactly("Words");
    }

    @Test
    void a_switch_to_compensation_needs_a_reason() {
        does("a", ACTION, OutcomeKind.OK);
        decides(true);
        does("a", UNDO, OutcomeKind.OK);
        finishes(Stage.ABORTED);
        assertThat(broken(saga(step("a"), step("b")))).containsExactly("Switch to undo 1");
    }

    @Test
    void every_done_step_is_compensated_before_the_saga_finishes() {
        does("a", ACTION, OutcomeKind.OK);
        does("b", ACTION, OutcomeKind.REJECTED_SETTLED);
        decides(true);
        finishes(Stage.ABORTED);
        assertThat(broken(saga(step("a"), step("b")))).containsExactly("Ends");
    }

    @Test
    void a_declared_child_is_tried_before_its_confirm() {
        does("a", "try", OutcomeKind.OK);
        decides(false);
        does("a", "confirm", OutcomeKind.OK);
        does("a/fee", "confirm", OutcomeKind.OK);
        finishes(Stage.SUCCEEDED);
        assertThat(broken(tcc(false, branch("a", ""), branch("fee", "a")))).contains("Who is completed 1");
    }

    /** Adds a successful try that names these children. */
    private void triesAndNames(String branch, String... children) {
        does(branch, "try", OutcomeKind.OK);
        answers.removeLast();
        answers.add(new Answer(now, branch, "try", OutcomeKind.OK, Set.of(children)));
    }

    @Test
    void a_registered_child_named_by_its_parents_response_is_completed() {
        triesAndNames("a", "a/fee");
        answers.add(new Answer(now, "a/fee", "try", OutcomeKind.OK));
        decides(false);
        does("a", "confirm", OutcomeKind.OK);
        does("a/fee", "confirm", OutcomeKind.OK);
        finishes(Stage.SUCCEEDED);
        assertThat(broken(tcc(false, branch("a", "")), branch("fee", "a"))).isEmpty();
    }

    @Test
    void a_registered_child_omitted_by_its_parents_response_is_not_completed() {
        triesAndNames("a");
        decides(false);
        does("a", "confirm", OutcomeKind.OK);
        does("a/fee", "confirm", OutcomeKind.OK);
        finishes(Stage.SUCCEEDED);
        assertThat(broken(tcc(false, branch("a", "")), branch("fee", "a"))).containsExactly("Switch to undo 1");
    }

    @Test
    void a_registered_child_omitted_by_its_parents_response_causes_cancellation() {
        triesAndNames("a");
        decides(true);
        does("a/fee", "cancel", OutcomeKind.OK);
        does("a", "cancel", OutcomeKind.OK);
        finishes(Stage.ABORTED);
        assertThat(broken(tcc(false, branch("a", "")), branch("fee", "a"))).isEmpty();
    }

    @Test
    void branches_after_a_try_without_its_child_may_have_been_called_before_a_takeover() {
        wait(100);
        records(new RecordEntry.TakenOver(now));
        triesAndNames("a");
        decides(true);
        does("b", "cancel", OutcomeKind.OK);
        does("a/fee", "cancel", OutcomeKind.OK);
        does("a", "cancel", OutcomeKind.OK);
        finishes(Stage.ABORTED);
        assertThat(broken(tcc(true, branch("a", ""), branch("b", "")), branch("fee", "a")))
                .isEmpty();
    }

    @Test
    void a_decision_during_an_operators_park_waits_for_the_resume() {
        does("a", ACTION, OutcomeKind.OK);
        wait(100);
        records(new RecordEntry.Parked(now, true));
        does("b", ACTION, OutcomeKind.REJECTED_SETTLED);
        decides(true);
        does("a", UNDO, OutcomeKind.OK);
        wait(100);
        records(new RecordEntry.Resumed(now));
        finishes(Stage.ABORTED);
        assertThat(broken(saga(step("a"), step("b")))).containsExactly("An operator's park");
    }

    @Test
    void a_step_behind_an_approval_is_called_after_the_approval() {
        wait(100);
        records(new RecordEntry.ApprovalAsked(now, "ok"));
        arrives("b", ACTION);
        assertThat(broken(saga(approval("ok"), step("b")))).containsExactly("Forward 2");
    }

    @Test
    void a_steps_child_transaction_is_accepted_after_the_preceding_steps() {
        children.put("m", 50L);
        does("a", ACTION, OutcomeKind.OK);
        records(new RecordEntry.Ended(now, "m", ACTION, OutcomeKind.OK));
        finishes(Stage.SUCCEEDED);
        assertThat(broken(saga(step("a"), message("m")))).containsExactly("Forward 2");
    }

    @Test
    void a_transaction_without_history_is_not_checked() {
        steps.clear();
        arrives("b", ACTION);
        assertThat(broken(saga(step("a"), step("b")))).isEmpty();
    }
}
