package dev.entente.simulation.reference;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A plan as rules.md speaks of it: branches, edges, and what each branch can be asked for.
 *
 * @param isSequential of a TCC plan: each try waits for the one before it in the list
 * @param isBegun whether its client, or the check-back, decides
 * @param startAt in milliseconds, or null for at once
 * @param deadlineAt in milliseconds, or null for none
 * @param firstCheckAt when a message's client may be asked for the first time, or null where nobody is asked
 */
public record RulePlan(
        Family family,
        List<Branch> branches,
        boolean isSequential,
        boolean isBegun,
        @Nullable Long startAt,
        @Nullable Long deadlineAt,
        @Nullable Long firstCheckAt) {

    /** The pattern. */
    public enum Family {
        SAGA,
        TCC,
        TWO_PHASE,
        MESSAGE,
        NOTIFICATION
    }

    /** The form that a branch's forward operation takes. */
    public enum BranchKind {
        /** A call of a participant. */
        CALL,
        /** A question to a person. */
        APPROVAL,
        /** A transaction of its own, to be accepted. */
        CHILD,
        /** A try that its parent or its client makes. */
        REGISTERED,
        /** The question what became of a message's local transaction. */
        CHECK
    }

    /** The meaning of an approval that nobody answered in time. */
    public enum Expiry {
        REJECT,
        APPROVE,
        PARK
    }

    /**
     * A branch.
     *
     * @param after of a saga: the steps that come before it
     * @param parent of a TCC plan: the branch it is nested under, or null
     * @param operations its operations by their names, with the limit of attempts of each
     * @param binds the branches whose responses its forward operation reads, or its undo requires of others
     * @param withinMillis how long an approval is awaited, else 0
     * @param lane in which a delivery waits for its turn; empty for none
     */
    public record Branch(
            String id,
            BranchKind kind,
            List<String> after,
            @Nullable String parent,
            Map<String, Integer> operations,
            boolean isPivot,
            boolean isRetriable,
            Set<String> binds,
            long withinMillis,
            Expiry expiry,
            String lane) {

        boolean has(String operation) {
            return operations.containsKey(operation);
        }
    }

    /** The name of an undo, or empty where the pattern has none. */
    String undo() {
        return switch (family) {
            case SAGA -> "compensate";
            case TCC -> "cancel";
            case TWO_PHASE -> "rollback";
            case MESSAGE, NOTIFICATION -> "";
        };
    }

    /** The name of a completion, or empty where the pattern has none. */
    String completion() {
        return switch (family) {
            case TCC -> "confirm";
            case TWO_PHASE -> "commit";
            case SAGA, MESSAGE, NOTIFICATION -> "";
        };
    }

    /** The name of a forward operation. */
    String forward(Branch branch) {
        return switch (family) {
            case SAGA -> "action";
            case TCC -> "try";
            case TWO_PHASE -> "prepare";
            case MESSAGE -> branch.kind() == BranchKind.CHECK ? "check" : "deliver";
            case NOTIFICATION -> "deliver";
        };
    }

    /** The branch of that id, or null. */
    @Nullable
    Branch branch(String id) {
        return branches.stream()
                .filter(branch -> branch.id().equals(id))
                .findFirst()
                .orElse(null);
    }

    Optional<Branch> find(String id) {
        return Optional.ofNullable(branch(id));
    }

    @Nullable
    Branch pivot() {
        return branches.stream().filter(Branch::isPivot).findFirst().orElse(null);
    }

    /** This plan with one more branch. */
    public RulePlan with(Branch branch) {
        List<Branch> more = new ArrayList<>(branches);
        more.add(branch);
        return new RulePlan(family, List.copyOf(more), isSequential, isBegun, startAt, deadlineAt, firstCheckAt);
    }

    /** Words, edges: what comes directly before a branch. */
    Set<Branch> before(Branch branch) {
        Set<Branch> found = new LinkedHashSet<>();
        for (Branch other : branches) {
            boolean isEdge = branch.after().contains(other.id())
                    || other.id().equals(branch.parent())
                    || (isSequential && isNextInList(other, branch));
            if (isEdge) {
                found.add(other);
            }
        }
        return found;
    }

    /** Registered branches stand in no list. */
    private boolean isNextInList(Branch one, Branch next) {
        List<Branch> list = branches.stream()
                .filter(branch -> branch.kind() != BranchKind.REGISTERED)
                .toList();
        return list.contains(one) && list.indexOf(one) + 1 == list.indexOf(next);
    }

    /** Words, edges: any number of edges before a branch. */
    Set<Branch> ancestors(Branch branch) {
        Set<Branch> found = new LinkedHashSet<>();
        List<Branch> open = new ArrayList<>(before(branch));
        while (!open.isEmpty()) {
            Branch next = open.removeLast();
            if (found.add(next)) {
                open.addAll(before(next));
            }
        }
        return found;
    }

    /** Words, edges: any number of edges behind a branch. */
    Set<Branch> descendants(Branch branch) {
        Set<Branch> found = new LinkedHashSet<>();
        for (Branch other : branches) {
            if (ancestors(other).contains(branch)) {
                found.add(other);
            }
        }
        return found;
    }
}
