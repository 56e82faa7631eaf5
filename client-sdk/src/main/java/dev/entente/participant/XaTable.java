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
 * PostgreSQL's statements about prepared transactions, and those transactions of {@link XaParticipant} in which no body
 * runs. They are READ COMMITTED whatever the database's default is: keys and names settle them. At SERIALIZABLE a
 * prepared transaction, which can no longer be rolled back itself, would have them rolled back for as long as it
 * stands, so that a pre-commit would wait for the commit that waits for it.
 */
final class XaTable {
    private static final String FEATURE_NOT_SUPPORTED = "0A000";
    private static final String UNDEFINED_OBJECT = "42704";
    private static final String OBJECT_NOT_IN_PREREQUISITE_STATE = "55000";
    private static final String STANDS =
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

    /** The result of an attempt to settle a prepared transaction. */
    enum Settled {
        SETTLED,
        /** None of that name stands prepared. */
        UNKNOWN,
        /** Somebody else is settling it. */
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

    /** How many may stand prepared at a time; 0: none. */
    static int mostPrepared(Connection connection) throws SQLException {
        return sql(connection)
                .first("select current_setting('max_prepared_transactions')::int", row -> row.getInt(1))
                .orElseThrow();
    }

    /** Announces to the statements of this transaction, such as an outbox's, that it will be prepared. */
    static void announce(Connection connection) throws SQLException {
        sql(connection).execute("set local entente.prepares = 'true'");
    }

    /**
     * Ends the connection's open transaction by preparing it under that name, which holds no quote.
     *
     * @throws BarrierUnusable ENT-098 if it touched what PostgreSQL cannot prepare
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

    static boolean stands(Connection connection, String name) throws SQLException {
        return sql(connection).first(STANDS, row -> true, name).isPresent();
    }

    /**
     * Those of ours, by the name and by who prepared them, that have been standing for longer than that, oldest first.
     */
    static List<PreparedName> standing(Connection connection, Duration age) throws SQLException {
        return sql(connection)
                .query(STANDING, row -> PreparedName.parse(row.getString(1)), PreparedName.PREFIX, age.toMillis())
                .stream()
                .flatMap(Optional::stream)
                .toList();
    }

    /**
     * Commits or rolls back what stands prepared under that name; these statements allow no transaction around them.
     */
    static Settled settle(Connection connection, String statement, String name) throws SQLException {
        boolean autoCommit = connection.getAutoCommit();
        connection.setAutoCommit(true);
        try {
            sql(connection).execute(statement + " '" + name + "'");
            return Settled.SETTLED;
        } catch (SQLException failure) {
            return switch (String.valueOf(failure.getSQLState())) {
                case UNDEFINED_OBJECT -> Settled.UNKNOWN;
                case OBJECT_NOT_IN_PREREQUISITE_STATE -> Settled.BUSY;
                default -> throw failure;
            };
        } finally {
            connection.setAutoCommit(autoCommit);
        }
    }

    /**
     * Tells whether the barrier shows the branch's prepare as done, which means that it was prepared and then
     * committed.
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
