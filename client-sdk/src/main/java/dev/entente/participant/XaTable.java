package dev.entente.participant;

import dev.entente.jdbc.Dialect;
import dev.entente.jdbc.OwnTransaction;
import dev.entente.jdbc.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * PostgreSQL's statements about prepared transactions, and those transactions of {@link XaParticipant} that run no
 * body. These transactions always use READ COMMITTED: keys and names decide their results. At SERIALIZABLE the database
 * would roll these transactions back as long as a conflicting prepared transaction exists. PostgreSQL never rolls back
 * a prepared transaction for a conflict. A pre-commit would then wait for the commit, and the commit waits for the
 * pre-commit.
 */
final class XaTable {
    private static final String FEATURE_NOT_SUPPORTED = "0A000";
    private static final String UNDEFINED_OBJECT = "42704";
    private static final String OBJECT_NOT_IN_PREREQUISITE_STATE = "55000";
    private static final String IS_PREPARED =
            "select 1 from pg_prepared_xacts where database = current_database() and gid = ?";
    private static final String STANDING = """
        select gid from pg_prepared_xacts
        where database = current_database() and owner = current_user and starts_with(gid, ?)
          and prepared <= now() - ? * interval '1 millisecond'
        order by prepared
        """;

    private XaTable() {}

    private static Sql sql(Connection connection) {
        return new Sql(connection, Dialect.POSTGRES);
    }

    /** The result of an attempt to finish a prepared transaction. */
    enum FinishResult {
        SETTLED,
        /** There is no prepared transaction of that name. */
        UNKNOWN,
        /** Another session is finishing the transaction. */
        BUSY
    }

    /** Runs and commits work. */
    static <T> T run(Connection connection, OwnTransaction.Work<T> work) throws SQLException {
        return OwnTransaction.on(connection, () -> atReadCommitted(connection, work));
    }

    /** As {@link #run}; repeats it as {@link SqlFailures} does. */
    static <T> T runAgain(Connection connection, Branch branch, OwnTransaction.Work<T> work) throws SQLException {
        return SqlFailures.repeat(connection, branch, () -> atReadCommitted(connection, work));
    }

    private static <T> T atReadCommitted(Connection connection, OwnTransaction.Work<T> work) throws SQLException {
        sql(connection).execute("set transaction isolation level read committed");
        return work.run();
    }

    /** Returns the limit of prepared transactions; 0 if PostgreSQL cannot prepare. */
    static int mostPrepared(Connection connection) throws SQLException {
        return sql(connection)
                .first("select current_setting('max_prepared_transactions')::int", row -> row.getInt(1))
                .orElseThrow();
    }

    /**
     * Sets a variable that informs later statements of this transaction, such as those of an outbox, that the
     * transaction will be prepared.
     */
    static void announce(Connection connection) throws SQLException {
        sql(connection).execute("set local entente.prepares = 'true'");
    }

    /**
     * Ends the connection's open transaction by preparing it. The name must contain no quote.
     *
     * @throws BarrierUnusable ENT-098 if the transaction used a feature that PostgreSQL cannot prepare
     */
    static void prepare(Connection connection, String name) throws SQLException {
        try {
            sql(connection).execute("prepare transaction '" + name + "'");
        } catch (SQLException failure) {
            if (FEATURE_NOT_SUPPORTED.equals(failure.getSQLState())) {
                throw BarrierUnusable.notPreparable(failure);
            }
            throw failure;
        }
    }

    static boolean isPrepared(Connection connection, String name) throws SQLException {
        return sql(connection).first(IS_PREPARED, row -> true, name).isPresent();
    }

    /**
     * Returns Entente's transactions of this database user that are prepared for longer than {@code age}, oldest first.
     */
    static List<PreparedName> preparedForLonger(Connection connection, Duration age) throws SQLException {
        return sql(connection)
                .query(STANDING, row -> PreparedName.parse(row.getString(1)), PreparedName.PREFIX, age.toMillis())
                .stream()
                .flatMap(Optional::stream)
                .toList();
    }

    /** Commits or rolls back the prepared transaction of that name, in autocommit mode as PostgreSQL requires. */
    static FinishResult settle(Connection connection, String statement, String name) throws SQLException {
        boolean autoCommit = connection.getAutoCommit();
        connection.setAutoCommit(true);
        try {
            sql(connection).execute(statement + " '" + name + "'");
            return FinishResult.SETTLED;
        } catch (SQLException failure) {
            return switch (String.valueOf(failure.getSQLState())) {
                case UNDEFINED_OBJECT -> FinishResult.UNKNOWN;
                case OBJECT_NOT_IN_PREREQUISITE_STATE -> FinishResult.BUSY;
                default -> throw failure;
            };
        } finally {
            connection.setAutoCommit(autoCommit);
        }
    }

    /**
     * Returns whether the barrier's row of the prepare is visible as done. The row is visible only after the prepared
     * transaction was committed.
     */
    static boolean isCommitted(Connection connection, Branch branch) throws SQLException {
        String sql = "select verdict from entente_barrier where gid = ? and branch = ? and op = ?";
        return run(
                connection,
                () -> sql(connection)
                        .first(
                                sql,
                                row -> row.getString(1),
                                branch.gid(),
                                branch.name(),
                                branch.op().forward().text())
                        .filter("done"::equals)
                        .isPresent());
    }
}
