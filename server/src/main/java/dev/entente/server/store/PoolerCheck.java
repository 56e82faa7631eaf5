package dev.entente.server.store;

import dev.entente.core.transaction.ErrorCode;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;
import org.postgresql.PGConnection;

/**
 * The detection of poolers that give each transaction another session. Locks and settings of a session then belong to
 * no client. The lock that shows that a coordinator is alive could outlive the coordinator, or be lost during its run.
 */
public final class PoolerCheck {
    private static final int ANSWER_SECONDS = 5;
    /** The states for a prepared statement that already exists, and for one that does not exist. */
    private static final Set<String> POOLERS = Set.of("42P05", "26000");

    private PoolerCheck() {}

    /**
     * Checks that the connection keeps its own session. Other connections, in their own transactions, must not reach
     * that session. The connection must not move to another session, neither during these transactions nor after them.
     * Blocks.
     *
     * @throws StartupFailure ENT-071
     */
    public static void require(Database database, Connection connection) throws SQLException {
        int own = backend(connection);
        // Behind a pooler, a client gets an invented process id when it connects.
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
            // If no check has failed so far, a pooler has three sessions now. At least one of the two next checks then
            // reaches another session.
            one.rollback();
            other.rollback();
            if (hasMet || backend(connection) != own || backend(connection) != own) {
                throw shared(database);
            }
        }
    }

    /** Returns whether only a pooler answers like this: a foreign prepared statement, or a refused transaction. */
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

    /** Returns the process id of the server that answers on that connection now. Blocks. */
    public static int backend(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("select pg_backend_pid()")) {
            row.next();
            return row.getInt(1);
        }
    }
}
