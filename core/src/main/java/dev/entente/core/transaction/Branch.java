package dev.entente.core.transaction;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One branch of a plan.
 *
 * @param id the name of the branch; the id of a nested branch is a path, {@code parent/child}
 * @param parent the branch above this nested branch, or null
 * @param after the ids of the branches that must be done before; empty for a root
 * @param approval the approval that replaces the forward call, or null; with an approval, {@code forward} has an empty
 *     target
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
     * The calls that a branch may need: forward, completion and undo.
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
     * The influence of a branch on the direction of its transaction.
     *
     * @param pivot whether the branch is the point of no return
     * @param retriable whether the branch never switches the transaction to undo
     */
    public record Commitment(boolean pivot, boolean retriable) {
        public static final Commitment NONE = new Commitment(false, false);
        public static final Commitment PIVOT = new Commitment(true, false);
        public static final Commitment RETRIABLE = new Commitment(false, true);
    }

    /**
     * The origin of a branch in its plan.
     *
     * @param continues the branch that this pre-commit belongs to: this is the second forward operation of that branch
     *     and calls its participant; null for an independent branch
     * @param registeredAt when the branch joined at run time: the parent's participant, or the client, makes the
     *     forward call; null where the plan declares the branch, and the coordinator makes the forward call
     */
    public record Origin(
            @Nullable String continues, @Nullable Instant registeredAt) {
        public static final Origin PLAN = new Origin(null, null);
    }

    /** The id of the only branch of a notification. */
    public static final String DELIVER = "deliver";

    /** The name of the second forward operation of two-phase branches. */
    public static final String PRE_COMMIT = "pre_commit";

    /** A mark that no client can use in an id. */
    private static final String PRE_COMMIT_MARK = "~" + PRE_COMMIT;

    /** Makes a branch that the plan declares and that calls a participant. */
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

    /** Makes the second forward operation of branch {@code of}, which runs after all branches in {@code after}. */
    public static Branch preCommit(String of, Operation operation, List<String> after) {
        Operations alone = new Operations(operation, null, null);
        return new Branch(preCommitId(of), null, alone, after, Commitment.NONE, null, new Origin(of, null));
    }

    /** Returns the id of the pre-commit of branch {@code of}. */
    public static String preCommitId(String of) {
        return of + PRE_COMMIT_MARK;
    }

    /** Returns this branch as a branch that joined at run time. Its parent decides when the branch runs. */
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

    /** Returns whether the branch is the point of no return. */
    public boolean pivot() {
        return commitment.pivot();
    }

    /** Returns whether the branch never switches the transaction to undo. */
    public boolean retriable() {
        return commitment.retriable();
    }

    /** Returns the branch that this second forward operation belongs to, or null for an independent branch. */
    public @Nullable String continues() {
        return origin.continues();
    }

    /** Returns when the branch joined at run time, or null where the plan declares the branch. */
    public @Nullable Instant registeredAt() {
        return origin.registeredAt();
    }

    /** Returns whether the branch joined at run time. The coordinator never makes its forward call. */
    public boolean isRegistered() {
        return registeredAt() != null;
    }

    /** Returns whether both branches joined at run time with the same content. The times of joining may differ. */
    public boolean isSameRegistration(Branch other) {
        Instant at = registeredAt();
        return at != null && other.isRegistered() && registered(at).equals(other.registered(at));
    }

    /** Returns the branch id that participants and users see. */
    public String shownId() {
        return continues() == null ? id : continues();
    }

    /** Returns the branch name for people, with the operation if the branch is a second forward operation. */
    public String title() {
        return continues() == null ? id : continues() + ", " + PRE_COMMIT;
    }

    /** The prefix of the branch ids of a message; the number of the delivery follows. */
    public static final String DELIVERY = "delivery-";

    /** The branch of a message that asks for the result of the client's local transaction. */
    public static final String CHECK_BACK = "check-back";

    /** Returns the operation of this role, or null where the branch has none. */
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
