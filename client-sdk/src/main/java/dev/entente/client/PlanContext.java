package dev.entente.client;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What the plans of one client have in common. Thread-safe.
 *
 * @param coordinator where they are submitted
 * @param gids makes the id of a plan that was given none
 * @param timeout how long one attempt of a call may take, where the plan does not say; null for the coordinator's
 * @param retry how often calls are attempted, where the plan does not say; null for the coordinator's
 */
record PlanContext(
        CoordinatorClient coordinator,
        Gids gids,
        @Nullable Duration timeout,
        @Nullable Retry retry) {}
