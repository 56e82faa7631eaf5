package dev.entente.server.store;

import java.time.Duration;
import java.util.function.Supplier;

/**
 * The address of the database, and the settings for its use.
 *
 * @param jdbcUrl {@code jdbc:postgresql://…}; several hosts and every pgjdbc parameter are allowed
 * @param secret returns the password for the next connection
 * @param poolSize connections for reads and claims, ≥ 2; about five more serve the writer, renewals, the process's
 *     lock, vacuum and counts, and up to three serve queries of people
 * @param isReplicationSynchronous whether a failover never loses an acknowledged commit: then a failover parks nothing
 * @param timeout the time that a request waits for a database that does not answer, before the request is refused
 */
public record DatabaseSettings(
        String jdbcUrl,
        String user,
        Supplier<String> secret,
        int poolSize,
        boolean isReplicationSynchronous,
        Duration timeout) {

    public static final Duration TIMEOUT = Duration.ofSeconds(2);

    /** Returns settings with a pool of 8, replication that may lose commits, and a timeout of two seconds. */
    public static DatabaseSettings of(String jdbcUrl, String user, String password) {
        return new DatabaseSettings(jdbcUrl, user, () -> password, 8, false, TIMEOUT);
    }

    /** Returns the password for the next connection. */
    public String password() {
        return secret.get();
    }

    /** Returns the settings without the password. */
    @Override
    public String toString() {
        return "DatabaseSettings[" + DatabaseUrl.shown(jdbcUrl) + " as " + user + ", pool of " + poolSize + "]";
    }
}
