package dev.entente.server.store.writer;

import dev.entente.server.store.AliveLock;
import dev.entente.server.store.Database;
import dev.entente.server.store.PoolerCheck;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The advisory lock that shows that the process of an incarnation is alive, held by an idle connection. A thread always
 * listens on the connection, so that the end of the connection is known as soon as the server reports it. Each second
 * the thread checks that the session is unchanged. Thread-safe.
 */
final class SessionLock implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SessionLock.class);
    /** The time without a message after which the server is asked for a sign of life. */
    private static final int LISTEN_MILLIS = 1000;

    private static final int ANSWER_SECONDS = 5;

    private final Connection connection;
    private final int backend;
    private final Runnable onLost;
    private volatile boolean isLost;
    private volatile boolean isClosed;

    private SessionLock(Connection connection, int backend, Runnable onLost) {
        this.connection = connection;
        this.backend = backend;
        this.onLost = onLost;
    }

    /**
     * Takes the lock in a separate session, in place of the previous lock. Blocks.
     *
     * @param before the previous lock, or null; if the server has not noticed its broken connection, its backend is
     *     ended
     * @param onLost called once if the connection ends other than by {@link #close}; on a thread of this lock
     * @throws SQLException if the database does not answer, or an earlier connection still has the lock: try again
     */
    static SessionLock take(Database database, long incarnation, @Nullable SessionLock before, Runnable onLost)
            throws SQLException {
        if (before != null) {
            before.close();
        }
        Connection connection = database.connect("alive", ANSWER_SECONDS);
        try {
            PoolerCheck.require(database, connection);
            if (!tryLock(connection, incarnation)) {
                if (before != null) {
                    before.endBackend(connection);
                }
                throw new SQLException(
                        "the session lock of incarnation " + incarnation + " is still held by an earlier connection",
                        "55P03");
            }
            SessionLock lock = new SessionLock(connection, PoolerCheck.backend(connection), onLost);
            Thread.ofVirtual().name("entente-alive").start(lock::listen);
            return lock;
        } catch (SQLException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    private static boolean tryLock(Connection connection, long incarnation) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("select pg_try_advisory_lock(?, ?)")) {
            statement.setInt(1, AliveLock.SPACE);
            statement.setInt(2, AliveLock.key(incarnation));
            try (ResultSet row = statement.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        }
    }

    /** Ends the backend only if it still holds such a lock, because process ids are reused. */
    private void endBackend(Connection other) throws SQLException {
        try (PreparedStatement statement = other.prepareStatement("""
            select pg_terminate_backend(l.pid) from pg_locks l
            where l.locktype = 'advisory' and l.granted and l.objsubid = 2 and l.classid = ?::bigint::oid and l.pid = ?\
            """)) {
            statement.setLong(1, AliveLock.SPACE);
            statement.setInt(2, backend);
            statement.execute();
        }
    }

    /** Reads until the connection ends. It listens to no channel, so any message is the last one of the server. */
    private void listen() {
        try {
            PGConnection server = connection.unwrap(PGConnection.class);
            while (!isClosed) {
                server.getNotifications(LISTEN_MILLIS);
                if (!isClosed && PoolerCheck.backend(connection) != backend) {
                    throw new SQLException("a pooler has switched to another session");
                }
            }
        } catch (SQLException | RuntimeException | Error ended) {
            lose(ended); // any failure: no other code notices the loss of the lock
        }
    }

    private void lose(Throwable why) {
        if (!isClosed && !isLost) {
            isLost = true;
            LOG.warn(
                    "the connection that holds this coordinator's session lock ended ({}): no call starts until the"
                            + " connection is open again",
                    why.getMessage());
            onLost.run();
        }
    }

    /** Returns whether the connection is known to have ended. */
    boolean isLost() {
        return isLost;
    }

    /** Releases the lock, so that a successor may take over at once. */
    @Override
    public void close() {
        isClosed = true;
        try {
            // close() would wait for the listening thread.
            connection.abort(Runnable::run);
        } catch (SQLException e) {
            LOG.debug("closing a broken connection: {}", e.getMessage());
        }
    }
}
