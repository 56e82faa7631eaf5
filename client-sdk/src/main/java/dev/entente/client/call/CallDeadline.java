package dev.entente.client.call;

import io.grpc.Context;
import io.grpc.Deadline;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How long a call may take: each attempt, and all of them together. Where the current gRPC context has a deadline, as
 * inside a server's call, that bounds them too. Immutable.
 *
 * @param attempt how long one attempt may take beyond what the coordinator was asked to wait
 * @param all when the last attempt ends
 * @param waited until when the coordinator is asked to wait before it answers
 */
public record CallDeadline(Duration attempt, Deadline all, Deadline waited) {
    /** How long the coordinator waits at most for one request. */
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(5);

    /**
     * Counts from now on.
     *
     * @param retryFor how long all attempts may take, beyond what the coordinator is asked to wait
     * @param wait how long the coordinator is asked to wait before it answers
     */
    public static CallDeadline of(Duration attempt, Duration retryFor, Duration wait) {
        return detached(attempt, retryFor, wait).within(Context.current().getDeadline());
    }

    /**
     * As {@link #of}, but not bounded by the current context: for what must be said although nobody waits for us any
     * more.
     */
    public static CallDeadline detached(Duration attempt, Duration retryFor, Duration wait) {
        return new CallDeadline(attempt, after(retryFor.plus(wait)), after(wait));
    }

    /** The same, bounded by another deadline; null for none. */
    public CallDeadline within(@Nullable Deadline outer) {
        return outer == null ? this : new CallDeadline(attempt, all.minimum(outer), waited.minimum(outer));
    }

    /** How long the coordinator is asked to wait from now on, in one request. */
    public Duration waitLeft() {
        Duration left = left(waited);
        return left.compareTo(LONGEST_WAIT) < 0 ? left : LONGEST_WAIT;
    }

    /** When an attempt has to end that begins now. */
    Deadline nextAttempt() {
        return all.minimum(after(attempt.plus(waitLeft())));
    }

    /** How long it is until the last attempt ends; zero once that is over. */
    public Duration left() {
        return left(all);
    }

    private static Duration left(Deadline deadline) {
        return Duration.ofNanos(Math.max(0, deadline.timeRemaining(TimeUnit.NANOSECONDS)));
    }

    private static Deadline after(Duration duration) {
        return Deadline.after(duration.toNanos(), TimeUnit.NANOSECONDS);
    }
}
