package dev.entente.simulation.reference;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/** An event of one transaction that is visible outside its coordinators. Times in milliseconds. */
public sealed interface Observation {
    long at();

    /**
     * A coordinator's call left.
     *
     * @param until the time at which the coordinator stops waiting for the answer
     */
    record Left(long at, long coordinator, String branch, String operation, long until) implements Observation {}

    /** A call did not leave because there was no connection. */
    record NeverCalled(long at, String branch, String operation) implements Observation {}

    /**
     * A coordinator received the result of its call.
     *
     * @param tried the children that a parent's answer names (trailer {@code entente-tried}), or null without this
     *     trailer
     */
    record Received(
            long at,
            long coordinator,
            String branch,
            String operation,
            OutcomeKind kind,
            @Nullable Set<String> tried) implements Observation {}

    /** A branch was registered durably. */
    record Joined(long at, RulePlan.Branch branch) implements Observation {}

    /** The child transaction of a step was accepted durably. */
    record ChildAccepted(long at, String branch) implements Observation {}

    /** A client or an operator sent a request, which may take effect from now on. */
    record Asked(long at, int number, Request request) implements Observation {}

    /** The answer to {@link Asked}: the request has taken effect, or never will. */
    record Replied(long at, int number, boolean isOk) implements Observation {}

    /**
     * A coordinator's write is durable.
     *
     * @param takes whether the coordinator did not hold the row before
     */
    record Written(long at, long coordinator, boolean takes, StoredRecord stored) implements Observation {}

    /**
     * A coordinator claimed the row.
     *
     * @param found the state of the row before the claim
     */
    record Claimed(long at, long coordinator, Found found) implements Observation {}

    /** The state of a row that a coordinator claims. */
    enum Found {
        /** No coordinator had run the transaction. */
        NEVER_RUN,
        /** The last holder released the row at rest: all calls that ever left are on record. */
        AT_REST,
        /** Calls may have left that are not on record. */
        RUNNING
    }

    /** The machine of a coordinator slept: its clock may be wrong by that amount from now on. */
    record ClocksApart(long at, long millis) implements Observation {}

    /** A delivery is the first of its queue. */
    record FirstInQueue(long at, String branch) implements Observation {}
}
