package dev.entente.core.transaction;

import org.jspecify.annotations.Nullable;

/**
 * A durable fact about a transaction, without its time and without the state after it. Folding the facts in order gives
 * the state of the transaction (without payloads).
 */
public sealed interface Fact {
    /** Returns {@link Outcome#code} of the answer that this fact records, or 0. */
    default int outcome() {
        return 0;
    }

    /** Returns the details of the fact, for people. */
    default String detail() {
        return "";
    }

    /** A fact about one branch and one of its operations. */
    sealed interface OfBranch extends Fact {
        /** Returns the index of the branch in the plan. */
        int branch();

        default Role role() {
            return Role.FORWARD;
        }
    }

    /** A fact that a person or a client may have caused. */
    sealed interface ByActor extends Fact {
        /** Returns the principal that acted; empty for the coordinator. */
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
     * A call ended: with an answer, a timeout or a broken connection.
     *
     * @param attempt the counted attempt that the call ended, from 1; for "in progress" the number of earlier attempts
     * @param outcome {@link Outcome#code}
     * @param consequence the effect on the branch beyond the outcome
     * @param detail for people
     * @param rejection the participant's own code of its rejection; empty if there is none
     */
    record Called(
            int branch, Role role, int attempt, int outcome, Consequence consequence, String detail, String rejection)
            implements OfBranch {
        /** Makes the fact without a rejection code. */
        public Called(int branch, Role role, int attempt, int outcome, Consequence consequence, String detail) {
            this(branch, role, attempt, outcome, consequence, detail, "");
        }
    }

    /** The pivot's call may leave after this fact. */
    record PivotCalled(int branch) implements OfBranch {}

    /**
     * The direction is decided.
     *
     * @param reason why the transaction is undone, or null: it goes forward
     * @param detail for people
     */
    record Decided(@Nullable AbortReason reason, String actor, String detail) implements ByActor {}

    /**
     * The transaction waits for an operator.
     *
     * @param detail for people
     */
    record Parked(ParkReason reason, String actor, String detail) implements ByActor {}

    /** The park reason no longer applies. */
    record Unparked(String actor, String detail) implements ByActor {}

    /** An operator restarts the count of attempts. */
    record Retried(String actor, String detail) implements ByActor {}

    /** An operator allows one more attempt; earlier attempts stay counted. */
    record Resumed(String actor, String detail) implements ByActor {}

    /**
     * An operator stated the true result of one operation.
     *
     * @param isResponseOnly whether the operator gave only a response for other branches; the branch's state stays
     */
    record Resolved(int branch, Role role, Truth truth, boolean isResponseOnly, String actor, String reason)
            implements OfBranch, ByActor {
        @Override
        public String detail() {
            return reason.isEmpty() ? truth.name() : truth + ": " + reason;
        }
    }

    /**
     * Another incarnation took over a row that may have calls in flight.
     *
     * @param incarnation of the coordinator that took over the row
     */
    record Adopted(long incarnation) implements Fact {}

    /**
     * The transaction is finished.
     *
     * @param reason why the transaction was given up at once, or null
     * @param actor the principal that finished it; an actor without a reason means a force-finish
     */
    record Finished(@Nullable AbortReason reason, String actor, String detail) implements ByActor {}

    /** An approval is requested, and the transaction waits for the answer. */
    record ApprovalAsked(int branch) implements OfBranch {}

    /** An approver answered. */
    record ApprovalDecided(int branch, boolean isApproved, String actor, String detail) implements OfBranch, ByActor {
        @Override
        public int outcome() {
            return isApproved ? Outcome.SUCCEEDED : Outcome.REJECTED;
        }
    }

    /**
     * An approval expired without an answer.
     *
     * @param decision the decision that applies then
     */
    record ApprovalExpired(int branch, Approval.Expiry decision, String detail) implements OfBranch {
        @Override
        public int outcome() {
            return Outcome.UNKNOWN;
        }
    }

    /**
     * A delivery is dropped.
     *
     * @param actor the principal that dropped the delivery, or that removed the subscription
     */
    record Dropped(int branch, String actor, String detail) implements OfBranch, ByActor {}

    /** The true state of one operation, stated by an operator. */
    enum Truth {
        DONE,
        NEVER_HAPPENED,
        UNDONE
    }
}
