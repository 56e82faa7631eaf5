package dev.entente.participant;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** PostgreSQL's statements about prepared transactions. */
final class XaTable {
    private static final String FEATURE_NOT_SUPPORTED = "0A000";
    private static final String UNDEFINED_OBJECT = "42704";
    private static final String OBJECT_NOT_IN_PREREQUISITE_STATE = "55000";

    private XaTable() {}

    /** The result of an attempt to settle a prepared transaction. */
    enum Settled {
        SETTLED,
        /** None of that name stands prepared. */
        UNKNOWN,
        /** Somebody else is settling it. */
        BUSY
    }

    /** How many may stand prepared at a time; 0: none. */
    static int mostPrepared(Connection connection) throws SQLException {
        try (Statement show = connection.createStatement();
                ResultSet row = show.executeQuery("select current_setting('max_prepared_transactions')::int")) {
            row.next();
            return row.getInt(1);
        }
    }

    /**
     * Ends the connection's open transaction by preparing it under that name, which holds no quote.
     *
     * @throws BarrierUnusable ENT-098 if it touched what PostgreSQL cannot prepare
     */
    static void prepare(Connection connection, String name) throws SQLException {
        try (Statement prepare = connection.createStatement()) {
            prepare.execute("prepare transaction '" + name + "'");
        } catch (SQLException failure) {
            if (FEATURE_NOT_SUPPORTED.equals(failure.getSQLState())) {
                throw BarrierUnusable.notPreparable(failure);
            }
            throw failure;
        }
    }

    static boolean stands(Connection connection, String name) throws SQLException {
        String sql = "select 1 from pg_prepared_xacts where database = current_database() and gid = ?";
        try (PreparedStatement select = connection.prepareStatement(sql)) {
            select.setString(1, name);
            try (ResultSet rows = select.executeQuery()) {
                return rows.next();
            }
        }
    }

    /**
     * Those of ours, by the name and by who prepared them, that have been standing for longer than that, oldest first.
     */
    static List<PreparedName> standing(Connection connection, Duration age) throws SQLException {
        String sql = """
            select gid from pg_prepared_xacts
            where database = current_database() and owner = current_user and starts_with(gid, ?) and prepared <= now() - ? * interval '1 millisecond'
            order by prepared
            """;
        List<PreparedName> standing = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement(sql)) {
            select.setString(1, PreparedName.PREFIX);
            select.setLong(2, age.toMillis());
            try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                    PreparedName.parse(rows.getString(1)).ifPresent(standing::add);
                }
            }
        }
        return standing;
    }

    /**
     * Commits or rolls back what stands prepared under that name; these statements allow no transaction around them.
     */
    static Settled settle(Connection connection, String statement, String name) throws SQLException {
        boolean autoCommit = connection.getAutoCommit();
        connection.setAutoCommit(true);
        try (Statement settle = connection.createStatement()) {
            settle.execute(statement + " '" + name + "'");
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
        String sql = "select verdict = 'done' from entente_barrier where gid = ? and branch = ? and op = ?";
        return XaTransaction.on(connection, () -> {
            try (PreparedStatement select = connection.prepareStatement(sql)) {
                select.setString(1, branch.gid());
                select.setString(2, branch.name());
                select.setString(3, branch.op().forward().text());
                try (ResultSet rows = select.executeQuery()) {
                    return rows.next() && rows.getBoolean(1);
                }
            }
        });
    }
}
