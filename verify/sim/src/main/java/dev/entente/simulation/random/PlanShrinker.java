package dev.entente.simulation.random;

import dev.entente.v1.Operation;
import dev.entente.v1.Plan;
import dev.entente.v1.Saga;
import dev.entente.v1.SagaStep;
import dev.entente.v1.Tcc;
import dev.entente.v1.TccBranch;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Makes a failing plan smaller, one change at a time, as long as it still fails. It is delta debugging (Zeller and
 * Hildebrandt, 2002) with the cuts that a plan allows. Every candidate is a valid plan where the plan was.
 */
public final class PlanShrinker {
    private PlanShrinker() {}

    /**
     * Returns the smallest plan found.
     *
     * @param fails whether a plan still shows the failure; asked at most {@code mostRuns} times
     */
    public static Plan shrink(Plan plan, Predicate<Plan> fails, int mostRuns) {
        int[] runs = {0};
        Plan smallest = plan;
        Optional<Plan> smaller = Optional.of(plan);
        while (smaller.isPresent()) {
            smallest = smaller.get();
            smaller = candidates(smallest).stream()
                    .filter(candidate -> runs[0]++ < mostRuns && fails.test(candidate))
                    .findFirst();
        }
        return smallest;
    }

    /** Returns all plans that are one cut smaller, the deepest cuts first. */
    static List<Plan> candidates(Plan plan) {
        List<Plan> candidates = new ArrayList<>();
        switch (plan.getPatternCase()) {
            case SAGA -> saga(plan, candidates);
            case TCC -> tcc(plan, candidates);
            case TWO_PHASE -> {
                int branches = plan.getTwoPhase().getBranchesCount();
                for (int i = 0; i < branches && branches > 1; i++) {
                    Plan.Builder smaller = plan.toBuilder();
                    smaller.getTwoPhaseBuilder().removeBranches(i);
                    candidates.add(smaller.build());
                }
            }
            case MESSAGE -> message(plan, candidates);
            case NOTIFICATION, PATTERN_NOT_SET -> {}
        }
        change(candidates, plan, plan.toBuilder().clearDeadline());
        change(candidates, plan, plan.toBuilder().clearStartTime());
        change(candidates, plan, plan.toBuilder().clearResultBranch());
        return candidates;
    }

    private static void change(List<Plan> candidates, Plan plan, Plan.Builder smaller) {
        Plan built = smaller.build();
        if (!built.equals(plan)) {
            candidates.add(built);
        }
    }

    // ---- sagas

    private static void saga(Plan plan, List<Plan> candidates) {
        List<SagaStep> steps = plan.getSaga().getStepsList();
        for (int i = 0; i < steps.size() && steps.size() > 1; i++) {
            candidates.add(withoutStep(plan, steps.get(i)));
        }
        for (int i = 0; i < steps.size(); i++) {
            for (SagaStep plainer : plainer(steps.get(i))) {
                Plan.Builder smaller = plan.toBuilder();
                smaller.getSagaBuilder().setSteps(i, plainer);
                change(candidates, plan, smaller);
            }
        }
    }

    /** Lets what came after the step come after what it came after; nothing reads its answer any more. */
    private static Plan withoutStep(Plan plan, SagaStep gone) {
        Saga.Builder saga = Saga.newBuilder();
        for (SagaStep step : plan.getSaga().getStepsList()) {
            if (!step.getId().equals(gone.getId())) {
                SagaStep.Builder left = step.toBuilder().clearAfter().addAllAfter(rewired(step, gone));
                saga.addSteps(unbound(left.build(), gone.getId()));
            }
        }
        Plan.Builder smaller = plan.toBuilder().setSaga(saga);
        if (plan.getResultBranch().equals(gone.getId())) {
            smaller.clearResultBranch();
        }
        return smaller.build();
    }

    private static Set<String> rewired(SagaStep step, SagaStep gone) {
        Set<String> after = new LinkedHashSet<>(step.getAfterList());
        if (after.remove(gone.getId())) {
            after.addAll(gone.getAfterList());
        }
        return after;
    }

    private static SagaStep unbound(SagaStep step, String from) {
        SagaStep.Builder unbound = step.toBuilder();
        if (step.hasAction()) {
            unbound.setAction(unbound(step.getAction(), from));
        }
        if (step.hasNotification()) {
            unbound.getNotificationBuilder()
                    .setDeliver(unbound(step.getNotification().getDeliver(), from));
        }
        if (step.hasCompensate()) {
            unbound.setCompensate(unbound(step.getCompensate(), from));
        }
        return unbound.build();
    }

    private static Operation unbound(Operation operation, String from) {
        return unbound(operation, from::equals);
    }

    private static Operation unbound(Operation operation, Predicate<String> from) {
        return operation.toBuilder()
                .clearBind()
                .addAllBind(operation.getBindList().stream()
                        .filter(bind -> !from.test(bind.getFrom()))
                        .toList())
                .build();
    }

    private static List<SagaStep> plainer(SagaStep step) {
        List<SagaStep> plainer = new ArrayList<>();
        for (int i = 0; i < step.getAfterCount() && step.getAfterCount() > 1; i++) {
            List<String> after = new ArrayList<>(step.getAfterList());
            after.remove(i);
            plainer.add(step.toBuilder().clearAfter().addAllAfter(after).build());
        }
        if (step.hasAction()) {
            plainer.add(step.toBuilder()
                    .setAction(step.getAction().toBuilder().clearBind())
                    .build());
        }
        if (step.hasCompensate()) {
            plainer.add(step.toBuilder()
                    .setCompensate(step.getCompensate().toBuilder().clearBind())
                    .build());
        }
        return plainer;
    }

    private static void message(Plan plan, List<Plan> candidates) {
        int deliveries = plan.getMessage().getDeliveriesCount();
        for (int i = 0; i < deliveries && deliveries > 1; i++) {
            Plan.Builder smaller = plan.toBuilder();
            smaller.getMessageBuilder().removeDeliveries(i);
            candidates.add(smaller.build());
        }
        change(
                candidates,
                plan,
                plan.toBuilder().setMessage(plan.getMessage().toBuilder().clearOrderingKey()));
    }

    // ---- TCC

    private static void tcc(Plan plan, List<Plan> candidates) {
        List<TccBranch> branches = plan.getTcc().getBranchesList();
        for (int i = 0; i < branches.size() && branches.size() > 1; i++) {
            String path = path(branches.get(i));
            boolean isParent =
                    branches.stream().anyMatch(branch -> branch.getParent().equals(path));
            if (!isParent) {
                Tcc.Builder tcc = plan.getTcc().toBuilder().removeBranches(i);
                unbind(tcc, path::equals);
                candidates.add(plan.toBuilder().setTcc(tcc).build());
            }
        }
        Tcc.Builder unbound = plan.getTcc().toBuilder();
        unbind(unbound, _ -> true);
        change(candidates, plan, plan.toBuilder().setTcc(unbound));
        // those that are tried at once read nothing of each other
        change(candidates, plan, plan.toBuilder().setTcc(unbound.clone().clearSequential()));
    }

    private static void unbind(Tcc.Builder tcc, Predicate<String> from) {
        for (TccBranch.Builder branch : tcc.getBranchesBuilderList()) {
            branch.setTry(unbound(branch.getTry(), from)).setCancel(unbound(branch.getCancel(), from));
        }
    }

    private static String path(TccBranch branch) {
        return branch.getParent().isEmpty() ? branch.getId() : branch.getParent() + "/" + branch.getId();
    }
}
