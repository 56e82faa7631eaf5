package dev.entente.server.app;

import dev.entente.core.decision.Patience;
import dev.entente.server.api.ApiServer;
import dev.entente.server.participant.limit.Circuit;
import dev.entente.server.store.DatabaseSettings;
import java.time.Duration;

/**
 * The times that no setting changes; tests have others.
 *
 * @param database how long a request waits for a database that does not answer
 * @param connectionAge after which a connection to the API takes no new call
 * @param connect how long a call waits for a connection to its participant
 * @param patience how long a transaction goes on without anything that leads on
 */
record FixedTimes(Duration database, Duration connectionAge, Duration connect, Patience patience) {
    static final FixedTimes STANDARD =
            new FixedTimes(DatabaseSettings.PATIENCE, ApiServer.MAX_AGE, Circuit.CONNECT, Patience.STANDARD);
}
