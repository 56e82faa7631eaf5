package dev.entente.client.call;

import io.grpc.Context;
import io.grpc.Deadline;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The time limits of a call: for each attempt, and for all attempts together. A deadline of the current gRPC context,
 * such as a server call's deadline, also limits them. Immutable.
 *
 * @param attempt the limit of one attempt, in addition to the wait that the coordinator was asked for
 * @param last the latest time at which an attempt may begin
 * @param all the time at which the last attempt must end
 * @param waited the time until which the coordinator is asked to wait before it answers
 */
public record CallDeadline(Duration attempt, Deadline last, Deadline all, Deadline waited) {
    /** The limit for the coordinator's response at the end of a wait. */
    private static final Duration ANSWER = Duration.ofSeconds(2);

    /** The longest wait of the coordinator in one request. */
    private static final Duration LONGEST_WAIT = Duration.ofMinutes(5);

    /**
     * Starts the limits now.
     *
     * @param retryFor the limit of all attempts, if there is no wait
     * @param wait how long the coordinator is asked to wait before it answers; zero for no wait. Attempts begin during
     *     the wait, and the last attempt may take 2 s beyond it.
     */
    public static CallDeadline of(Duration attempt, Duration retryFor, Duration wait) {
        return detached(attempt, retryFor, wait).within(Context.current().getDeadline());
    }

    /**
     * As {@link #of}, but without the current context's limit: for calls that must be made after the caller has
     * cancelled.
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

    /** Returns a copy that another deadline also limits; null for none. */
    public CallDeadline within(@Nullable Deadline outer) {
        return outer == null
                ? this
                : new CallDeadline(attempt, last.minimum(outer), all.minimum(outer), waited.minimum(outer));
    }

    /** Returns how long to ask the coordinator to wait in a request that starts now. */
    public Duration waitLeft() {
        Duration left = left(waited);
        return left.compareTo(LONGEST_WAIT) < 0 ? left : LONGEST_WAIT;
    }

    /** Returns the end of an attempt that begins now. */
    Deadline nextAttempt() {
        return all.minimum(after(attempt.plus(waitLeft())));
    }

    /** Returns for how long attempts may still begin; zero after that time. */
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
