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
public record Blueprint(
        Family family,
        List<Limb> limbs,
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
    public enum Nature {
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
    public record Limb(
            String id,
            Nature nature,
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
    String forward(Limb limb) {
        return switch (family) {
            case SAGA -> "action";
            case TCC -> "try";
            case TWO_PHASE -> "prepare";
            case MESSAGE -> limb.nature() == Nature.CHECK ? "check" : "deliver";
            case NOTIFICATION -> "deliver";
        };
    }

    /** The branch of that id, or null. */
    @Nullable
    Limb limb(String id) {
        return limbs.stream().filter(limb -> limb.id().equals(id)).findFirst().orElse(null);
    }

    Optional<Limb> find(String id) {
        return Optional.ofNullable(limb(id));
    }

    @Nullable
    Limb pivot() {
        return limbs.stream().filter(Limb::isPivot).findFirst().orElse(null);
    }

    /** This plan with one more branch. */
    public Blueprint with(Limb limb) {
        List<Limb> more = new ArrayList<>(limbs);
        more.add(limb);
        return new Blueprint(family, List.copyOf(more), isSequential, isBegun, startAt, deadlineAt, firstCheckAt);
    }

    /** Words, edges: what comes directly before a branch. */
    Set<Limb> before(Limb limb) {
        Set<Limb> found = new LinkedHashSet<>();
        for (Limb other : limbs) {
            boolean isEdge = limb.after().contains(other.id())
                    || other.id().equals(limb.parent())
                    || (isSequential && isNextInList(other, limb));
            if (isEdge) {
                found.add(other);
            }
        }
        return found;
    }

    /** Registered branches stand in no list. */
    private boolean isNextInList(Limb one, Limb next) {
        List<Limb> list = limbs.stream()
                .filter(limb -> limb.nature() != Nature.REGISTERED)
                .toList();
        return list.contains(one) && list.indexOf(one) + 1 == list.indexOf(next);
    }

    /** Words, edges: any number of edges before a branch. */
    Set<Limb> ancestors(Limb limb) {
        Set<Limb> found = new LinkedHashSet<>();
        List<Limb> open = new ArrayList<>(before(limb));
        while (!open.isEmpty()) {
            Limb next = open.removeLast();
            if (found.add(next)) {
                open.addAll(before(next));
            }
        }
        return found;
    }

    /** Words, edges: any number of edges behind a branch. */
    Set<Limb> descendants(Limb limb) {
        Set<Limb> found = new LinkedHashSet<>();
        for (Limb other : limbs) {
            if (ancestors(other).contains(limb)) {
                found.add(other);
            }
        }
        return found;
    }
}
