package dev.entente.client;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The common settings of the plans of one client. Thread-safe.
 *
 * @param coordinator the coordinator that accepts the plans
 * @param gids makes the id of a plan without an id
 * @param timeout of one attempt of a call, if the plan has none; null for the coordinator's default
 * @param retry the attempts of a call, if the plan has none; null for the coordinator's default
 */
record PlanContext(
        CoordinatorClient coordinator,
        Gids gids,
        @Nullable Duration timeout,
        @Nullable Retry retry) {}
