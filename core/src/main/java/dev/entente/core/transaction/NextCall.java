package dev.entente.core.transaction;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The next call of the current operation of a branch: when the call may leave, and what delays it.
 *
 * @param notBefore null for at once
 * @param inProgressSince the time since which the operation has repeated its last outcome, "in progress" or
 *     "misconfigured"; or null
 * @param unsent why the last call has not left, or null: the call left, or there was no call
 * @param stuck why an operator must act first, or null
 * @param blockedBy the message that must be delivered before this one, as last seen; null where none is known
 */
public record NextCall(
        @Nullable Instant notBefore,
        @Nullable Instant inProgressSince,
        @Nullable Unsent unsent,
        @Nullable ParkReason stuck,
        @Nullable String blockedBy) {
    public static final NextCall FREE = new NextCall(null, null, null, null, null);

    /** Makes a call that leaves only after an operator's action. */
    static NextCall stuckFor(ParkReason reason) {
        return new NextCall(null, null, null, reason, null);
    }

    /** Removes every delay except the wait for another message. */
    NextCall freed() {
        return blockedBy == null ? FREE : new NextCall(null, null, null, null, blockedBy);
    }

    /** Returns the next call after an answer. The answer replaces the reasons that delayed earlier calls. */
    NextCall answered(@Nullable ParkReason nowStuck) {
        return nowStuck == null ? FREE : stuckFor(nowStuck);
    }

    /** Returns this call without the wait for another message. */
    NextCall unblocked() {
        return blockedBy == null ? this : behind(null, notBefore);
    }

    NextCall behind(@Nullable String head, @Nullable Instant askAgainAt) {
        return new NextCall(askAgainAt, inProgressSince, unsent, stuck, head);
    }

    NextCall unsent(@Nullable Instant tryAgainAt, Unsent why) {
        return new NextCall(tryAgainAt, inProgressSince, why, stuck, null);
    }

    NextCall waiting(@Nullable Instant until, @Nullable Instant nowInProgressSince) {
        return new NextCall(until, nowInProgressSince, unsent, stuck, blockedBy);
    }
}
