package dev.entente.simulation.reference;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Something that was seen of one transaction from outside its coordinators. Times in milliseconds. */
public sealed interface Observation {
    long at();

    /**
     * A coordinator's call left.
     *
     * @param until when nobody waits for its answer any more
     */
    record Left(long at, long coordinator, String branch, String operation, long until) implements Observation {}

    /** A call did not leave for want of a connection. */
    record Unreached(long at, String branch, String operation) implements Observation {}

    /**
     * A coordinator heard what became of its call.
     *
     * @param tried the children that a parent's answer names (trailer {@code entente-tried}), or null where there is no
     *     such trailer
     */
    record Heard(
            long at,
            long coordinator,
            String branch,
            String operation,
            AnswerKind kind,
            @Nullable Set<String> tried) implements Observation {}

    /** A branch is registered, durably. */
    record Joined(long at, RulePlan.Branch branch) implements Observation {}

    /** The transaction of a step that is one is accepted, durably. */
    record ChildAccepted(long at, String branch) implements Observation {}

    /** Somebody asks for something; it may take effect from now on. */
    record Asked(long at, int number, Request request) implements Observation {}

    /** The answer to {@link Asked}: it has taken effect, or never will. */
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
     * @param found how the row stood
     */
    record Claimed(long at, long coordinator, Found found) implements Observation {}

    /** How a row stood that a coordinator claims. */
    enum Found {
        /** No coordinator had run it. */
        NEVER_RUN,
        /** Its last holder had put it to rest: all that ever left of it is on record. */
        AT_REST,
        /** Calls may have left that are not on record. */
        RUNNING
    }

    /** From now on a coordinator's clock may be wrong by so much: its machine slept. */
    record ClocksApart(long at, long millis) implements Observation {}

    /** A delivery is the first of its lane. */
    record FirstOfLane(long at, String branch) implements Observation {}
}
