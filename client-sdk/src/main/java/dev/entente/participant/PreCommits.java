package dev.entente.participant;

import dev.entente.participant.barrier.BarrierVerdict;
import dev.entente.participant.barrier.PostgresBarrier;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;

/**
 * The barrier's rows of pre-commits. Whoever inserts one first has settled whether the branch waits for the decision or
 * is given up; unlike the prepare's, it is no part of what is prepared. Each method works within the connection's
 * current transaction.
 */
final class PreCommits {
    private static final Duration ASK_AGAIN_AFTER = Duration.ofMillis(500);

    private PreCommits() {}

    /** The verdict on record. */
    record Claimed(BarrierVerdict verdict, boolean isNew) {}

    /**
     * Inserts that verdict, unless there is one.
     *
     * @return the one that stands, and whether it was inserted now
     * @throws InProgress if another call is inserting one
     */
    static Claimed claim(Connection connection, Branch branch, BarrierVerdict wanted, Duration wait)
            throws SQLException {
        boolean isNew;
        try {
            waitAtMost(connection, wait);
            isNew = insert(connection, branch, wanted);
        } catch (SQLException failure) {
            throw SqlFailures.translate(failure, branch, ASK_AGAIN_AFTER, new PostgresBarrier().ddl());
        }
        return new Claimed(standing(connection, branch), isNew);
    }

    private static void waitAtMost(Connection connection, Duration wait) throws SQLException {
        try (PreparedStatement set = connection.prepareStatement("select set_config('lock_timeout', ?, true)")) {
            set.setString(1, Math.max(1, wait.toMillis()) + "ms");
            set.execute();
        }
    }

    private static boolean insert(Connection connection, Branch branch, BarrierVerdict wanted) throws SQLException {
        String sql =
                "insert into entente_barrier (gid, branch, op, verdict, fence, fence_base) values (?, ?, ?, ?, ?, ?)"
                        + " on conflict (gid, branch, op) do nothing";
        try (PreparedStatement insert = connection.prepareStatement(sql)) {
            key(insert, 1, branch);
            insert.setString(4, wanted.text());
            insert.setLong(5, branch.fence());
            insert.setInt(6, branch.fenceBase());
            return insert.executeUpdate() == 1;
        }
    }

    private static BarrierVerdict standing(Connection connection, Branch branch) throws SQLException {
        String sql = "select verdict from entente_barrier where gid = ? and branch = ? and op = ?";
        try (PreparedStatement select = connection.prepareStatement(sql)) {
            key(select, 1, branch);
            try (ResultSet rows = select.executeQuery()) {
                if (rows.next()) {
                    return BarrierVerdict.of(rows.getString(1));
                }
            }
        }
        throw new InProgress(ASK_AGAIN_AFTER, branch + " met another call that this transaction cannot see yet");
    }

    /** Makes the claimed row a refusal. */
    static void refuse(Connection connection, Branch branch) throws SQLException {
        String sql = "update entente_barrier set verdict = ? where gid = ? and branch = ? and op = ?";
        try (PreparedStatement update = connection.prepareStatement(sql)) {
            update.setString(1, BarrierVerdict.REJECTED.text());
            key(update, 2, branch);
            update.executeUpdate();
        }
    }

    private static void key(PreparedStatement statement, int first, Branch branch) throws SQLException {
        statement.setString(first, branch.gid());
        statement.setString(first + 1, branch.name());
        statement.setString(first + 2, BranchOp.PRE_COMMIT.text());
    }
}
