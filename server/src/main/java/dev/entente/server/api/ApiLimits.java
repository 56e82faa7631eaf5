package dev.entente.server.api;

import dev.entente.core.plan.Limits;
import java.time.Duration;

/**
 * The limits of the services.
 *
 * @param retention how long finished transactions are known
 * @param approvesOnExpiry whether a plan may say that nobody's answer is a yes
 */
public record ApiLimits(Limits limits, Duration retention, boolean approvesOnExpiry) {

    /** Translations and acts on many under way at one time, and lists and counts beside them. */
    public static final int MAX_QUERIES = 64;
}
