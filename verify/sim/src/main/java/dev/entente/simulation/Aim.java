package dev.entente.simulation;

import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Plan;
import dev.entente.simulation.drawing.CallEnd;
import dev.entente.simulation.drawing.PlanMaker;
import dev.entente.simulation.drawing.Script;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * A kind of branch, and the end that one such branch of a plan is to come to. Ends that are rare by chance come often
 * enough so.
 *
 * <p>All other branches are to succeed, but for one that turns the transaction where an undo is wanted.
 */
record Aim(StepKind kind, CallEnd end) {
    /** Kinds that few plans have, or that are soon over. */
    private static final Set<StepKind> HARD = EnumSet.of(
            StepKind.SAGA_ACTION_WITHOUT_UNDO,
            StepKind.SAGA_PIVOT,
            StepKind.SAGA_BEHIND_PIVOT,
            StepKind.TCC_CHILD,
            StepKind.INTERACTIVE_CHILD,
            StepKind.TCC_REGISTERED_CHILD,
            StepKind.MESSAGE_CHECK_BACK,
            StepKind.NOTIFICATION_DELIVERY);

    /** Kinds that a plan has not yet when it is accepted. */
    private static final Set<StepKind> JOINING =
            EnumSet.of(StepKind.TCC_REGISTERED_CHILD, StepKind.INTERACTIVE_BRANCH, StepKind.INTERACTIVE_CHILD);

    /** Every aim, the more often the rarer its end is by itself. */
    private static final List<Aim> ALL = List.of(StepKind.values()).stream()
            .flatMap(kind -> kind.ends().stream().map(end -> new Aim(kind, end)))
            .flatMap(aim -> Collections.nCopies(aim.weight(), aim).stream())
            .toList();

    /** More executions than any policy has attempts. */
    private static final int FOR_EVER = 50;

    static Aim random(Random random) {
        return ALL.get(random.nextInt(ALL.size()));
    }

    private int weight() {
        boolean isJoining = kind.pattern() == Pattern.TCC && !kind.ends().contains(CallEnd.SUCCEEDED);
        int often = kind == StepKind.THREE_PHASE_PRE_COMMIT ? 4 : HARD.contains(kind) ? 2 : 1;
        return often * weight(isJoining);
    }

    private int weight(boolean isJoining) {
        return switch (end) {
            case SUCCEEDED -> kind.pattern() == Pattern.NOTIFICATION || kind == StepKind.MESSAGE_CHECK_BACK ? 3 : 0;
            case UNDONE -> isJoining || isSuspected() ? 9 : 0;
            case COMPLETED -> isJoining ? 14 : 1;
            case REJECTED, FAILED -> 5;
            case EXHAUSTED -> 6;
        };
    }

    /** Tells whether it takes a plan of its own: behind a pivot only what a takeover suspects is undone. */
    boolean isSuspected() {
        return kind == StepKind.SAGA_BEHIND_PIVOT && end == CallEnd.UNDONE;
    }

    PlanMaker.Kind client() {
        return switch (kind) {
            case SAGA_ACTION,
                    SAGA_ACTION_WITHOUT_UNDO,
                    SAGA_RETRIABLE,
                    SAGA_PIVOT,
                    SAGA_BEHIND_PIVOT,
                    SAGA_APPROVAL,
                    SAGA_MESSAGE,
                    SAGA_NOTIFICATION -> PlanMaker.Kind.SAGA;
            case TCC_BRANCH, TCC_CHILD, TCC_REGISTERED_CHILD -> PlanMaker.Kind.TCC;
            case INTERACTIVE_BRANCH, INTERACTIVE_CHILD -> PlanMaker.Kind.INTERACTIVE;
            case TWO_PHASE_PREPARE, THREE_PHASE_PREPARE, THREE_PHASE_PRE_COMMIT -> PlanMaker.Kind.TWO_PHASE;
            case MESSAGE_DELIVERY, MESSAGE_ORDERED_DELIVERY -> PlanMaker.Kind.MESSAGE;
            case MESSAGE_CHECK_BACK -> PlanMaker.Kind.CHECKED;
            case NOTIFICATION_DELIVERY -> PlanMaker.Kind.NOTIFICATION;
        };
    }

    /** Tells whether a plan has such a branch, or is going to get it. */
    boolean fits(Plan plan) {
        return JOINING.contains(kind) || (target(plan) >= 0 && (end != CallEnd.UNDONE || refuser(plan) >= 0));
    }

    /** Tells whether a branch that joins is to be confirmed. */
    boolean isCompletion() {
        return end == CallEnd.COMPLETED;
    }

    boolean isUndo() {
        return end == CallEnd.UNDONE;
    }

    /** Returns what the participant of that branch does. */
    Script script(Plan plan, int index, Random random) {
        if (kind == StepKind.TCC_REGISTERED_CHILD && end == CallEnd.COMPLETED) {
            return Script.prompt().settlingSlowly(random); // a parent that fails takes its child with it
        }
        if (index == target(plan)) {
            return switch (end) {
                case SUCCEEDED -> Script.slow(Script.End.DONE, random);
                case COMPLETED, UNDONE -> Script.slow(Script.End.DONE, random).settlingSlowly(random);
                case REJECTED -> Script.slow(Script.End.REJECTED, random);
                case FAILED -> Script.slow(Script.End.FAILED, random);
                case EXHAUSTED -> Script.silent(FOR_EVER);
            };
        }
        return Script.slow(isUndo() && index == refuser(plan) ? Script.End.REJECTED : Script.End.DONE, random);
    }

    private int target(Plan plan) {
        for (int i = 0; i < plan.branches().size(); i++) {
            if (StepKind.of(plan, i) == kind) {
                return i;
            }
        }
        return -1;
    }

    /** Returns another branch whose no turns the transaction, or -1: the pivot, or the last that may turn it. */
    private int refuser(Plan plan) {
        int target = target(plan);
        int last = -1;
        for (int i = 0; i < plan.branches().size(); i++) {
            Branch branch = plan.branches().get(i);
            boolean isCall = branch.approval() == null && branch.forward().child() == null;
            if (branch.pivot() && isCall && i != target) {
                return i;
            }
            last = isCall && !branch.retriable() && i != target && StepKind.of(plan, i) != StepKind.SAGA_BEHIND_PIVOT
                    ? i
                    : last;
        }
        return last;
    }
}
