package dev.entente.core.decision;

import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Role;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** An event of a transaction that is held in memory. */
public sealed interface Event {

    /** Checks for work now: after the accept became durable, or at a planned time. */
    record Proceed() implements Event {}

    /**
     * A takeover of the row.
     *
     * @param isClean whether the row was at rest: every call that was ever made is in the row
     * @param adoptions claims without progress, this one included
     */
    record Claimed(long incarnation, boolean isClean, int adoptions) implements Event {}

    /** A call ended. */
    record CallFinished(int branch, Role role, Outcome outcome) implements Event {}

    /** All deliveries before that delivery are finished. */
    record PositionReached(int branch) implements Event {}

    /**
     * Another message must be delivered before that branch.
     *
     * @param head that message, or null if it is not known
     * @param askAgainAfter when to ask the engine again; null while the engine keeps checking
     */
    record Blocked(
            int branch, @Nullable String head, @Nullable Duration askAgainAfter) implements Event {}

    /**
     * The write in progress is durable.
     *
     * @param rev the row's rev after the write
     */
    record Written(long rev) implements Event {}

    /** Progress without a waiting caller has been volatile for long enough. */
    record FlushDue() implements Event {}

    /** Starts the drain: this coordinator shuts down, and only waits for the calls in flight. */
    record DrainDue() implements Event {}

    /**
     * A client or an operator sends a request. The next request comes only after the answer to this one.
     *
     * @param since when a deferred request was first offered; otherwise null
     */
    record Acted(TransactionRequest act, @Nullable Instant since) implements Event {}
}
