package dev.entente.simulation.random;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.entente.core.plan.Finding;
import dev.entente.core.plan.Limits;
import dev.entente.core.plan.PlanCheck;
import dev.entente.server.codec.PlanCodec;
import dev.entente.v1.CallPolicy;
import dev.entente.v1.Operation;
import dev.entente.v1.Plan;
import dev.entente.v1.SagaStep;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Verifies that random plans are valid and differ. */
final class RandomPlansTest {
    private static final int DRAWN = 5000;
    private static final Instant NOW = Instant.parse("2026-11-20T09:30:00Z");
    private static final long SEED = 7;

    private static RandomPlans plans(long seed) {
        return new RandomPlans(
                new Random(seed),
                part -> Operation.newBuilder()
                        .setGrpc("any/any.v1.Service/" + part)
                        .setRaw(ByteString.EMPTY)
                        .setPolicy(CallPolicy.newBuilder().setMaxAttempts(3)));
    }

    private static List<Finding> errors(Plan plan, boolean isBegun) {
        PlanCodec.Decoded decoded = PlanCodec.standard().decode(plan);
        List<Finding> findings = isBegun
                ? PlanCheck.checkBegun(decoded.plan(), Limits.STANDARD, NOW)
                : PlanCheck.check(decoded.plan(), Limits.STANDARD, NOW, false);
        return findings.stream().filter(finding -> !finding.isWarning()).toList();
    }

    @Test
    void every_random_plan_is_valid() {
        RandomPlans plans = plans(SEED);
        for (int i = 0; i < DRAWN; i++) {
            assertThat(errors(plans.checked(NOW), true)).isEmpty();
            for (Plan plan : List.of(
                    plans.saga(NOW),
                    plans.tcc(NOW),
                    plans.twoPhase(NOW),
                    plans.message(NOW),
                    plans.notification(NOW))) {
                assertThat(errors(plan, false)).as(plan.toString()).isEmpty();
            }
        }
    }

    @Test
    void random_sagas_differ_and_cover_every_kind_of_step_and_every_size() {
        RandomPlans plans = plans(SEED);
        Set<String> shapes = new HashSet<>();
        Set<Integer> sizes = new HashSet<>();
        Set<String> kinds = new HashSet<>();
        for (int i = 0; i < DRAWN; i++) {
            Plan plan = plans.saga(NOW);
            shapes.add(shape(plan));
            sizes.add(plan.getSaga().getStepsCount());
            plan.getSaga().getStepsList().forEach(step -> kinds.add(kind(step)));
        }
        assertThat(sizes).hasSize(12);
        assertThat(shapes).hasSizeGreaterThan(DRAWN * 3 / 4);
        assertThat(kinds)
                .contains(
                        "approval no undo",
                        "message no undo",
                        "message",
                        "notification no undo",
                        "notification",
                        "action",
                        "action no undo",
                        "action pivot no undo",
                        "action retriable");
    }

    @Test
    void many_compensations_require_fields_that_their_steps_do_not_read() {
        RandomPlans plans = plans(SEED);
        int sagas = 0;
        int tccs = 0;
        for (int i = 0; i < DRAWN; i++) {
            sagas += plans.saga(NOW).getSaga().getStepsList().stream()
                            .anyMatch(step -> requiresMore(step.getCompensate(), step.getAction()))
                    ? 1
                    : 0;
            tccs += plans.tcc(NOW).getTcc().getBranchesList().stream()
                            .anyMatch(branch -> requiresMore(branch.getCancel(), branch.getTry()))
                    ? 1
                    : 0;
        }
        assertThat(sagas).isGreaterThan(DRAWN / 10);
        assertThat(tccs).isGreaterThan(DRAWN / 10);
    }

    private static boolean requiresMore(Operation undo, Operation forward) {
        Set<String> read = new HashSet<>();
        forward.getBindList().forEach(bind -> read.add(bind.getFrom()));
        return undo.getBindList().stream().anyMatch(bind -> bind.getRequired() && !read.contains(bind.getFrom()));
    }

    private static String shape(Plan plan) {
        StringBuilder shape = new StringBuilder();
        plan.getSaga().getStepsList().forEach(step -> {
            shape.append(kind(step))
                    .append(step.getAfterList())
                    .append(step.getApproval().getOnExpiry());
            for (Operation operation : List.of(step.getAction(), step.getCompensate())) {
                operation
                        .getBindList()
                        .forEach(bind -> shape.append(bind.getFrom()).append(bind.getRequired()));
            }
        });
        return shape.toString();
    }

    private static String kind(SagaStep step) {
        String type = step.hasApproval()
                ? "approval"
                : step.hasMessage() ? "message" : step.hasNotification() ? "notification" : "action";
        return type
                + (step.getPivot() ? " pivot" : "")
                + (step.getRetriable() ? " retriable" : "")
                + (step.hasCompensate() ? "" : " no undo");
    }

    @Test
    void a_seed_reproduces_its_plan() {
        assertThat(plans(SEED).saga(NOW)).isEqualTo(plans(SEED).saga(NOW));
    }
}
