package dev.entente.jdbc;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;

/**
 * Detects a connection that is borrowed inside a transaction of the caller. A commit on this connection would end the
 * caller's transaction or would be independent of that transaction.
 */
public final class CallersTransaction {
    static final String ACTIVE_SQL_TRANSACTION = "25001";
    private static final int UNKNOWN_VARIABLE = 1193;
    private static final Optional<MethodHandle> SPRING = spring();

    /** A transaction holds a lock on each table that it read or wrote, and on its own id if it wrote. */
    private static final String IS_USED = """
        select exists (select from pg_locks
          where pid = pg_backend_pid() and locktype <> 'virtualxid' and (relation is null or relation >= 16384))
        """;

    private CallersTransaction() {}

    /** Returns whether a framework runs a transaction on this thread. Detects Spring only. */
    public static boolean isOnThread() {
        return SPRING.isPresent() && isActive(SPRING.get());
    }

    /**
     * Returns whether a transaction is open on a connection that was just borrowed. If so, the data source returned the
     * connection of its caller. PostgreSQL's driver knows the state without a round trip.
     */
    public static boolean isOpenOn(Connection borrowed) throws SQLException {
        if (borrowed.getAutoCommit()) {
            return false;
        }
        return Dialect.of(borrowed) == Dialect.MARIADB ? isOpenOnMariadb(borrowed) : isOpenOnPostgres(borrowed);
    }

    /**
     * Ends a transaction that a pool without autocommit left open after its own query or setting, such as the schema.
     * Unlike a caller's transaction it has used no table of an application. The method commits, because a rollback
     * would revert the setting. On MariaDB such a query or setting begins no transaction.
     */
    static void endUnused(Connection borrowed) throws SQLException {
        if (borrowed.getAutoCommit() || Dialect.of(borrowed) == Dialect.MARIADB || !isOpenOnPostgres(borrowed)) {
            return;
        }
        boolean isUsed;
        try (Statement select = borrowed.createStatement();
                ResultSet row = select.executeQuery(IS_USED)) {
            isUsed = row.next() && row.getBoolean(1);
        }
        if (!isUsed) {
            borrowed.commit();
        }
    }

    private static boolean isOpenOnPostgres(Connection borrowed) throws SQLException {
        try {
            // changes nothing; the driver refuses this call inside a transaction
            borrowed.setReadOnly(borrowed.isReadOnly());
            return false;
        } catch (SQLException refused) {
            if (ACTIVE_SQL_TRANSACTION.equals(refused.getSQLState())) {
                return true;
            }
            throw refused;
        }
    }

    /** Queries the server's variable. MySQL lacks the variable; this method then reports no open transaction. */
    private static boolean isOpenOnMariadb(Connection borrowed) throws SQLException {
        try (Statement select = borrowed.createStatement();
                ResultSet row = select.executeQuery("select @@in_transaction")) {
            return row.next() && row.getBoolean(1);
        } catch (SQLException failure) {
            if (failure.getErrorCode() == UNKNOWN_VARIABLE) {
                return false;
            }
            throw failure;
        }
    }

    private static boolean isActive(MethodHandle active) {
        try {
            return (boolean) active.invokeExact();
        } catch (Throwable unexpected) {
            throw new IllegalStateException("cannot find out whether a Spring transaction is active", unexpected);
        }
    }

    /** Finds Spring's class by name, because Spring is optional. */
    private static Optional<MethodHandle> spring() {
        try {
            Class<?> manager = Class.forName(
                    "org.springframework.transaction.support.TransactionSynchronizationManager",
                    true,
                    CallersTransaction.class.getClassLoader());
            return Optional.of(MethodHandles.publicLookup()
                    .findStatic(manager, "isActualTransactionActive", MethodType.methodType(boolean.class)));
        } catch (ReflectiveOperationException | LinkageError absent) {
            return Optional.empty();
        }
    }
}
