package dev.entente.core.decision;

import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Role;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** An event of a transaction that is held in memory. */
public sealed interface Event {

    /** Look what is to be done now: after the accept became durable, or when a time has come. */
    record Proceed() implements Event {}

    /**
     * The row was taken over.
     *
     * @param isClean whether it was at rest: what stands in it is all that was ever called
     * @param adoptions claims without progress, this one included
     */
    record Claimed(long incarnation, boolean isClean, int adoptions) implements Event {}

    /** A call ended. */
    record CallFinished(int branch, Role role, Outcome outcome) implements Event {}

    /** All deliveries before that one have ended. */
    record TurnCame(int branch) implements Event {}

    /**
     * Another message must be delivered before that branch is.
     *
     * @param head that message, or null if it is not known
     * @param askAgainAfter when the engine is to be asked again; null while it goes on looking
     */
    record Blocked(
            int branch, @Nullable String head, @Nullable Duration askAgainAfter) implements Event {}

    /**
     * The write under way is durable.
     *
     * @param rev the row's rev after it
     */
    record Written(long rev) implements Event {}

    /** Progress that nobody waits for has been volatile for long enough. */
    record FlushDue() implements Event {}

    /** Finish no more than is in flight: this coordinator shuts down. */
    record DrainDue() implements Event {}

    /**
     * Somebody asks for something. One at a time: the next act comes after this one was answered.
     *
     * @param since when it was first offered, if it had to wait and is offered again; else null
     */
    record Acted(Act act, @Nullable Instant since) implements Event {}
}
