package dev.entente.participant.barrier;

import dev.entente.jdbc.Dialect;
import dev.entente.jdbc.LockWait;
import dev.entente.jdbc.SqlCondition;
import dev.entente.participant.barrier.BarrierReading.Parameters;
import dev.entente.wire.BarrierRows;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * The barrier's statements on MariaDB and MySQL, with InnoDB. A claim is four round trips, for their protocol takes one
 * statement at a time.
 *
 * <p>A key that is taken is found by the failure of a plain insert, which leaves the transaction as it was. {@code
 * insert ignore} would also pass over what does not fit. No statement locks a range: at REPEATABLE READ, InnoDB's
 * default, the gap behind the last key would be locked, and with it every new transaction.
 */
public final class MariaBarrier implements BarrierStatements {
    private static final String INSERT = """
        insert into entente_barrier (gid, branch, op, verdict, fence, fence_base, created_at)
        values (?, ?, ?, ?, ?, ?, utc_timestamp(6))
        """;

    private static final String SELECT = """
        select op, verdict, fence, fence_base, response, tried, reject_code, reject_message
        from entente_barrier where gid = ? and branch = ?
        """;

    /** Reads the latest of a row that is there. The transaction's snapshot may be older; the row is locked by then. */
    private static final String SELECT_LATEST = SELECT + " and op = ? lock in share mode";

    private static final String REJECT_ALONE = """
        insert into entente_barrier
          (gid, branch, op, verdict, fence, fence_base, reject_code, reject_message, created_at)
        values (?, ?, ?, 'rejected', ?, ?, ?, ?, utc_timestamp(6))
        """;

    private static final int MAX_KEY_CHARS = 512;
    private static final String ROLLED_BACK = "40001";

    @Override
    public String ddl() {
        return Dialect.MARIADB.ddl(MariaBarrier.class, "entente_barrier");
    }

    @Override
    public String savepoint(String name) {
        return "";
    }

    @Override
    public ClaimedKeys claim(Connection connection, BarrierKey key, Duration wait, String savepoint)
            throws SQLException {
        refuseOversized(key.gid());
        refuseOversized(key.branch());
        return LockWait.atMost(connection, wait, () -> {
            boolean forwardClaimed = !key.isForward() && insert(connection, key.forward(), BarrierVerdict.UNDONE);
            boolean ownClaimed = insert(connection, key, BarrierVerdict.DONE);
            return read(connection, key, key.isForward() ? ownClaimed : forwardClaimed, ownClaimed);
        });
    }

    @Override
    public boolean storeResponse(Connection connection, BarrierKey key, byte[] response, String tried)
            throws SQLException {
        if (!isStillInside(connection)) {
            return false;
        }
        String sql = "update entente_barrier set response = ?, tried = ? where gid = ? and branch = ? and op = ?";
        try (PreparedStatement update = connection.prepareStatement(sql)) {
            new Parameters(update).bytes(response).text(tried).key(key);
            return update.executeUpdate() == 1;
        }
    }

    /** A deadlock's victim loses its transaction with its savepoints; a key that is on record was committed before. */
    @Override
    public boolean isAllRolledBackBy(Connection connection, BarrierKey key, SQLException failure) throws SQLException {
        return SqlCondition.LOST_RACE.isShownBy(failure)
                && latest(connection, key).isEmpty();
    }

    @Override
    public void storeRejection(Connection connection, BarrierKey key, String code, String detail) throws SQLException {
        SharedStatements.storeRejection(connection, key, code, detail);
    }

    @Override
    public BarrierVerdict rejectAlone(Connection connection, BarrierKey key, Duration wait, String code, String detail)
            throws SQLException {
        return LockWait.atMost(connection, wait, () -> {
            try (PreparedStatement insert = connection.prepareStatement(REJECT_ALONE)) {
                new Parameters(insert).key(key).fence(key.fence()).text(code).text(detail);
                insert.executeUpdate();
                return BarrierVerdict.REJECTED;
            } catch (SQLException failure) {
                if (!SqlCondition.DUPLICATE_KEY.isShownBy(failure)) {
                    throw failure;
                }
            }
            return latest(connection, key)
                    .map(BarrierRow::verdict)
                    .orElseThrow(() -> new SQLException("the barrier's row was purged meanwhile", ROLLED_BACK));
        });
    }

    @Override
    public void release(Connection connection, BarrierKey key) throws SQLException {
        SharedStatements.release(connection, key);
    }

    @Override
    public void raiseFence(Connection connection, BarrierKey key) throws SQLException {
        SharedStatements.raiseFence(connection, key);
    }

