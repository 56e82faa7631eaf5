package dev.entente.server.app;

import dev.entente.core.decision.NoProgressLimits;
import dev.entente.server.api.ApiServer;
import dev.entente.server.participant.limit.Circuit;
import dev.entente.server.store.DatabaseSettings;
import java.time.Duration;

/**
 * Durations that no setting changes; only tests use other values.
 *
 * @param database how long a request waits for an unresponsive database
 * @param connections the times of connections to the API
 * @param connect how long a call waits for a connection to its participant
 * @param noProgress how long a transaction continues without progress
 */
record FixedTimes(
        Duration database, ApiServer.ConnectionTimes connections, Duration connect, NoProgressLimits noProgress) {
    static final FixedTimes STANDARD = new FixedTimes(
            DatabaseSettings.TIMEOUT, ApiServer.ConnectionTimes.STANDARD, Circuit.CONNECT, NoProgressLimits.STANDARD);
}
