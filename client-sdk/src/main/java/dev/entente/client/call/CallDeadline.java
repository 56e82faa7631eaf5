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
 * @param last when the last attempt begins
 * @param all when the last attempt ends
 * @param waited until when the coordinator is asked to wait before it answers
 */
public record CallDeadline(Duration attempt, Deadline last, Deadline all, Deadline waited) {
    /** How long the answer may take that a coordinator gives at the end of a wait. */
    private static final Duration ANSWER = Duration.ofSeconds(2);

    /** How long the coordinator waits at most for one request. */
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(5);

    /**
     * Counts from now on.
     *
     * @param retryFor how long all attempts may take, where there is no wait
     * @param wait how long the coordinator is asked to wait before it answers; zero for not at all. Attempts begin as
     *     long as it lasts, and the last may take 2 s beyond it.
     */
    public static CallDeadline of(Duration attempt, Duration retryFor, Duration wait) {
        return detached(attempt, retryFor, wait).within(Context.current().getDeadline());
    }

    /**
     * As {@link #of}, but not bounded by the current context: for what must be said although nobody waits for us any
     * more.
     */
    public static CallDeadline detached(Duration attempt, Duration retryFor, Duration wait) {
        Deadline waited = after(wait);
        if (wait.isZero()) {
            Deadline all = after(retryFor);
            return new CallDeadline(attempt, all, all, waited);
        }
        Duration answer = retryFor.compareTo(ANSWER) < 0 ? retryFor : ANSWER;
        return new CallDeadline(attempt, waited, after(wait.plus(answer)), waited);
    }

    /** The same, bounded by another deadline; null for none. */
    public CallDeadline within(@Nullable Deadline outer) {
        return outer == null
                ? this
                : new CallDeadline(attempt, last.minimum(outer), all.minimum(outer), waited.minimum(outer));
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

    /** How long attempts may begin from now on; zero once that is over. */
    public Duration left() {
        return left(last);
    }

    private static Duration left(Deadline deadline) {
        return Duration.ofNanos(Math.max(0, deadline.timeRemaining(TimeUnit.NANOSECONDS)));
    }

    private static Deadline after(Duration duration) {
        return Deadline.after(duration.toNanos(), TimeUnit.NANOSECONDS);
    }
}
