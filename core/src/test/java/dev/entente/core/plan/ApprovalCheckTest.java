package dev.entente.core.plan;

import static dev.entente.core.plan.Plans.call;
import static dev.entente.core.plan.Plans.found;
import static dev.entente.core.plan.Plans.pivot;
import static dev.entente.core.plan.Plans.reading;
import static dev.entente.core.plan.Plans.saga;
import static dev.entente.core.plan.Plans.step;
import static dev.entente.core.plan.Plans.withForward;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.transaction.Approval;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.Role;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Checks of approvals: the question, the time to answer, and the approvers. */
final class ApprovalCheckTest {
    private static final String AT = "plan.saga.steps[0].approval";
    private static final Duration HOUR = Duration.ofHours(1);

    private static List<String> of(String prompt, Duration within, List<String> approvers) {
        return found(saga(asking(new Approval(prompt, within, Approval.Expiry.REJECT, approvers), false, false)));
    }

    private static Branch asking(Approval approval, boolean isPivot, boolean isRetriable) {
        Branch asks = step("a");
        return new Branch(
                "a",
                null,
                new Branch.Operations(asks.forward(), null, null),
                List.of(),
                new Branch.Commitment(isPivot, isRetriable),
                approval,
                Branch.Origin.PLAN);
    }

    @Test
    void a_prompt_has_at_most_a_thousand_characters() {
        assertThat(of("p".repeat(1000), HOUR, List.of())).isEmpty();
        assertThat(of("p".repeat(1001), HOUR, List.of())).containsExactly("ENT-023 " + AT + ".prompt");
    }

    @Test
    void the_time_limit_of_an_approval_is_positive_and_at_most_the_longest_deadline() {
        assertThat(of("", Duration.ofNanos(1), List.of())).isEmpty();
        assertThat(of("", Duration.ZERO, List.of())).containsExactly("ENT-022 " + AT + ".within");
        assertThat(of("", PlanCheck.LONGEST_DEADLINE, List.of())).noneMatch(finding -> finding.startsWith("ENT-022"));
        assertThat(of("", PlanCheck.LONGEST_DEADLINE.plusNanos(1), List.of())).contains("ENT-022 " + AT + ".within");
    }

    @Test
    void an_approval_has_at_most_32_approvers_with_valid_names() {
        assertThat(of("", HOUR, Collections.nCopies(32, "a".repeat(128)))).isEmpty();
        assertThat(of("", HOUR, Collections.nCopies(33, "alice"))).containsExactly("ENT-023 " + AT + ".approvers");
        assertThat(of("", HOUR, List.of("alice", " "))).containsExactly("ENT-011 " + AT + ".approvers");
        assertThat(of("", HOUR, List.of("a".repeat(129)))).containsExactly("ENT-011 " + AT + ".approvers");
    }

    @Test
    void an_approval_is_neither_compensable_nor_a_pivot_nor_retriable() {
        Approval approval = new Approval("", HOUR, Approval.Expiry.REJECT, List.of());
        Branch undone = new Branch(
                "a",
                null,
                new Branch.Operations(step("a").forward(), null, step("a").undo()),
                List.of(),
                Branch.Commitment.NONE,
                approval,
                Branch.Origin.PLAN);
        assertThat(found(saga(undone))).containsExactly("ENT-020 " + AT);
        assertThat(found(saga(asking(approval, true, false)))).contains("ENT-027 " + AT);
        assertThat(found(saga(asking(approval, false, true)))).contains("ENT-027 " + AT);
    }

    @Test
    void an_approval_precedes_the_pivot_and_has_no_response() {
        Branch asks = asking(new Approval("?", HOUR, Approval.Expiry.REJECT, List.of()), false, false);
        Branch pivot = pivot("p");
        assertThat(found(saga(step("x"), after(asks, "x"), after(step("b"), "a"))))
                .isEmpty();
        assertThat(found(saga(pivot, after(asks, "p")))).containsExactly("ENT-027 plan.saga.steps[1]");
        assertThat(found(saga(pivot, asks))).containsExactly("ENT-027 plan.saga.steps[1]");
        Branch reader = withForward(step("b", "a"), call(Role.FORWARD, reading("a", 1)));
        assertThat(found(saga(asks, reader))).containsExactly("ENT-018 plan.saga.steps[1].action.bind[0].from");
        assertThat(of("", Duration.ofDays(20), List.of())).containsExactly("warning ENT-022 " + AT + ".within");
    }

    private static Branch after(Branch branch, String before) {
        return new Branch(
                branch.id(),
                null,
                new Branch.Operations(branch.forward(), null, branch.undo()),
                List.of(before),
                Branch.Commitment.NONE,
                branch.approval(),
                Branch.Origin.PLAN);
    }
}
