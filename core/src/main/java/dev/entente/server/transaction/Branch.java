package dev.entente.server.transaction;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One branch of a plan.
 *
 * @param id its name; a nested one is a path, {@code parent/child}
 * @param parent the branch it is nested under, or null
 * @param forward action, try, prepare or deliver
 * @param completion confirm or commit, or null where the pattern has none
 * @param undo compensate, cancel or rollback, or null where there is nothing to undo
 * @param after the ids of the branches that must be done before; empty for a root
 * @param pivot whether it is the point of no return
 * @param retriable whether it never turns the direction
 * @param approval the question that stands in the place of its forward call, or null: then {@code forward} names
 *     nothing to call
 * @param continues the branch whose second forward operation this is, and to whose participant it goes, or null for a
 *     branch of its own: a pre-commit
 * @param registeredAt when it joined at run time: its parent's participant, or the client, makes its forward call; null
 *     where the plan declares it, and the coordinator makes that call
 */
public record Branch(
        String id,
        @Nullable String parent,
        Operation forward,
        @Nullable Operation completion,
        @Nullable Operation undo,
        List<String> after,
        boolean pivot,
        boolean retriable,
        @Nullable Approval approval,
        @Nullable String continues,
        @Nullable Instant registeredAt) {

    /** The one branch of a notification. */
    public static final String DELIVER = "deliver";

    /** The name of the second forward operation of two-phase branches. */
    public static final String PRE_COMMIT = "pre_commit";

    /** Stands in no id that a client can choose. */
    private static final String PRE_COMMIT_MARK = "~" + PRE_COMMIT;

    /** A branch that the plan declares. */
    public Branch(
            String id,
            @Nullable String parent,
            Operation forward,
            @Nullable Operation completion,
            @Nullable Operation undo,
            List<String> after,
            boolean pivot,
            boolean retriable,
            @Nullable Approval approval,
            @Nullable String continues) {
        this(id, parent, forward, completion, undo, after, pivot, retriable, approval, continues, null);
    }

    /** Makes a branch that calls a participant. */
    public Branch(
            String id,
            @Nullable String parent,
            Operation forward,
            @Nullable Operation completion,
            @Nullable Operation undo,
            List<String> after,
            boolean pivot,
            boolean retriable) {
        this(id, parent, forward, completion, undo, after, pivot, retriable, null, null);
    }

    /** The second forward operation of that branch, once all of these are done. */
    public static Branch preCommit(String of, Operation operation, List<String> after) {
        return new Branch(preCommitId(of), null, operation, null, null, after, false, false, null, of);
    }

    /** Returns the id of that branch's pre-commit among the branches of its plan. */
    public static String preCommitId(String of) {
        return of + PRE_COMMIT_MARK;
    }

    /** This branch as one that joined at run time: its parent alone says when its turn is. */
    public Branch registered(Instant at) {
        return new Branch(id, parent, forward, completion, undo, List.of(), pivot, retriable, approval, continues, at);
    }

    /** Tells whether it joined at run time: the coordinator never makes its forward call. */
    public boolean isRegistered() {
        return registeredAt != null;
    }

    /** Tells whether both joined at run time with the same content; when they did makes no difference. */
    public boolean isSameRegistration(Branch other) {
        return registeredAt != null
                && other.registeredAt != null
                && registered(registeredAt).equals(other.registered(registeredAt));
    }

    /** The branch that participants and users know it by. */
    public String shownId() {
        return continues == null ? id : continues;
    }

    /** The branch in a text for people, with the operation where that is its second forward one. */
    public String title() {
        return continues == null ? id : continues + ", " + PRE_COMMIT;
    }

    /** A message's branches are called so, with their number behind it. */
    public static final String DELIVERY = "delivery-";

    /** The branch of a message that asks what became of its client's local transaction. */
    public static final String CHECK_BACK = "check-back";

    /** The operation of that role, or null where this branch has none. */
    public @Nullable Operation operation(Role role) {
        return switch (role) {
            case FORWARD -> forward;
            case COMPLETION -> completion;
            case UNDO -> undo;
        };
    }

    /** Returns the name of this operation for participants and users. */
    public String operationName(Pattern pattern, Role role) {
        if (role != Role.FORWARD) {
            return pattern.operationName(role);
        }
        return approval != null ? "approval" : continues != null ? PRE_COMMIT : pattern.operationName(role);
    }
}
