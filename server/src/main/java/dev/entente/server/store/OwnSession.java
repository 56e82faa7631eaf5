package dev.entente.server.store;

import dev.entente.core.transaction.ErrorCode;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;
import org.postgresql.PGConnection;

/**
 * Finds poolers that give each transaction another session: a lock or a setting of a session is nobody's there. The
 * lock that says that a coordinator lives would outlive it, and could be gone while it lives.
 */
public final class OwnSession {
    private static final int ANSWER_SECONDS = 5;
    /** A prepared statement that exists already, and one that does not exist. */
    private static final Set<String> POOLERS = Set.of("42P05", "26000");

    private OwnSession() {}

    /**
     * Looks whether the connection's session is its own: others, in transactions of their own, must not meet it, nor it
     * move away from them, nor to what they leave. Blocks.
     *
     * @throws StartupFailure ENT-071
     */
    public static void require(Database database, Connection connection) throws SQLException {
        int own = backend(connection);
        // A pooler tells its clients of a process that it made up.
        if (own == connection.unwrap(PGConnection.class).getBackendPID()) {
            return;
        }
        try (Connection one = database.connect("session", ANSWER_SECONDS);
                Connection other = database.connect("session", ANSWER_SECONDS)) {
            boolean hasMet = false;
            for (Connection each : new Connection[] {one, other}) {
                each.setAutoCommit(false);
                hasMet |= backend(each) == own || backend(connection) != own;
            }
            // What was met by nobody was the next in turn each time; now it is one of three, and at most one of two
            // turns is its.
            one.rollback();
            other.rollback();
            if (hasMet || backend(connection) != own || backend(connection) != own) {
                throw shared(database);
            }
        }
    }

    /** Tells whether only a pooler gives that answer: prepared statements of another client, or a refused transaction. */
    static boolean isPoolers(Exception failure) {
        SQLException sql = DatabaseFault.databases(failure);
        return sql != null
                && (POOLERS.contains(String.valueOf(sql.getSQLState()))
                        || String.valueOf(sql.getMessage()).contains("statement pooling mode"));
    }

    static StartupFailure shared(Database database) {
        return new StartupFailure(
                ErrorCode.BAD_VALUE,
                "database.url = '" + DatabaseUrl.shown(database.settings().jdbcUrl())
                        + "' leads to a pooler whose sessions are shared, such as PgBouncer with pool_mode ="
                        + " transaction or without a server_reset_query: the session lock that proves that a"
                        + " coordinator is alive could be another coordinator's; name PostgreSQL itself, or a pool"
                        + " with pool_mode = session and server_reset_query = DISCARD ALL",
                null);
    }

    /** Returns the process of the server that answers on that connection now. Blocks. */
    public static int backend(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("select pg_backend_pid()")) {
            row.next();
            return row.getInt(1);
        }
    }
}
