package dev.entente.simulation.reference;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A plan in the terms of rules.md: branches, edges, and the operations of each branch.
 *
 * @param isSequential of a TCC plan: each try waits for the previous try in the list
 * @param isBegun whether the client, or the check-back, decides
 * @param startAt in milliseconds; null for at once
 * @param deadlineAt in milliseconds; null for none
 * @param firstCheckAt the earliest time of a message's first check-back; null if there is no check-back
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

    /** The kinds of a branch's forward operation. */
    public enum BranchKind {
        /** A call of a participant. */
        CALL,
        /** A question to a person. */
        APPROVAL,
        /** A child transaction to be accepted. */
        CHILD,
        /** A try that its parent or its client calls. */
        REGISTERED,
        /** The check-back for the result of a message's local transaction. */
        CHECK
    }

    /** The meaning of an approval without an answer in time. */
    public enum Expiry {
        REJECT,
        APPROVE,
        PARK
    }

    /**
     * A branch.
     *
     * @param after of a saga: the steps that come before the branch
     * @param parent of a TCC plan: the parent branch, or null
     * @param operations the operations by name, with the limit of attempts of each
     * @param binds the branches whose responses its forward operation reads, or its undo requires of others
     * @param withinMillis the time limit of an approval, else 0
     * @param queue the queue in which a delivery waits; empty for none
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
            String queue) {

        boolean has(String operation) {
            return operations.containsKey(operation);
        }
    }

    /** Returns the name of the undo operation, or empty if the pattern has none. */
    String undo() {
        return switch (family) {
            case SAGA -> "compensate";
            case TCC -> "cancel";
            case TWO_PHASE -> "rollback";
            case MESSAGE, NOTIFICATION -> "";
        };
    }

    /** Returns the name of the completion operation, or empty if the pattern has none. */
    String completion() {
        return switch (family) {
            case TCC -> "confirm";
            case TWO_PHASE -> "commit";
            case SAGA, MESSAGE, NOTIFICATION -> "";
        };
    }

    /** Returns the name of the forward operation. */
    String forward(Branch branch) {
        return switch (family) {
            case SAGA -> "action";
            case TCC -> "try";
            case TWO_PHASE -> "prepare";
            case MESSAGE -> branch.kind() == BranchKind.CHECK ? "check" : "deliver";
            case NOTIFICATION -> "deliver";
        };
    }

    /** Returns the branch with that id, or null. */
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

    /** Returns this plan with one more branch. */
    public RulePlan with(Branch branch) {
        List<Branch> more = new ArrayList<>(branches);
        more.add(branch);
        return new RulePlan(family, List.copyOf(more), isSequential, isBegun, startAt, deadlineAt, firstCheckAt);
    }

    /** Applies "Words", edges: returns the branches directly before a branch. */
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

    /** Compares positions in the list, which contains no registered branches. */
    private boolean isNextInList(Branch one, Branch next) {
        List<Branch> list = branches.stream()
                .filter(branch -> branch.kind() != BranchKind.REGISTERED)
                .toList();
        return list.contains(one) && list.indexOf(one) + 1 == list.indexOf(next);
    }

    /** Applies "Words", edges: returns the branches any number of edges before a branch. */
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

    /** Applies "Words", edges: returns the branches any number of edges after a branch. */
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
