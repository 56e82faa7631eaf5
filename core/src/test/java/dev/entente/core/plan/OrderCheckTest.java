package dev.entente.core.plan;

import static dev.entente.core.plan.Plans.NOW;
import static dev.entente.core.plan.Plans.call;
import static dev.entente.core.plan.Plans.found;
import static dev.entente.core.plan.Plans.pivot;
import static dev.entente.core.plan.Plans.reading;
import static dev.entente.core.plan.Plans.saga;
import static dev.entente.core.plan.Plans.step;
import static dev.entente.core.plan.Plans.stepWithoutUndo;
import static dev.entente.core.plan.Plans.tcc;
import static dev.entente.core.plan.Plans.withForward;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Approval;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.Operation;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.Target;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The findings about plans with a cycle of branches, or with an order that cannot be compensated. */
final class OrderCheckTest {
    private static Operation child() {
        return call(Role.FORWARD).by(Pattern.SAGA);
    }

    private static Plan withResult(String result, Branch... steps) {
        return new Plan(Pattern.SAGA, "test", Map.of(), null, null, result, List.of(steps));
    }

    private static List<String> messages(Plan plan) {
        return PlanCheck.check(plan, Limits.STANDARD, NOW, false).stream()
                .map(Finding::message)
                .toList();
    }

    @Test
    void a_plan_with_a_cycle_is_checked_for_names_but_not_for_order() {
        Branch reader = withForward(step("a", "b"), call(Role.FORWARD, reading("unknown", 1)));
        assertThat(found(saga(reader, step("b", "a"))))
                .containsExactly("ENT-017 plan.saga.steps[0].after", "ENT-018 plan.saga.steps[0].action.bind[0].from");
        assertThat(found(saga(step("a", "b"), step("b", "a"), stepWithoutUndo("c"), step("d", "c"))))
                .containsExactly("ENT-017 plan.saga.steps[0].after");
    }

    @Test
    void a_branch_that_is_its_own_parent_is_reported_only_as_a_cycle() {
        Branch own = new Branch(
                "a",
                "a",
                call(Role.FORWARD),
                call(Role.COMPLETION),
                call(Role.UNDO),
                List.of("a"),
                Branch.Commitment.NONE);
        assertThat(messages(tcc(own)))
                .anyMatch(text -> text.contains("a → a"))
                .noneMatch(text -> text.contains("is listed before its parent"));
    }

    @Test
    void the_result_branch_is_any_step_that_calls_a_participant() {
        Approval question = new Approval("?", Duration.ofDays(1), Approval.Expiry.REJECT, List.of());
        Operation nowhere = new Operation(
                new Target.Grpc("", ""),
                ByteString.EMPTY,
                List.of(),
                call(Role.FORWARD).policy());
        Branch approval = new Branch(
                "ok",
                null,
                new Branch.Operations(nowhere, null, null),
                List.of(),
                Branch.Commitment.NONE,
                question,
                Branch.Origin.PLAN);
        assertThat(found(withResult("a", step("a"), step("b", "a")))).isEmpty();
        assertThat(found(withResult("ok", approval, step("b", "ok")))).containsExactly("ENT-018 plan.result_branch");
        assertThat(found(withResult("a", withForward(step("a"), child()), step("b", "a"))))
                .contains("ENT-018 plan.result_branch");
    }

    @Test
    void the_response_of_a_child_transaction_cannot_be_read() {
        Branch reader = withForward(step("b", "a"), call(Role.FORWARD, reading("a", 1)));
        assertThat(found(saga(withForward(step("a"), child()), reader)))
                .contains("ENT-018 plan.saga.steps[1].action.bind[0].from");
    }

    @Test
    void a_warning_names_the_step_without_undo_and_the_later_compensable_step() {
        assertThat(found(saga(step("b", "a"), stepWithoutUndo("a"))))
                .containsExactly("warning ENT-021 plan.saga.steps[1]");
        assertThat(messages(saga(stepWithoutUndo("a"), stepWithoutUndo("b", "a"), step("c", "b"))))
                .satisfiesExactly(
                        first -> assertThat(first).contains("'a' cannot be undone, but 'c' comes after it"),
                        second -> assertThat(second).contains("'b' cannot be undone, but 'c' comes after it"));
    }

    @Test
    void steps_after_a_pivot_that_is_the_first_step_need_no_undo() {
        assertThat(found(saga(pivot("p"), stepWithoutUndo("a", "p"), step("b", "a"))))
                .isEmpty();
    }
}
