package dev.entente.torture.check;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A transaction as its client intended it.
 *
 * @param branches the branches with calls: neither approvals nor the check-back of a message
 * @param asksBack whether it is a message with a local transaction, which then is an effect with the operation {@value
 *     #LOCAL}
 * @param approvals whether each approval counts as given if it expires, by name
 * @param mayParkFor reasons for which the transaction may be parked at the end without a fault: its participants refuse
 *     operations that they must not refuse
 */
public record Shape(
        String gid,
        Pattern pattern,
        List<BranchShape> branches,
        boolean asksBack,
        Map<String, Boolean> approvals,
        Set<String> mayParkFor) {
    /** The operation of the effect of a message's local transaction, for any branch name. */
    public static final String LOCAL = "local";

    /** The second forward operation of three-phase commit, which has no effect in a ledger. */
    static final String PRE_COMMIT = "pre_commit";

    /** The way in which the branches finish together. */
    public enum Pattern {
        /** Actions, undone by compensations. */
        SAGA("action", "", "compensate"),
        /** Tries, confirmed or cancelled; the coordinator calls the tries. */
        TCC("try", "confirm", "cancel"),
        /** Tries, confirmed or cancelled; the client calls the tries and decides. */
        INTERACTIVE("try", "confirm", "cancel"),
        /** Prepared transactions of databases. */
        TWO_PHASE("prepare", "commit", "rollback"),
        /** Deliveries, which no receiver may refuse and which cannot be undone. */
        MESSAGE("deliver", "", ""),
        /** One delivery, given up after some time. */
        NOTIFICATION("deliver", "", "");

        private final String forward;
        private final String completion;
        private final String undo;

        Pattern(String forward, String completion, String undo) {
            this.forward = forward;
            this.completion = completion;
            this.undo = undo;
        }

        /** Returns the name of the operation that does the work. */
        public String forward() {
            return forward;
        }

        /** Returns the name of the operation that completes the work; empty for none. */
        public String completion() {
            return completion;
        }

        /** Returns the name of the operation that undoes the work; empty for none. */
        public String undo() {
            return undo;
        }
    }

    /**
     * One branch.
     *
     * @param canBeUndone whether it has an undo
     * @param readsFrom the branch that gives the receipt in its calls, or null
     * @param isPivot whether the transaction cannot be undone after this branch
     * @param queue the delivery queue, with deliveries one after another; null for any order
     */
    public record BranchShape(
            String name,
            boolean canBeUndone,
            @Nullable String readsFrom,
            boolean isPivot,
            @Nullable String queue) {

        /** Makes a branch that is not a pivot, and with deliveries, if any, in any order. */
        public BranchShape(String name, boolean canBeUndone, @Nullable String readsFrom) {
            this(name, canBeUndone, readsFrom, false, null);
        }

        /** Returns this branch in a delivery queue. */
        public BranchShape in(String itsQueue) {
            return new BranchShape(name, canBeUndone, readsFrom, isPivot, itsQueue);
        }
    }

    public Shape {
        branches = List.copyOf(branches);
        approvals = Map.copyOf(approvals);
        mayParkFor = Set.copyOf(mayParkFor);
    }

    /** Makes a shape without approvals, without a local transaction and without wrong refusals. */
    public Shape(String gid, Pattern pattern, List<BranchShape> branches) {
        this(gid, pattern, branches, false, Map.of(), Set.of());
    }

    /** Returns this shape with reasons for which it may be parked. */
    public Shape parkingFor(Set<String> reasons) {
        return new Shape(gid, pattern, branches, asksBack, approvals, reasons);
    }

    /** Returns the branch with this name. */
    public Optional<BranchShape> branch(String name) {
        return branches.stream().filter(branch -> branch.name().equals(name)).findFirst();
    }
}
