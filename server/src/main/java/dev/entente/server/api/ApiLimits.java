package dev.entente.server.api;

import dev.entente.core.plan.Limits;
import io.grpc.Context;
import io.grpc.Deadline;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * The limits of the services.
 *
 * @param retention how long finished transactions are kept
 * @param approvesOnExpiry whether a plan may define that an approval without an answer counts as approved
 */
public record ApiLimits(Limits limits, Duration retention, boolean approvesOnExpiry) {

    /** The limit of concurrent translations and bulk operations, and of their concurrent database queries. */
    public static final int MAX_QUERIES = 64;

    /** Returns the remaining time of the current call in whole seconds; a large number without a deadline. */
    public static int secondsLeft() {
        Deadline deadline = Context.current().getDeadline();
        return deadline == null
                ? Integer.MAX_VALUE
                : (int) Math.min(Integer.MAX_VALUE, deadline.timeRemaining(TimeUnit.SECONDS));
    }
}
