package dev.entente.torture.load;

import dev.entente.client.PlanBuilder;
import dev.entente.client.Retry;
import dev.entente.simulation.random.RandomPlans;
import dev.entente.torture.check.Shape;
import dev.entente.torture.machine.Ledger;
import dev.entente.v1.Plan;
import dev.entente.v1.SagaStep;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import torture.v1.MoveRequest;

/**
 * An endless, seeded mix of all kinds of transactions. It has drawn plans of every pattern, branches that join, and
 * messages with a local transaction, with clients and operators who interfere. Used by one thread.
 */
public final class Workload {
    private static final Retry RETRY = Retry.exponential(Duration.ofMillis(100), Duration.ofSeconds(1), 60);
    private static final Duration ATTEMPT = Duration.ofSeconds(2);
    /** Smaller drawn numbers are plans that are submitted completely; the others have a client that takes part. */
    private static final int COMPLETE = 11;

    private static final int ALL = 16;

    private final Random random;
    private final String prefix;
    private final RandomPlans plans;
    private final RandomTrees trees;
    private final LocalMessages local;
    private final boolean isPrompt;
    private int made;

    /** @param prefix of all gids */
    public Workload(Fleet fleet, Random random, String prefix) {
        this(fleet, random, prefix, false);
    }

    private Workload(Fleet fleet, Random random, String prefix, boolean isPrompt) {
        this.random = random;
        this.prefix = prefix;
        this.plans = new RandomPlans(random, new DrawnPolicies(random));
        this.trees = new RandomTrees(fleet, random);
        this.local = new LocalMessages(fleet, random);
        this.isPrompt = isPrompt;
    }

    /**
     * Makes a mix in which no transaction waits because of its plan. No plan waits for a person, a time, a deadline, a
     * client, or a participant that always refuses.
     */
    public static Workload prompt(Fleet fleet, Random random, String prefix) {
        return new Workload(fleet, random, prefix, true);
    }

    /** Draws the next transaction. */
    Job next() {
        String gid = prefix + made++;
        return switch (random.nextInt(isPrompt ? COMPLETE : ALL)) {
            case 0, 1, 2, 3 -> submitted(gid, plans::saga);
            case 4, 5 -> submitted(gid, plans::tcc);
            case 6, 7 -> submitted(gid, plans::twoPhase);
            case 8, 9 -> submitted(gid, plans::message);
            case 10 -> submitted(gid, plans::notification);
            case 11, 12 -> trees.next(gid);
            case 13 -> trees.submitted(gid);
            default -> local.next(gid);
        };
    }

    private Job submitted(String gid, Function<Instant, Plan> drawing) {
        Plan drawn = drawing.apply(Instant.now());
        while (isPrompt && waits(drawn)) {
            drawn = drawing.apply(Instant.now());
        }
        PlanAdapter tailor = new PlanAdapter(drawn, new DrawnResponses(random, drawn, isPrompt), random);
        Plan plan = tailor.fit(gid);
        Shape shape = DrawnShape.of(RequestedTransaction.submitted(gid, plan))
                .parkingFor(tailor.answers().mayParkFor());
        if (isPrompt) {
            return Job.of(shape, plan, Job.FollowUp.NOTHING);
        }
        List<Job.FollowUp> actions = new ArrayList<>(verdicts(plan));
        if (random.nextInt(8) == 0) {
            actions.add(new Change(Duration.ofMillis(random.nextInt(1500))));
        }
        // a parked message blocks all messages behind it
        if (random.nextInt(6) == 0 && plan.getMessage().getOrderingKey().isEmpty()) {
            actions.add(Intervention.drawn(random));
            shape = shape.parkingFor(withPark(shape.mayParkFor()));
        }
        if (!tailor.answers().mayParkFor().isEmpty() && random.nextInt(4) > 0) {
            actions.add(new ParkedResolution(random.nextInt(ParkedResolution.WAYS)));
        }
        return Job.of(shape, plan, together(actions));
    }

    private static boolean waits(Plan plan) {
        return plan.hasStartTime()
                || plan.hasDeadline()
                || plan.getSaga().getStepsList().stream().anyMatch(SagaStep::hasApproval);
    }

    /** Adds BY_OPERATOR, because an unanswered park may take effect late, after the operation that lifts it. */
    private static Set<String> withPark(Set<String> reasons) {
        return Stream.concat(reasons.stream(), Stream.of("BY_OPERATOR")).collect(Collectors.toUnmodifiableSet());
    }

    /** Draws one person's answers to the approvals of a plan: all alike, and some missing. */
    private List<Job.FollowUp> verdicts(Plan plan) {
        boolean isYes = random.nextInt(5) > 1;
        List<Job.FollowUp> verdicts = new ArrayList<>();
        for (SagaStep step : plan.getSaga().getStepsList()) {
            if (step.hasApproval() && random.nextInt(5) > 0) {
                verdicts.add(new ApprovalAnswer(step.getId(), isYes, Duration.ofMillis(random.nextInt(2000))));
            }
        }
        return verdicts;
    }

    private static Job.FollowUp together(List<Job.FollowUp> actions) {
        return actions.isEmpty()
                ? Job.FollowUp.NOTHING
                : (attempt, mayGoOn) -> CompletableFuture.allOf(actions.stream()
                                .map(action -> CompletableFuture.runAsync(
                                        () -> action.run(attempt, mayGoOn), Thread::startVirtualThread))
                                .toArray(CompletableFuture[]::new))
                        .join();
    }

    /** Draws a delay for a third of the calls, so that faults hit calls in flight. */
    static MoveRequest.Builder trouble(Random random) {
        return MoveRequest.newBuilder().setDelayMs(random.nextInt(3) == 0 ? random.nextInt(400) : 0);
    }

    static MoveRequest request(Random random, long cents, MoveRequest.Builder trouble) {
        return trouble.setAccount(account(random)).setCents(cents).build();
    }

    static String account(Random random) {
        return "a-" + random.nextInt(Ledger.ACCOUNTS);
    }

    /** Sets quick retries, so that a run has time for them. */
    static <B extends PlanBuilder<B>> B usual(B plan, String gid) {
        return plan.gid(gid).retry(RETRY).timeout(ATTEMPT);
    }
}
