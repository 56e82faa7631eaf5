package dev.entente.outbox.presence;

import dev.entente.jdbc.Dialect;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;

/**
 * Statements that show which relays run, in the SQL of one database. A relay holds a lock that ends with its session
 * and with nothing else; no clock is asked. Thread-safe.
 */
public sealed interface PresenceStatements permits PostgresPresence, MariaPresence {
    /** Those of PostgreSQL. */
    PresenceStatements POSTGRES = new PostgresPresence();
    /** Those of MariaDB and MySQL. */
    PresenceStatements MARIADB = new MariaPresence();

    /**
     * Locks a relay's row, the number of which is its parameter, on PostgreSQL. Another relay that frees its messages
     * waits until this transaction has ended.
     */
    String IS_REGISTERED = "select 1 from entente_outbox_relay where id = ? for key share";

    /** Returns those that the database behind a connection understands. */
    static PresenceStatements of(Connection connection) throws SQLException {
        return Dialect.of(connection) == Dialect.MARIADB ? MARIADB : POSTGRES;
    }

    /**
     * Begins to hold locks on a connection.
     *
     * @param idleMillis after which the database ends the session of a process that says nothing
     * @param statementMillis for one statement, where the database can bound it
     */
    void begin(Connection connection, long idleMillis, long statementMillis) throws SQLException;

    /** Lets go of all locks. */
    void end(Connection connection) throws SQLException;

    /** The answer to a request for the lock of a number. */
    record Lock(boolean isOurs, boolean isRegistered) {}

    /** Asks for the lock of a relay's number, without waiting for it. */
    Lock lock(Connection connection, long relay) throws SQLException;

    /** Takes over the locks of those that have ended, and with them the duty to free what they had. */
    List<Long> dead(Connection connection, long relay) throws SQLException;

    /** Adds the relay to those that may claim; does nothing if it is one of them. */
    void register(Connection connection, long relay) throws SQLException;

    /** Frees whatever these relays had. Reads the whole table. */
    void free(Connection connection, Collection<Long> dead) throws SQLException;

    /** For a relay that has given everything back. */
    void deregister(Connection connection, long relay) throws SQLException;
}
