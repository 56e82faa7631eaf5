package dev.entente.server.store.writer;

import dev.entente.server.store.AliveLock;
import dev.entente.server.store.Database;
import dev.entente.server.store.OwnSession;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The advisory lock that says that the process of an incarnation lives: held by an idle connection for as long as it
 * lasts. Somebody listens on that connection all the time, so that its end is known here as soon as the server's word
 * of it arrives; each second it is asked whether it is still the same session. Thread-safe.
 */
final class SessionLock implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SessionLock.class);
    /** The time without news after which the server is asked whether it is still there. */
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
     * Takes the lock in a session of its own, instead of the one before. Blocks.
     *
     * @param before the lock as it was held; where the server has not noticed that its connection is broken, its
     *     backend is ended
     * @param onLost told once if the connection ends otherwise than by {@link #close}; on a thread of this lock
     * @throws SQLException if the database does not answer, or still has it from an earlier connection: try again
     */
    static SessionLock take(Database database, long incarnation, @Nullable SessionLock before, Runnable onLost)
            throws SQLException {
        if (before != null) {
            before.close();
        }
        Connection connection = database.connect("alive", ANSWER_SECONDS);
        try {
            OwnSession.require(database, connection);
            if (!tryLock(connection, incarnation)) {
                if (before != null) {
                    before.endBackend(connection);
                }
                throw new SQLException(
                        "the session lock of incarnation " + incarnation + " is still held by an earlier connection",
                        "55P03");
            }
            SessionLock lock = new SessionLock(connection, OwnSession.backend(connection), onLost);
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

    /** Only if it still is a holder of such a lock: numbers of processes come again. */
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

    /** Reads until the connection ends. It listens to no channel: whatever comes is the server's last word. */
    private void listen() {
        try {
            PGConnection server = connection.unwrap(PGConnection.class);
            while (!isClosed) {
                server.getNotifications(LISTEN_MILLIS);
                if (!isClosed && OwnSession.backend(connection) != backend) {
                    throw new SQLException("a pooler has given it another session");
                }
            }
        } catch (SQLException | RuntimeException | Error ended) {
            lose(ended); // whatever it is: nobody else would notice that the lock is gone
        }
    }

    private void lose(Throwable why) {
        if (!isClosed && !isLost) {
            isLost = true;
            LOG.warn(
                    "the connection that holds this coordinator's session lock ended ({}): no call starts until it"
                            + " is open again",
                    why.getMessage());
            onLost.run();
        }
    }

    /** Tells whether its connection is known to have ended. */
    boolean isLost() {
        return isLost;
    }

    /** Lets go of it: a successor may take over at once. */
    @Override
    public void close() {
        isClosed = true;
        try {
            // Not close(): that would wait for the listening thread.
            connection.abort(Runnable::run);
        } catch (SQLException e) {
            LOG.debug("closing a broken connection: {}", e.getMessage());
        }
    }
}
