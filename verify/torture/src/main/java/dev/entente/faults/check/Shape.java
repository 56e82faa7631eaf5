package dev.entente.faults.check;

import java.util.HashMap;
import java.util.HashSet;
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
 * @param mayBeGivenUp whether it is a notification that need not be heard
 * @param order of each branch, the names of all that it comes after or is nested under, at any distance; none for one
 *     that is not named
 * @param mayParkFor reasons for which it may stand parked in the end, though no fault gives them: its participants
 *     refuse what they must not
 */
public record Shape(
        String gid,
        Pattern pattern,
        List<BranchShape> branches,
        boolean asksBack,
        boolean mayBeGivenUp,
        Map<String, Set<String>> order,
        Set<String> mayParkFor) {
    /** The operation of the effect of a message's local transaction, whatever branch stands there. */
    public static final String LOCAL = "local";

    /** Three-phase commit's second forward operation: nothing stands in a ledger of it. */
    public static final String PRE_COMMIT = "pre_commit";

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
     * @param cents what its participant's books gain when all is done; negative where they lose
     * @param canBeUndone whether it has an undo
     * @param readsFrom the branch whose receipt its calls carry, or null
     * @param isPivot whether nothing goes back once it is done
     * @param gate the approval that stands before it, or null
     * @param lane in which its deliveries come one after another, or null where they may come as they like
     * @param mayRepeat whether its participant does again what it is asked again, with no barrier
     */
    public record BranchShape(
            String name,
            long cents,
            boolean canBeUndone,
            @Nullable String readsFrom,
            boolean isPivot,
            @Nullable Gate gate,
            @Nullable String lane,
            boolean mayRepeat) {

        /** Makes a branch that waits for nobody, and behind which all can be undone. */
        public BranchShape(String name, long cents, boolean canBeUndone, @Nullable String readsFrom) {
            this(name, cents, canBeUndone, readsFrom, false, null, null, false);
        }

        /** The same, as the point of no return. */
        public BranchShape asPivot() {
            return new BranchShape(name, cents, canBeUndone, readsFrom, true, gate, lane, mayRepeat);
        }

        /** The same, behind that approval. */
        public BranchShape behind(Gate approval) {
            return new BranchShape(name, cents, canBeUndone, readsFrom, isPivot, approval, lane, mayRepeat);
        }

        /** The same, in that lane. */
        public BranchShape in(String itsLane) {
            return new BranchShape(name, cents, canBeUndone, readsFrom, isPivot, gate, itsLane, mayRepeat);
        }

        /** The same, without a barrier. */
        public BranchShape repeatable() {
            return new BranchShape(name, cents, canBeUndone, readsFrom, isPivot, gate, lane, true);
        }
    }

    /**
     * An approval.
     *
     * @param opensOnExpiry whether it counts as given if nobody answers in time
     */
    public record Gate(String name, boolean opensOnExpiry) {}

    public Shape {
        branches = List.copyOf(branches);
        order = Map.copyOf(order);
        mayParkFor = Set.copyOf(mayParkFor);
    }

    /** Makes the shape of one whose participants do what they must. */
    public Shape(
            String gid,
            Pattern pattern,
            List<BranchShape> branches,
            boolean asksBack,
            boolean mayBeGivenUp,
            Map<String, Set<String>> order) {
        this(gid, pattern, branches, asksBack, mayBeGivenUp, order, Set.of());
    }

    /** Makes the shape of one without a local transaction. */
    public Shape(String gid, Pattern pattern, List<BranchShape> branches) {
        this(gid, pattern, branches, false);
    }

    /** Makes the shape of one that must be delivered, if it is a notification. */
    public Shape(String gid, Pattern pattern, List<BranchShape> branches, boolean asksBack) {
        this(gid, pattern, branches, asksBack, false, Map.of());
    }

    /** A notification that need not be heard. */
    public static Shape inVain(String gid, BranchShape delivery) {
        return new Shape(gid, Pattern.NOTIFICATION, List.of(delivery), false, true, Map.of());
    }

    /** The same, its branches in that order. */
    public Shape ordered(Map<String, Set<String>> inThatOrder) {
        return new Shape(gid, pattern, branches, asksBack, mayBeGivenUp, inThatOrder, mayParkFor);
    }

    /** The same, which may stand parked for those reasons. */
    public Shape parkingFor(Set<String> reasons) {
        return new Shape(gid, pattern, branches, asksBack, mayBeGivenUp, order, reasons);
    }

    /** The same, its branches one after another as they are listed. */
    public Shape inSequence() {
        Map<String, Set<String>> one = new HashMap<>();
        Set<String> earlier = new HashSet<>();
        for (BranchShape branch : branches) {
            one.put(branch.name(), Set.copyOf(earlier));
            earlier.add(branch.name());
        }
        return ordered(one);
    }

    Set<String> above(String branch) {
        return order.getOrDefault(branch, Set.of());
    }

    Optional<BranchShape> branch(String name) {
        return branches.stream().filter(branch -> branch.name().equals(name)).findFirst();
    }
}
