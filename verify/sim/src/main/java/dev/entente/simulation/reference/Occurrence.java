package dev.entente.simulation.reference;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Something that was seen of one transaction from outside its coordinators. Times in milliseconds. */
public sealed interface Occurrence {
    long at();

    /**
     * A coordinator's call left.
     *
     * @param until when nobody waits for its answer any more
     */
    record Left(long at, long coordinator, String branch, String operation, long until) implements Occurrence {}

    /** A call did not leave for want of a connection. */
    record Unreached(long at, String branch, String operation) implements Occurrence {}

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
            @Nullable Set<String> tried) implements Occurrence {}

    /** A branch is registered, durably. */
    record Joined(long at, Blueprint.Limb limb) implements Occurrence {}

    /** The transaction of a step that is one is accepted, durably. */
    record ChildAccepted(long at, String branch) implements Occurrence {}

    /** Somebody asks for something; it may take effect from now on. */
    record Asked(long at, int number, Deed deed) implements Occurrence {}

    /** The answer to {@link Asked}: it has taken effect, or never will. */
    record Replied(long at, int number, boolean isOk) implements Occurrence {}

    /**
     * A coordinator's write is durable.
     *
     * @param takes whether the coordinator did not hold the row before
     */
    record Written(long at, long coordinator, boolean takes, StoredRecord stored) implements Occurrence {}

    /**
     * A coordinator claimed the row.
     *
     * @param found how the row stood
     */
    record Claimed(long at, long coordinator, Found found) implements Occurrence {}

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
    record ClocksApart(long at, long millis) implements Occurrence {}

    /** A delivery is the first of its lane. */
    record FirstOfLane(long at, String branch) implements Occurrence {}
}
