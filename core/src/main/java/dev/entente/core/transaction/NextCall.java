package dev.entente.core.transaction;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The next call of the operation that a branch is at: when it may leave, and what keeps it back.
 *
 * @param notBefore null for at once
 * @param inProgressSince since when the operation answers nothing but its last outcome, which is "in progress" or
 *     "misconfigured"; or null
 * @param unsent why the last call has not left, or null: it has, or none was made
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

    /** Makes a call that only an operator lets leave. */
    static NextCall stuckFor(ParkReason reason) {
        return new NextCall(null, null, null, reason, null);
    }

    /** Free of whatever kept it back, but another message. */
    NextCall freed() {
        return blockedBy == null ? FREE : new NextCall(null, null, null, null, blockedBy);
    }

    /** After an answer, which takes the place of what kept earlier calls back. */
    NextCall answered(@Nullable ParkReason nowStuck) {
        return nowStuck == null ? FREE : stuckFor(nowStuck);
    }

    /** Behind no other message any more. */
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
