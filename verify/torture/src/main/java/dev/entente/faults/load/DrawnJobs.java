package dev.entente.faults.load;

import dev.entente.faults.check.Shape;
import dev.entente.simulation.random.RandomPlans;
import dev.entente.v1.Plan;
import dev.entente.v1.SagaStep;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The part of the load whose plans are drawn: any pattern, any shape, with clients and operators who meddle. Used by
 * one thread.
 */
final class DrawnJobs {
    private final Random random;
    private final RandomPlans plans;
    private final RandomTrees trees;

    DrawnJobs(Fleet fleet, Random random) {
        this.random = random;
        this.plans = new RandomPlans(random, new DrawnPolicies(random));
        this.trees = new RandomTrees(fleet, random);
    }

    Job next(String gid) {
        Instant now = Instant.now();
        return switch (random.nextInt(12)) {
            case 0, 1, 2, 3, 4 -> submitted(gid, plans.saga(now));
            case 5, 6 -> submitted(gid, plans.tcc(now));
            case 7 -> random.nextBoolean() ? trees.next(gid) : trees.submitted(gid);
            case 8, 9 -> submitted(gid, plans.twoPhase(now));
            case 10 -> submitted(gid, plans.message(now));
            default -> submitted(gid, plans.notification(now));
        };
    }

    private Job submitted(String gid, Plan drawn) {
        PlanTailor tailor = new PlanTailor(random, drawn);
        Plan plan = tailor.fit(gid);
        Shape shape = DrawnShape.of(Commission.submitted(gid, plan))
                .parkingFor(tailor.answers().mayParkFor());
        List<Job.Then> acts = new ArrayList<>(verdicts(plan));
        if (random.nextInt(8) == 0) {
            acts.add(new Change(Duration.ofMillis(random.nextInt(1500))));
        }
        // what stands parked holds all that wait behind it
        if (random.nextInt(6) == 0 && plan.getMessage().getOrderingKey().isEmpty()) {
            acts.add(Intervention.drawn(random));
            shape = shape.parkingFor(withPark(shape.mayParkFor()));
        }
        if (!tailor.answers().mayParkFor().isEmpty() && random.nextInt(4) > 0) {
            acts.add(new Rescue(random.nextInt(Rescue.WAYS)));
        }
        return Job.of(shape, plan, together(acts));
    }

    /** A park that was not answered may come late, and after what lifts it. */
    private static Set<String> withPark(Set<String> reasons) {
        return Stream.concat(reasons.stream(), Stream.of("BY_OPERATOR")).collect(Collectors.toUnmodifiableSet());
    }

    /** One person answers all approvals of a plan alike, or some of them not at all. */
    private List<Job.Then> verdicts(Plan plan) {
        boolean isYes = random.nextInt(5) > 1;
        List<Job.Then> verdicts = new ArrayList<>();
        for (SagaStep step : plan.getSaga().getStepsList()) {
            if (step.hasApproval() && random.nextInt(5) > 0) {
                verdicts.add(new ApprovalAnswer(step.getId(), isYes, Duration.ofMillis(random.nextInt(2000))));
            }
        }
        return verdicts;
    }

    private static Job.Then together(List<Job.Then> acts) {
        return acts.isEmpty()
                ? Job.Then.NOTHING
                : (attempt, mayGoOn) -> CompletableFuture.allOf(acts.stream()
                                .map(act -> CompletableFuture.runAsync(
                                        () -> act.run(attempt, mayGoOn), Thread::startVirtualThread))
                                .toArray(CompletableFuture[]::new))
                        .join();
    }
}