    @Override
    public int purge(Connection connection, Duration age, int limit) throws SQLException {
        String sql = "delete from entente_barrier where created_at < utc_timestamp(6) - interval ? second limit ?";
        try (PreparedStatement delete = connection.prepareStatement(sql)) {
            new Parameters(delete).number(age.toSeconds()).number(limit);
            return delete.executeUpdate();
        }
    }

    @Override
    public List<BarrierRows.Row> rows(Connection connection, BarrierRows.Key after, List<String> gids, int limit)
            throws SQLException {
        String wanted = String.join(",", Collections.nCopies(gids.size(), "?"));
        String sql = """
            select gid, branch, op, verdict, created_at from entente_barrier
            where gid >= ? and (gid > ? or branch > ? or (branch = ? and op > ?)) %s
            order by gid, branch, op limit ?
            """.formatted(gids.isEmpty() ? "" : "and gid in (" + wanted + ")");
        try (PreparedStatement select = connection.prepareStatement(sql)) {
            Parameters parameters = new Parameters(select)
                    .text(after.gid())
                    .text(after.gid())
                    .text(after.branch())
                    .text(after.branch())
                    .text(after.op());
            for (String gid : gids) {
                parameters.text(gid);
            }
            parameters.number(limit);
            List<BarrierRows.Row> found = new ArrayList<>();
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    found.add(new BarrierRows.Row(
                            new BarrierRows.Key(row.getString(1), row.getString(2), row.getString(3)),
                            row.getString(4),
                            row.getObject(5, LocalDateTime.class).toInstant(ZoneOffset.UTC)));
                }
            }
            return found;
        }
    }

    /** Counts statements, not rows: a body that asked for a change has asked on this connection. */
    @Override
    public long changes(Connection connection) throws SQLException {
        String sql = "show session status where variable_name in ('Com_insert', 'Com_insert_select', 'Com_update',"
                + " 'Com_update_multi', 'Com_delete', 'Com_delete_multi', 'Com_replace', 'Com_replace_select',"
                + " 'Com_load', 'Com_call_procedure')";
        long changes = 0;
        try (Statement show = connection.createStatement();
                ResultSet row = show.executeQuery(sql)) {
            while (row.next()) {
                changes += row.getLong(2);
            }
        }
        return changes;
    }

    /** A name leads to one table alone: that of the connection's database. */
    @Override
    public String otherBarriers(Connection connection) {
        return "";
    }

    /**
     * Tells by the savepoint whether the transaction is still the one that claimed the key. A body that went on after a
     * deadlock had it rolled back is in another one, like a body that said {@code rollback}.
     */
    private static boolean isStillInside(Connection connection) throws SQLException {
        try (Statement release = connection.createStatement()) {
            release.execute("release savepoint entente_barrier");
            return true;
        } catch (SQLException failure) {
            if (SqlCondition.TRANSACTION_ENDED.isShownBy(failure)) {
                return false;
            }
            throw failure;
        }
    }

    private static boolean insert(Connection connection, BarrierKey key, BarrierVerdict verdict) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
            new Parameters(insert).row(key, verdict);
            return insert.executeUpdate() == 1;
        } catch (SQLException failure) {
            if (SqlCondition.DUPLICATE_KEY.isShownBy(failure)) {
                return false;
            }
            throw failure;
        }
    }

    private static ClaimedKeys read(Connection connection, BarrierKey key, boolean forwardClaimed, boolean ownClaimed)
            throws SQLException {
        ClaimedKeys seen;
        try (PreparedStatement select = connection.prepareStatement(SELECT)) {
            new Parameters(select).text(key.gid()).text(key.branch());
            try (ResultSet rows = select.executeQuery()) {
                seen = BarrierReading.found(rows, key, forwardClaimed, ownClaimed);
            }
        }
        return new ClaimedKeys(
                forwardClaimed,
                ownClaimed,
                seen.forward().isPresent() ? seen.forward() : latest(connection, key.forward()),
                seen.own().isPresent() ? seen.own() : latest(connection, key),
                seen.newer());
    }

    private static Optional<BarrierRow> latest(Connection connection, BarrierKey key) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(SELECT_LATEST)) {
            new Parameters(select).key(key);
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? Optional.of(BarrierReading.row(row)) : Optional.empty();
            }
        }
    }

    private static void refuseOversized(String name) {
        boolean isAscii = StandardCharsets.US_ASCII.newEncoder().canEncode(name);
        if (name.length() > MAX_KEY_CHARS || !isAscii) {
            throw new IllegalArgumentException("a gid and a branch are at most " + MAX_KEY_CHARS
                    + " characters of ASCII on MariaDB, and this is not: " + name);
        }
    }
}
