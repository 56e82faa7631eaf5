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
 * Finds out that a connection is borrowed inside a transaction of the caller. Then a commit would either end that
 * transaction or happen beside it.
 */
public final class CallersTransaction {
    static final String ACTIVE_SQL_TRANSACTION = "25001";
    private static final int UNKNOWN_VARIABLE = 1193;
    private static final Optional<MethodHandle> SPRING = spring();

    /** Each table that was read or written is locked until the end, and so is a transaction that wrote. */
    private static final String IS_USED = """
        select exists (select from pg_locks
          where pid = pg_backend_pid() and locktype <> 'virtualxid' and (relation is null or relation >= 16384))
        """;

    private CallersTransaction() {}

    /** Returns whether a framework runs a transaction on this thread; today Spring is asked, where it is there. */
    public static boolean isOnThread() {
        return SPRING.isPresent() && isActive(SPRING.get());
    }

    /**
     * Returns whether a connection that was just borrowed is in the middle of a transaction: the data source hands out
     * its caller's connection. PostgreSQL's driver knows that without asking the database.
     */
    public static boolean isOpenOn(Connection borrowed) throws SQLException {
        if (borrowed.getAutoCommit()) {
            return false;
        }
        return Dialect.of(borrowed) == Dialect.MARIADB ? isOpenOnMariadb(borrowed) : isOpenOnPostgres(borrowed);
    }

    /**
     * Ends the transaction that a pool without autocommit has left open on a connection that it lends, after a query of
     * its own or a setting such as the schema. It has touched no table of an application, as a caller's has. It is
     * committed, for a rollback would take back the setting. On MariaDB these begin no transaction.
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
            // changes nothing; the driver refuses it inside a transaction
            borrowed.setReadOnly(borrowed.isReadOnly());
            return false;
        } catch (SQLException refused) {
            if (ACTIVE_SQL_TRANSACTION.equals(refused.getSQLState())) {
                return true;
            }
            throw refused;
        }
    }

    /** Asks the database; MySQL does not know, and then it is as if it were not. */
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
            throw new IllegalStateException("Spring does not say whether a transaction is active", unexpected);
        }
    }

    /** A class that nobody has to have: it is looked for by its name. */
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
