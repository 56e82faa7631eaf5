package dev.entente.core.transaction;

import org.jspecify.annotations.Nullable;

/**
 * A durable fact about a transaction, without the time at which it was recorded and the state that it left. The facts
 * of a transaction, folded in their order, give its state again (without payloads).
 */
public sealed interface Fact {
    /** Returns {@link Outcome#code} of the answer that this puts on record, or 0. */
    default int outcome() {
        return 0;
    }

    /** Returns what is told of it, for people. */
    default String detail() {
        return "";
    }

    /** A fact about one branch and one of its operations. */
    sealed interface OfBranch extends Fact {
        /** Its index in the plan. */
        int branch();

        default Role role() {
            return Role.FORWARD;
        }
    }

    /** A fact that a person or a client may have caused. */
    sealed interface ByActor extends Fact {
        /** Returns who acted; empty where the coordinator did. */
        String actor();
    }

    /**
     * The transaction was accepted.
     *
     * @param incarnation of the coordinator that accepted it; 0 if it is not known
     */
    record Accepted(long incarnation) implements Fact {}

    /**
     * A BEGUN or running transaction got one more branch.
     *
     * @param id the name of the branch
     */
    record Registered(int branch, String id) implements OfBranch {
        @Override
        public String detail() {
            return id;
        }
    }

    /** SCHEDULED became RUNNING. */
    record Started() implements Fact {}

    /**
     * A call was answered, timed out or broke.
     *
     * @param attempt the counted attempt that it ended, from 1; for "in progress" the number of those before
     * @param outcome {@link Outcome#code}
     * @param consequence what follows for the branch beyond the outcome
     * @param detail for people
     * @param rejection the participant's own code of its no; empty if it said none
     */
    record Called(
            int branch, Role role, int attempt, int outcome, Consequence consequence, String detail, String rejection)
            implements OfBranch {
        /** Without a code. */
        public Called(int branch, Role role, int attempt, int outcome, Consequence consequence, String detail) {
            this(branch, role, attempt, outcome, consequence, detail, "");
        }
    }

    /** The pivot's call may leave from here on. */
    record PivotCalled(int branch) implements OfBranch {}

    /**
     * The direction is settled.
     *
     * @param reason why it is undone, or null: it goes forward
     * @param detail for people
     */
    record Decided(@Nullable AbortReason reason, String actor, String detail) implements ByActor {}

    /**
     * It waits for an operator.
     *
     * @param detail for people
     */
    record Parked(ParkReason reason, String actor, String detail) implements ByActor {}

    /** The reason for which it was parked has gone away. */
    record Unparked(String actor, String detail) implements ByActor {}

    /** An operator lets attempts start anew. */
    record Retried(String actor, String detail) implements ByActor {}

    /** An operator allows one more attempt; those before stay counted. */
    record Resumed(String actor, String detail) implements ByActor {}

    /**
     * An operator stated what really happened to one operation.
     *
     * @param isResponseOnly whether it gave a response that others lacked, and the branch itself stays as it is
     */
    record Resolved(int branch, Role role, Truth truth, boolean isResponseOnly, String actor, String reason)
            implements OfBranch, ByActor {
        @Override
        public String detail() {
            return reason.isEmpty() ? truth.name() : truth + ": " + reason;
        }
    }

    /**
     * Another incarnation took over a row that may have calls under way.
     *
     * @param incarnation of the coordinator that took it over
     */
    record Adopted(long incarnation) implements Fact {}

    /**
     * The transaction has ended.
     *
     * @param reason why it was given up at once, or null
     * @param actor who ended it; with no reason, by force
     */
    record Finished(@Nullable AbortReason reason, String actor, String detail) implements ByActor {}

    /** A person is asked, and awaited. */
    record ApprovalAsked(int branch) implements OfBranch {}

    /** A person answered. */
    record ApprovalDecided(int branch, boolean isApproved, String actor, String detail) implements OfBranch, ByActor {
        @Override
        public int outcome() {
            return isApproved ? Outcome.SUCCEEDED : Outcome.REJECTED;
        }
    }

    /**
     * Nobody answered in time.
     *
     * @param decision what applies then
     */
    record ApprovalExpired(int branch, Approval.Expiry decision, String detail) implements OfBranch {
        @Override
        public int outcome() {
            return Outcome.UNKNOWN;
        }
    }

    /**
     * A delivery was given up.
     *
     * @param actor who gave it up, or whose unsubscribing did
     */
    record Dropped(int branch, String actor, String detail) implements OfBranch, ByActor {}

    /** The true state of one operation, as an operator states it. */
    enum Truth {
        DONE,
        NEVER_HAPPENED,
        UNDONE
    }
}
