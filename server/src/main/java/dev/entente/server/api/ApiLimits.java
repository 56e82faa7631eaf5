package dev.entente.server.api;

import dev.entente.core.plan.Limits;
import io.grpc.Context;
import io.grpc.Deadline;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * The limits of the services.
 *
 * @param retention how long finished transactions are known
 * @param approvesOnExpiry whether a plan may say that nobody's answer is a yes
 */
public record ApiLimits(Limits limits, Duration retention, boolean approvesOnExpiry) {

    /** Translations and acts on many under way at one time, and what these ask of the database beside them. */
    public static final int MAX_QUERIES = 64;

    /** Returns for how many whole seconds the caller of the current call waits; a large number where that is not said. */
    public static int secondsLeft() {
        Deadline deadline = Context.current().getDeadline();
        return deadline == null
                ? Integer.MAX_VALUE
                : (int) Math.min(Integer.MAX_VALUE, deadline.timeRemaining(TimeUnit.SECONDS));
    }
}
