package dev.entente.core.decision;

import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Role;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** An event for a transaction in memory. */
public sealed interface Event {

    /** A check for work: after the accept became durable, or at a planned time. */
    record Proceed() implements Event {}

    /**
     * A takeover of the row.
     *
     * @param isClean whether the row was at rest, so that it records every call that was ever made
     * @param adoptions the number of claims without progress, including this claim
     */
    record Claimed(long incarnation, boolean isClean, int adoptions) implements Event {}

    /** A call ended. */
    record CallFinished(int branch, Role role, Outcome outcome) implements Event {}

    /** All earlier deliveries in the queue are finished. */
    record PositionReached(int branch) implements Event {}

    /**
     * Another message must be delivered before the delivery of this branch.
     *
     * @param head the gid of that message, or null if it is not known
     * @param askAgainAfter the time after which to ask the engine again; null while the engine keeps checking
     */
    record Blocked(
            int branch, @Nullable String head, @Nullable Duration askAgainAfter) implements Event {}

    /**
     * The write in progress is durable.
     *
     * @param rev the row's rev after the write
     */
    record Written(long rev) implements Event {}

    /** Progress that no caller waits for has been volatile for the maximum time. */
    record FlushDue() implements Event {}

    /** The start of the drain: this coordinator shuts down, and only waits for the calls in flight. */
    record DrainDue() implements Event {}

    /**
     * A request of a client or an operator. The next request comes after the answer to this request; only a request
     * that overtakes a deferred request comes earlier.
     *
     * @param since the time at which a deferred request was first offered; otherwise null
     */
    record Acted(TransactionRequest act, @Nullable Instant since) implements Event {}
}
