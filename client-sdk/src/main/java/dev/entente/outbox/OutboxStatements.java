package dev.entente.outbox;

import dev.entente.jdbc.Dialect;
import dev.entente.outbox.presence.PresenceStatements;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The statements of the outbox, in the SQL of one database. Each works within the connection's current transaction.
 * Thread-safe.
 */
sealed interface OutboxStatements permits PostgresOutbox, MariaOutbox {
    OutboxStatements POSTGRES = new PostgresOutbox();
    OutboxStatements MARIADB = new MariaOutbox();

    /** Returns those that the database behind a connection understands. */
    static OutboxStatements of(Connection connection) throws SQLException {
        return of(Dialect.of(connection));
    }

    static OutboxStatements of(Dialect dialect) {
        return dialect == Dialect.MARIADB ? MARIADB : POSTGRES;
    }

    /** Returns the statements about relays that run. */
    PresenceStatements presence();

    /** Tells whether a transaction that enqueued can wake relays at its commit. */
    boolean notifies();

    /** Inserts a message behind all that its key has by then. */
    void enqueue(Connection connection, OutboxMessage message, String id, boolean wakesRelays) throws SQLException;

    /**
     * Begins a relay's round.
     *
     * @param longest for a statement, and for a pause between two, where the database can bound them
     * @return whether the relay may claim; until this transaction ends nobody frees what it has
     */
    boolean begin(Connection connection, long relay, Duration longest) throws SQLException;

    /** Begins an operator's act. */
    void beginAct(Connection connection) throws SQLException;

    /** Lets the commit of this transaction be forgotten by a database that crashes. */
    void letGo(Connection connection) throws SQLException;

    /**
     * Locks what is due, for each destination as many as there is room for.
     *
     * @param rooms of destinations that have another room than {@code roomElsewhere}
     */
    List<ClaimStatements.Due> due(Connection connection, Map<String, Integer> rooms, int roomElsewhere)
            throws SQLException;

    /** Names the relay in rows that {@link #due} has locked, and reads them. */
    List<Claimed> take(Connection connection, long relay, Collection<String> ids) throws SQLException;

    /** Reads those right behind the claimed ones of their keys, {@code limit} in all, about as many of each. */
    List<Claimed> followers(Connection connection, List<Claimed> first, int limit) throws SQLException;

    /** Makes the due rows behind the first one of each key wait. */
    void makeOthersWait(Connection connection, Collection<String> keys) throws SQLException;

    /**
     * The first of these keys were taken away, or may have been: whatever is first now, and waits for nothing else, is
     * due.
     *
     * @return whether a key may have been noted
     */
    boolean passOn(Connection connection, Collection<String> keys) throws SQLException;

    /**
     * Looks again at the keys that were noted, as far as nobody enqueues for them any more.
     *
     * @return whether any is left
     */
    boolean recheck(Connection connection) throws SQLException;

    /**
     * Moves messages of this relay to those that have ended.
     *
     * @param relay 0 for parked ones, which no relay has
     * @param end how they ended
     */
    void gone(Connection connection, long relay, Collection<String> ids, SettleStatements.End end) throws SQLException;

    /** Records attempts that failed. */
    void failed(Connection connection, long relay, List<SettleStatements.Failed> failures) throws SQLException;

    /** Frees rows that name this relay, undelivered. */
    void giveBack(Connection connection, long relay, Collection<String> ids) throws SQLException;

    /** Counts what waits, exactly up to a bound. */
    Backlog backlog(Connection connection) throws SQLException;

    /** Deletes at most {@code limit} records of messages that ended longer ago, and returns how many. */
    int purge(Connection connection, Duration age, int limit) throws SQLException;

    /** Returns how long until something is due that is not yet; {@code longest} if nothing is by then. */
    Duration untilNextDue(Connection connection, Duration longest) throws SQLException;

    /** Reads those parked longest. */
    List<ParkedMessage> parked(Connection connection, int limit) throws SQLException;

    /** Makes a parked message due, with all its attempts before it; false if it is not parked. */
    boolean retry(Connection connection, String id) throws SQLException;

    /** Makes those due that are parked longest, and returns how many. */
    int retryAll(Connection connection, int limit) throws SQLException;

    /** Locks a parked message; empty if it is not parked. */
    Optional<ParkedMessages.Locked> lockParked(Connection connection, String id) throws SQLException;

    /** Wakes relays at the commit, where that is possible. */
    void wake(Connection connection) throws SQLException;
}
