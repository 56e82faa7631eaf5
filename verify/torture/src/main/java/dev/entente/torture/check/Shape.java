package dev.entente.torture.check;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A transaction as its client meant it.
 *
 * @param branches those that call somebody: neither approvals nor the question of a message that asks back
 * @param asksBack whether it is a message that goes with a local transaction, which then is an effect with the
 *     operation {@value #LOCAL}
 * @param approvals whether each counts as given if nobody answers in time, by its name
 * @param mayParkFor reasons for which it may stand parked in the end, though no fault gives them: its participants
 *     refuse what they must not
 */
public record Shape(
        String gid,
        Pattern pattern,
        List<BranchShape> branches,
        boolean asksBack,
        Map<String, Boolean> approvals,
        Set<String> mayParkFor) {
    /** The operation of the effect of a message's local transaction, whatever branch stands there. */
    public static final String LOCAL = "local";

    /** Three-phase commit's second forward operation: nothing stands in a ledger of it. */
    static final String PRE_COMMIT = "pre_commit";

    /** How its branches end together. */
    public enum Pattern {
        /** Actions, undone by compensations. */
        SAGA("action", "", "compensate"),
        /** Tries, confirmed or cancelled; the coordinator calls the tries. */
        TCC("try", "confirm", "cancel"),
        /** The same, tried and decided by the client. */
        INTERACTIVE("try", "confirm", "cancel"),
        /** Prepared transactions of databases. */
        TWO_PHASE("prepare", "commit", "rollback"),
        /** Deliveries, which nobody may refuse and nothing takes back. */
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

        /** The name of the operation that does the work. */
        public String forward() {
            return forward;
        }

        /** The name of the operation that makes it good; empty where there is none. */
        public String completion() {
            return completion;
        }

        /** The name of the operation that takes it back. */
        public String undo() {
            return undo;
        }
    }

    /**
     * One branch.
     *
     * @param canBeUndone whether it has an undo
     * @param readsFrom the branch whose receipt its calls carry, or null
     * @param isPivot whether nothing goes back once it is done
     * @param lane in which its deliveries come one after another, or null where they may come as they like
     */
    public record BranchShape(
            String name,
            boolean canBeUndone,
            @Nullable String readsFrom,
            boolean isPivot,
            @Nullable String lane) {

        /** Makes a branch behind which all can be undone, and whose deliveries, if any, may come as they like. */
        public BranchShape(String name, boolean canBeUndone, @Nullable String readsFrom) {
            this(name, canBeUndone, readsFrom, false, null);
        }

        /** The same, in that lane. */
        public BranchShape in(String itsLane) {
            return new BranchShape(name, canBeUndone, readsFrom, isPivot, itsLane);
        }
    }

    public Shape {
        branches = List.copyOf(branches);
        approvals = Map.copyOf(approvals);
        mayParkFor = Set.copyOf(mayParkFor);
    }

    /** Makes the shape of one without approvals and a local transaction, whose participants do what they must. */
    public Shape(String gid, Pattern pattern, List<BranchShape> branches) {
        this(gid, pattern, branches, false, Map.of(), Set.of());
    }

    /** The same, which may stand parked for those reasons. */
    public Shape parkingFor(Set<String> reasons) {
        return new Shape(gid, pattern, branches, asksBack, approvals, reasons);
    }

    /** Returns the branch of that name. */
    public Optional<BranchShape> branch(String name) {
        return branches.stream().filter(branch -> branch.name().equals(name)).findFirst();
    }
}
