package dev.entente.core.plan;

import static dev.entente.core.plan.Plans.NOW;
import static dev.entente.core.plan.Plans.call;
import static dev.entente.core.plan.Plans.found;
import static dev.entente.core.plan.Plans.message;
import static dev.entente.core.plan.Plans.nested;
import static dev.entente.core.plan.Plans.pivot;
import static dev.entente.core.plan.Plans.reading;
import static dev.entente.core.plan.Plans.saga;
import static dev.entente.core.plan.Plans.step;
import static dev.entente.core.plan.Plans.stepWithoutUndo;
import static dev.entente.core.plan.Plans.tcc;
import static dev.entente.core.plan.Plans.tccBranch;
import static dev.entente.core.plan.Plans.twoPhase;
import static dev.entente.core.plan.Plans.withBody;
import static dev.entente.core.plan.Plans.withCompletion;
import static dev.entente.core.plan.Plans.withForward;
import static dev.entente.core.plan.Plans.withPolicy;
import static dev.entente.core.plan.Plans.withUndo;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.CallPolicy;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Operation;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.Target;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PlanCheckTest {
    private static final Operation NOWHERE =
            new Operation(new Target.Grpc("", ""), ByteString.EMPTY, List.of(), CallPolicy.standard(Role.FORWARD));

    @Test
    void a_valid_saga_and_a_valid_tcc_have_no_findings() {
        assertThat(found(saga(step("a"), step("b", "a")))).isEmpty();
        assertThat(found(tcc(tccBranch("hotel"), nested("hotel", "room"), nested("hotel/room", "bed"))))
                .isEmpty();
    }

    @Test
    void all_findings_are_reported_together() {
        Plan plan = new Plan(
                Pattern.SAGA,
                "Check out",
                Map.of(),
                Duration.ZERO,
                null,
                "unknown",
                List.of(step("a", "b"), step("b", "a", "c"), step("B!"), step("B!")));
        assertThat(found(plan))
                .containsExactly(
                        "ENT-011 plan.name",
                        "ENT-022 plan.deadline",
                        "ENT-011 plan.saga.steps[2].id",
                        "ENT-011 plan.saga.steps[3].id",
                        "ENT-013 plan.saga.steps[3].id",
                        "ENT-016 plan.saga.steps[1].after",
                        "ENT-016 plan.result_branch",
                        "ENT-017 plan.saga.steps[0].after");
    }

    @Test
    void gids_have_allowed_characters_and_a_maximum_length() {
        assertThat(PlanCheck.checkGid("order-4711")).isEmpty();
        assertThat(PlanCheck.checkGid("A.b_c:d-1")).isEmpty();
        assertThat(PlanCheck.checkGid("x".repeat(128))).isEmpty();
        for (String wrong : List.of("", "a/b", "a~b", "a b", "ä", "x".repeat(129))) {
            assertThat(PlanCheck.checkGid(wrong))
                    .as(wrong)
                    .singleElement()
                    .satisfies(finding -> assertThat(finding.code()).isEqualTo(ErrorCode.GID));
        }
    }

    @Test
    void labels_are_limited_in_number_length_and_characters() {
        Map<String, String> many = new HashMap<>();
        IntStream.range(0, 17).forEach(i -> many.put("k" + i, "v"));
        assertThat(found(labelled(many))).containsExactly("ENT-023 plan.labels");
        assertThat(found(labelled(Map.of("", "v")))).containsExactly("ENT-011 plan.labels");
        assertThat(found(labelled(Map.of("k", "v".repeat(257))))).containsExactly("ENT-011 plan.labels");
        assertThat(found(labelled(Map.of("k", "a\nb")))).containsExactly("ENT-011 plan.labels");
        assertThat(found(labelled(Map.of("customer.id/x-y_Z", "Zoë & Söhne")))).isEmpty();
    }

    @Test
    void a_plan_needs_a_branch_and_a_branch_needs_its_operations() {
        assertThat(found(saga())).containsExactly("ENT-012 plan");
        assertThat(found(saga(withForward(step("a"), NOWHERE)))).containsExactly("ENT-012 plan.saga.steps[0].action");
        assertThat(found(saga(withUndo(step("a"), NOWHERE)))).containsExactly("ENT-012 plan.saga.steps[0].compensate");
        Branch bare = new Branch("a", null, NOWHERE, null, null, List.of(), Branch.Commitment.NONE);
        assertThat(found(tcc(bare)))
                .containsExactly(
                        "ENT-012 plan.tcc.branches[0].try",
                        "ENT-012 plan.tcc.branches[0].confirm",
                        "ENT-012 plan.tcc.branches[0].cancel");
    }

    @Test
    void a_two_phase_branch_needs_its_three_operations() {
        assertThat(found(twoPhase(tccBranch("a"), tccBranch("b")))).isEmpty();
        assertThat(found(twoPhase(step("a")))).containsExactly("ENT-012 plan.two_phase.branches[0].commit");
        Branch nowhere = withUndo(withForward(tccBranch("a"), NOWHERE), NOWHERE);
        assertThat(found(twoPhase(nowhere)))
                .containsExactly(
                        "ENT-012 plan.two_phase.branches[0].prepare", "ENT-012 plan.two_phase.branches[0].rollback");
    }

    @Test
    void a_message_has_deliveries_without_bindings_and_no_deadline() {
        assertThat(found(message(stepWithoutUndo("a"), stepWithoutUndo("b")))).isEmpty();
        assertThat(found(message(withForward(stepWithoutUndo("a"), NOWHERE))))
                .containsExactly("ENT-012 plan.message.deliveries[0]");
        Branch reading = withForward(stepWithoutUndo("b"), call(Role.FORWARD, reading("a", 1)));
        assertThat(found(message(stepWithoutUndo("a"), reading)))
                .containsExactly("ENT-018 plan.message.deliveries[1].bind[0].from");
        Plan plan = message(stepWithoutUndo("a"));
        Plan late = new Plan(
                plan.pattern(), plan.name(), plan.labels(), Duration.ofMinutes(1), null, null, plan.branches());
        assertThat(found(late)).containsExactly("ENT-022 plan.deadline");
    }

    @Test
    void a_parent_is_listed_before_its_children() {
        assertThat(found(tcc(tccBranch("a"), after(nested("a", "x"), "a"), after(tccBranch("b"), "a/x"))))
                .isEmpty();
        assertThat(found(tcc(nested("a", "x"), tccBranch("a")))).containsExactly("ENT-016 plan.tcc.branches[0].parent");
        assertThat(found(tcc(tccBranch("b"), after(nested("a", "x"), "b"), after(tccBranch("a"), "a/x"))))
                .containsExactly("ENT-016 plan.tcc.branches[1].parent");
    }

    private static Branch after(Branch branch, String before) {
        return new Branch(
                branch.id(),
                branch.parent(),
                branch.forward(),
                branch.completion(),
                branch.undo(),
                List.of(before),
                Branch.Commitment.NONE);
    }

    @Test
    void a_nested_branch_needs_its_parent() {
        assertThat(found(tcc(nested("hotel", "room")))).containsExactly("ENT-016 plan.tcc.branches[0].parent");
        assertThat(found(tcc(tccBranch("hotel"), nested("hotel", "Room"))))
                .containsExactly("ENT-011 plan.tcc.branches[1].id");
    }

    @Test
    void each_cycle_is_reported_once() {
        List<Finding> findings =
                check(saga(step("a", "c"), step("b", "a"), step("c", "b"), step("d", "d"), step("e", "c"), step("f")));
        assertThat(findings)
                .extracting(Finding::message)
                .satisfiesExactly(
                        first -> assertThat(first).contains("a → b → c → a"),
                        second -> assertThat(second).contains("d → d"));
    }

    @Test
    void an_irreversible_step_before_a_compensable_step_is_a_warning_unless_strict() {
        Plan plan = saga(Plans.stepWithoutUndo("a"), step("b", "a"), Plans.stepWithoutUndo("c", "b"));
        assertThat(found(plan)).containsExactly("warning ENT-021 plan.saga.steps[0]");
        assertThat(PlanCheck.check(plan, Limits.STANDARD, NOW, true))
                .singleElement()
                .satisfies(finding -> assertThat(finding.isWarning()).isFalse());
        assertThat(found(saga(Plans.pivot("a"), step("b", "a"), Plans.stepWithoutUndo("c", "b"), step("d", "c"))))
                .as("what comes after the pivot only goes forward")
                .isEmpty();
    }

    @Test
    void a_step_parallel_to_the_pivot_must_be_retriable_and_compensable() {
        Branch before = step("before");
        Branch pivot = Plans.pivot("pivot", "before");
        Branch after = Plans.stepWithoutUndo("after", "pivot");
        Branch beside = step("beside", "before");
        assertThat(found(saga(before, pivot, after))).isEmpty();
        assertThat(found(saga(before, pivot, after, beside))).containsExactly("ENT-027 plan.saga.steps[3]");
        assertThat(found(saga(before, pivot, after, Plans.retriable(beside)))).isEmpty();
        assertThat(found(saga(before, pivot, Plans.retriable(Plans.stepWithoutUndo("x", "before")))))
                .containsExactly("ENT-027 plan.saga.steps[2]");
    }

    @Test
    void a_second_pivot_is_refused() {
        assertThat(found(saga(Plans.pivot("a"), Plans.pivot("b", "a"))))
                .containsExactly("ENT-027 plan.saga.steps[1].pivot");
    }

    @Test
    void an_invalid_policy_shared_by_two_operations_is_reported_once() {
        CallPolicy wrong = new CallPolicy(Duration.ZERO, 5, Duration.ofSeconds(1), Duration.ofSeconds(1), 2);
        assertThat(found(saga(withForward(step("a"), withPolicy(CallPolicy.standard(Role.FORWARD))))))
                .isEmpty();
        assertThat(found(saga(withForward(step("a"), withPolicy(wrong)))))
                .containsExactly("ENT-022 plan.saga.steps[0].action.policy");
        Branch shared = withUndo(withForward(step("a"), withPolicy(wrong)), withPolicy(wrong));
        assertThat(found(saga(shared))).containsExactly("ENT-022 plan.saga.steps[0].action.policy");
    }

    @Test
    void payload_sizes_branch_counts_and_response_sizes_are_limited() {
        Limits small = new Limits(10, 1000, 2, 1, 25, Duration.ofDays(30));
        Plan payload = saga(withForward(step("a"), withBody(ByteString.copyFrom(new byte[11]))));
        assertThat(found(payload, small)).containsExactly("ENT-023 plan.saga.steps[0].action");
        assertThat(found(saga(step("a"), step("b"), step("c")), small)).containsExactly("ENT-023 plan");
        Branch c =
                withForward(step("c", "a", "b"), call(Role.FORWARD, reading("a", 1), reading("b", 2), reading("a", 3)));
        Plan reading = new Plan(Pattern.SAGA, "test", Map.of(), null, null, "c", List.of(step("a"), step("b"), c));
        assertThat(found(reading, new Limits(10, 1000, 3, 1, 25, Duration.ofDays(30))))
                .containsExactly("ENT-023 plan");
        assertThat(found(reading, new Limits(10, 1000, 3, 1, 30, Duration.ofDays(30))))
                .isEmpty();
    }

    @Test
    void a_far_too_large_plan_is_refused_without_further_checks() {
        Branch[] many = IntStream.range(0, 300_000).mapToObj(i -> step("A")).toArray(Branch[]::new);
        assertThat(found(saga(many))).containsExactly("ENT-023 plan");
    }

    @Test
    void times_beyond_half_the_barriers_retention_cause_a_warning() {
        Duration day = Duration.ofDays(1);
        assertThat(found(timed(day.multipliedBy(15), null))).isEmpty();
        assertThat(found(timed(null, NOW.plus(day.multipliedBy(15))))).isEmpty();
        assertThat(found(timed(day.multipliedBy(16), null))).containsExactly("warning ENT-022 plan.deadline");
        assertThat(found(timed(null, NOW.plus(day.multipliedBy(16)))))
                .containsExactly("warning ENT-022 plan.start_time");
        assertThat(found(timed(null, NOW.minus(day)))).isEmpty();
    }

    @Test
    void a_start_time_at_the_deadline_causes_a_warning() {
        Duration day = Duration.ofDays(1);
        assertThat(found(timed(day, NOW.plus(day).minusMillis(1)))).isEmpty();
        assertThat(found(timed(day, NOW.plus(day)))).containsExactly("warning ENT-022 plan.start_time");
        assertThat(found(timed(day, NOW.minus(day)))).isEmpty();
    }

    @Test
    void a_registered_branch_may_omit_its_try_and_may_bind_only_its_confirm() {
        Branch branch = tccBranch("a");
        assertThat(registered(withForward(branch, NOWHERE))).isEmpty();
        assertThat(registered(withCompletion(branch, NOWHERE))).containsExactly("ENT-012 tcc.confirm");
        assertThat(registered(withCompletion(branch, call(Role.COMPLETION, reading("a", 1)))))
                .isEmpty();
        assertThat(registered(withCompletion(branch, call(Role.COMPLETION, reading("b", 1)))))
                .containsExactly("ENT-018 tcc.confirm.bind[0].from");
        assertThat(registered(withUndo(branch, call(Role.UNDO, reading("a", 1)))))
                .containsExactly("ENT-018 tcc.cancel.bind[0].from");
        assertThat(registered(withForward(branch, call(Role.FORWARD, reading("a", 1)))))
                .containsExactly("ENT-018 tcc.try.bind[0].from");
        assertThat(registered(tccBranch("A"))).containsExactly("ENT-011 tcc.id");
        assertThat(registered(nested("no name/x", "room"))).containsExactly("ENT-011 tcc.id");
        assertThat(registered(nested("hotel/room", "bed"))).isEmpty();
    }

    @Test
    void all_branches_have_a_pre_commit_or_none() {
        Branch of = Branch.preCommit("a", call(Role.FORWARD), List.of("a"));
        assertThat(found(twoPhase(tccBranch("a"), of))).isEmpty();
        assertThat(found(twoPhase(tccBranch("a"), tccBranch("b"), of)))
                .containsExactly("ENT-012 plan.two_phase.branches[1].pre_commit");
        Branch bare = Branch.preCommit("a", NOWHERE, List.of("a"));
        assertThat(found(twoPhase(tccBranch("a"), bare)))
                .containsExactly("ENT-012 plan.two_phase.branches[0].pre_commit");
        Branch reader = Branch.preCommit("a", call(Role.FORWARD, reading("a", 1)), List.of("a"));
        assertThat(found(twoPhase(tccBranch("a"), reader)))
                .containsExactly("ENT-018 plan.two_phase.branches[0].pre_commit.bind[0].from");
    }

    @Test
    void each_participant_of_a_plan_is_listed_once() {
        assertThat(PlanCheck.participants(saga(step("a"), withUndo(step("b", "a"), NOWHERE))))
                .containsExactly("stock");
        assertThat(PlanCheck.participants(withForward(withUndo(step("b"), NOWHERE), NOWHERE)))
                .isEmpty();
    }

    private static Plan labelled(Map<String, String> labels) {
        return new Plan(Pattern.SAGA, "test", labels, null, null, null, List.of(step("a")));
    }

    private static Plan timed(@Nullable Duration deadline, @Nullable Instant start) {
        return new Plan(Pattern.SAGA, "test", Map.of(), deadline, start, null, List.of(step("a")));
    }

    private static List<Finding> check(Plan plan) {
        return PlanCheck.check(plan, Limits.STANDARD, NOW, false);
    }

    private static List<String> registered(Branch branch) {
        return Plans.texts(PlanCheck.checkBranch(branch, Limits.STANDARD));
    }
}
