package dev.entente.core.transaction;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One branch of a plan.
 *
 * @param id its name; a nested one is a path, {@code parent/child}
 * @param parent the branch it is nested under, or null
 * @param after the ids of the branches that must be done before; empty for a root
 * @param approval the question that stands in the place of its forward call, or null: then {@code forward} names
 *     nothing to call
 */
public record Branch(
        String id,
        @Nullable String parent,
        Operations operations,
        List<String> after,
        Commitment commitment,
        @Nullable Approval approval,
        Origin origin) {

    /**
     * The calls that a branch may need, forward and to settle it.
     *
     * @param forward action, try, prepare or deliver
     * @param completion confirm or commit, or null where the pattern has none
     * @param undo compensate, cancel or rollback, or null where there is nothing to undo
     */
    public record Operations(
            Operation forward,
            @Nullable Operation completion,
            @Nullable Operation undo) {}

    /**
     * The say of a branch in the direction that its transaction takes.
     *
     * @param pivot whether it is the point of no return
     * @param retriable whether it never turns the direction
     */
    public record Commitment(boolean pivot, boolean retriable) {
        public static final Commitment NONE = new Commitment(false, false);
        public static final Commitment PIVOT = new Commitment(true, false);
        public static final Commitment RETRIABLE = new Commitment(false, true);
    }

    /**
     * The way in which a branch came into its plan.
     *
     * @param continues the branch whose second forward operation this is, and to whose participant it goes, or null for
     *     a branch of its own: a pre-commit
     * @param registeredAt when it joined at run time: its parent's participant, or the client, makes its forward call;
     *     null where the plan declares it, and the coordinator makes that call
     */
    public record Origin(
            @Nullable String continues, @Nullable Instant registeredAt) {
        public static final Origin PLAN = new Origin(null, null);
    }

    /** The one branch of a notification. */
    public static final String DELIVER = "deliver";

    /** The name of the second forward operation of two-phase branches. */
    public static final String PRE_COMMIT = "pre_commit";

    /** Stands in no id that a client can choose. */
    private static final String PRE_COMMIT_MARK = "~" + PRE_COMMIT;

    /** Makes a branch that the plan declares, and that calls a participant. */
    public Branch(
            String id,
            @Nullable String parent,
            Operation forward,
            @Nullable Operation completion,
            @Nullable Operation undo,
            List<String> after,
            Commitment commitment) {
        this(id, parent, new Operations(forward, completion, undo), after, commitment, null, Origin.PLAN);
    }

    /** The second forward operation of that branch, once all of these are done. */
    public static Branch preCommit(String of, Operation operation, List<String> after) {
        Operations alone = new Operations(operation, null, null);
        return new Branch(preCommitId(of), null, alone, after, Commitment.NONE, null, new Origin(of, null));
    }

    /** Returns the id of that branch's pre-commit among the branches of its plan. */
    public static String preCommitId(String of) {
        return of + PRE_COMMIT_MARK;
    }

    /** This branch as one that joined at run time: its parent alone says when its turn is. */
    public Branch registered(Instant at) {
        return new Branch(id, parent, operations, List.of(), commitment, approval, new Origin(continues(), at));
    }

    public Operation forward() {
        return operations.forward();
    }

    public @Nullable Operation completion() {
        return operations.completion();
    }

    public @Nullable Operation undo() {
        return operations.undo();
    }

    /** Tells whether it is the point of no return. */
    public boolean pivot() {
        return commitment.pivot();
    }

    /** Tells whether it never turns the direction. */
    public boolean retriable() {
        return commitment.retriable();
    }

    /** Returns the branch whose second forward operation this is, or null for a branch of its own. */
    public @Nullable String continues() {
        return origin.continues();
    }

    /** Returns when it joined at run time, or null where the plan declares it. */
    public @Nullable Instant registeredAt() {
        return origin.registeredAt();
    }

    /** Tells whether it joined at run time: the coordinator never makes its forward call. */
    public boolean isRegistered() {
        return registeredAt() != null;
    }

    /** Tells whether both joined at run time with the same content; when they did makes no difference. */
    public boolean isSameRegistration(Branch other) {
        Instant at = registeredAt();
        return at != null && other.isRegistered() && registered(at).equals(other.registered(at));
    }

    /** The branch that participants and users know it by. */
    public String shownId() {
        return continues() == null ? id : continues();
    }

    /** The branch in a text for people, with the operation where that is its second forward one. */
    public String title() {
        return continues() == null ? id : continues() + ", " + PRE_COMMIT;
    }

    /** A message's branches are called so, with their number behind it. */
    public static final String DELIVERY = "delivery-";

    /** The branch of a message that asks what became of its client's local transaction. */
    public static final String CHECK_BACK = "check-back";

    /** The operation of that role, or null where this branch has none. */
    public @Nullable Operation operation(Role role) {
        return switch (role) {
            case FORWARD -> forward();
            case COMPLETION -> completion();
            case UNDO -> undo();
        };
    }

    /** Returns the name of this operation for participants and users. */
    public String operationName(Pattern pattern, Role role) {
        if (role != Role.FORWARD) {
            return pattern.operationName(role);
        }
        return approval != null ? "approval" : continues() != null ? PRE_COMMIT : pattern.operationName(role);
    }
}
