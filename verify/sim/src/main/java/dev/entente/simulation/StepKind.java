package dev.entente.simulation;

import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Plan;
import dev.entente.simulation.drawing.CallEnd;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Kinds of branches, by pattern. The ends that an operation of each can come to are all that {@link Impossible} does
 * not rule out.
 */
enum StepKind {
    SAGA_ACTION(Pattern.SAGA),
    SAGA_ACTION_WITHOUT_UNDO(Pattern.SAGA),
    SAGA_RETRIABLE(Pattern.SAGA),
    SAGA_PIVOT(Pattern.SAGA),
    SAGA_BEHIND_PIVOT(Pattern.SAGA),
    SAGA_APPROVAL(Pattern.SAGA),
    SAGA_MESSAGE(Pattern.SAGA),
    SAGA_NOTIFICATION(Pattern.SAGA),
    TCC_BRANCH(Pattern.TCC),
    TCC_CHILD(Pattern.TCC),
    /** Registered while its parent is tried. */
    TCC_REGISTERED_CHILD(Pattern.TCC),
    INTERACTIVE_BRANCH(Pattern.TCC),
    INTERACTIVE_CHILD(Pattern.TCC),
    TWO_PHASE_PREPARE(Pattern.TWO_PHASE),
    THREE_PHASE_PREPARE(Pattern.TWO_PHASE),
    THREE_PHASE_PRE_COMMIT(Pattern.TWO_PHASE),
    MESSAGE_DELIVERY(Pattern.MESSAGE),
    /** With a key. */
    MESSAGE_ORDERED_DELIVERY(Pattern.MESSAGE),
    MESSAGE_CHECK_BACK(Pattern.MESSAGE),
    NOTIFICATION_DELIVERY(Pattern.NOTIFICATION);

    private final Pattern pattern;

    StepKind(Pattern pattern) {
        this.pattern = pattern;
    }

    Pattern pattern() {
        return pattern;
    }

    /** Returns the ends that there can be. */
    Set<CallEnd> ends() {
        return Arrays.stream(CallEnd.values())
                .filter(end -> !Impossible.isRuledOut(this, end))
                .collect(Collectors.toCollection(() -> EnumSet.noneOf(CallEnd.class)));
    }

    /** As tables show it: {@code saga approval}. */
    String title() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    /** Returns the kind of a plan's branch. */
    static StepKind of(Plan plan, int index) {
        Branch branch = plan.branches().get(index);
        return switch (plan.pattern()) {
            case SAGA -> saga(plan, branch);
            case TCC -> tcc(plan, branch);
            case TWO_PHASE -> twoPhase(plan, branch);
            case MESSAGE ->
                index == plan.checkBack()
                        ? MESSAGE_CHECK_BACK
                        : plan.terms().isOrdered() ? MESSAGE_ORDERED_DELIVERY : MESSAGE_DELIVERY;
            case NOTIFICATION -> NOTIFICATION_DELIVERY;
        };
    }

    private static StepKind saga(Plan plan, Branch branch) {
        Pattern child = branch.forward().child();
        if (branch.approval() != null) {
            return SAGA_APPROVAL;
        }
        if (child != null) {
            return child == Pattern.MESSAGE ? SAGA_MESSAGE : SAGA_NOTIFICATION;
        }
        if (branch.pivot()) {
            return SAGA_PIVOT;
        }
        if (OrderJudge.ancestors(plan, branch.id()).stream()
                .anyMatch(id -> plan.branches().get(plan.indexOf(id)).pivot())) {
            return SAGA_BEHIND_PIVOT;
        }
        if (branch.retriable()) {
            return SAGA_RETRIABLE;
        }
        return branch.undo() == null ? SAGA_ACTION_WITHOUT_UNDO : SAGA_ACTION;
    }

    private static StepKind tcc(Plan plan, Branch branch) {
        boolean isRoot = branch.parent() == null;
        if (!branch.isRegistered()) {
            return isRoot ? TCC_BRANCH : TCC_CHILD;
        }
        boolean isInteractive = plan.branches().getFirst().isRegistered();
        return !isInteractive ? TCC_REGISTERED_CHILD : isRoot ? INTERACTIVE_BRANCH : INTERACTIVE_CHILD;
    }

    private static StepKind twoPhase(Plan plan, Branch branch) {
        if (branch.continues() != null) {
            return THREE_PHASE_PRE_COMMIT;
        }
        boolean isThreePhase = plan.branches().stream().anyMatch(other -> other.continues() != null);
        return isThreePhase ? THREE_PHASE_PREPARE : TWO_PHASE_PREPARE;
    }
}
