package dev.entente.participant;

import com.google.protobuf.ByteString;
import dev.entente.jdbc.Ddl;
import dev.entente.participant.barrier.BarrierVerdict;
import dev.entente.participant.barrier.CallFence;
import dev.entente.wire.BarrierRows;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * The statements of the barrier on PostgreSQL. Every method works within the connection's current transaction.
 *
 * <p>Keys are claimed by {@code insert … on conflict do nothing}: it waits while another transaction holds the key
 * uncommitted (up to {@code lock_timeout}), and then either inserts, because the other was rolled back, or does not,
 * because it was committed; the select after it, a new statement with a new snapshot, sees the committed row. So of two
 * calls exactly one runs, whatever the interleaving.
 */
final class BarrierTable {
    /** The business's own lock_timeout is put aside and back, so that the barrier's wait does not become the body's. */
    private static final String WAIT_BRIEFLY =
            "select set_config('entente.lock_timeout', current_setting('lock_timeout'), true),"
                    + " set_config('lock_timeout', ?, true);";

    private static final String WAIT_AS_BEFORE =
            "select set_config('lock_timeout', current_setting('entente.lock_timeout'), true);";
    private static final String INSERT =
            "insert into entente_barrier (gid, branch, op, verdict, fence, fence_base) values (?, ?, ?, ?, ?, ?)"
                    + " on conflict (gid, branch, op) do nothing;";
    /** A setting that ends with the transaction that claimed the key: a body that commits leaves it empty. */
    private static final String STILL_INSIDE = " and coalesce(current_setting('entente.lock_timeout', true), '') <> ''";

    private static final String SELECT = """
        select op, verdict, fence, fence_base, response, tried, reject_code, reject_message
        from entente_barrier where gid = ? and branch = ?;
        """;

    /**
     * One round trip. The savepoint comes behind it: a rejection rolls back the body and keeps the key, which gets
     * the verdict.
     */
    private static final String CLAIM_FORWARD = WAIT_BRIEFLY + INSERT + WAIT_AS_BEFORE + SELECT;

    /**
     * One round trip. The savepoint comes before it: an undo or completion that does not end well leaves nothing
     * behind.
     */
    private static final String CLAIM_LATER = WAIT_BRIEFLY + INSERT + INSERT + WAIT_AS_BEFORE + SELECT;

    private BarrierTable() {}

    static String ddl() {
        return Ddl.of(BarrierTable.class, "entente_barrier.postgres.sql");
    }

    /** Inserts the keys of the branch's operation, as far as they are free, reads them, and sets the savepoint. */
    static ClaimedKeys claim(Connection connection, Branch branch, Duration wait, BodySavepoint savepoint)
            throws SQLException {
        boolean forward = branch.op().role() == BranchOp.Role.FORWARD;
        String sql = forward ? CLAIM_FORWARD + savepoint.statement() : savepoint.statement() + CLAIM_LATER;
        if (!forward) {
            savepoint.set();
        }
        ClaimedKeys claimed = claim(
                connection, sql, branch, wait, forward, !savepoint.statement().isEmpty());
        if (forward) {
            savepoint.set();
        }
        return claimed;
    }

    private static ClaimedKeys claim(
            Connection connection, String sql, Branch branch, Duration wait, boolean forward, boolean hasSavepoint)
            throws SQLException {
        try (PreparedStatement claim = connection.prepareStatement(sql)) {
            Parameters parameters = new Parameters(claim).text(Math.max(1, wait.toMillis()) + "ms");
            if (forward) {
                parameters
                        .key(branch, branch.op())
                        .text(BarrierVerdict.DONE.text())
                        .fence(branch);
            } else {
                parameters
                        .key(branch, branch.op().forward())
                        .text(BarrierVerdict.UNDONE.text())
                        .fence(branch);
                parameters
                        .key(branch, branch.op())
                        .text(BarrierVerdict.DONE.text())
                        .fence(branch);
            }
            parameters.text(branch.gid()).text(branch.name());
            return forward ? readForward(claim, branch) : readLater(claim, branch, hasSavepoint);
        }
    }

    /**
     * Stores the answer of an operation that came to its end. A row without one was committed by its body.
     *
     * @throws BarrierUnusable ENT-097 if the body ended the transaction
     */
    static void storeResponse(Connection connection, Branch branch, byte[] response, String tried) throws SQLException {
        String sql = "update entente_barrier set response = ?, tried = ? where gid = ? and branch = ? and op = ?";
        try (PreparedStatement update = connection.prepareStatement(sql + STILL_INSIDE)) {
            new Parameters(update).bytes(response).text(tried).key(branch, branch.op());
            if (update.executeUpdate() != 1) {
                throw BarrierUnusable.bodyEnded(branch, null);
            }
        }
    }

    /** Turns the forward key that this transaction claimed into a verdict. */
    static void storeRejection(Connection connection, Branch branch, Rejection rejection) throws SQLException {
        String sql = """
            update entente_barrier set verdict = 'rejected', reject_code = ?, reject_message = ?
            where gid = ? and branch = ? and op = ?
            """;
        try (PreparedStatement update = connection.prepareStatement(sql)) {
            new Parameters(update)
                    .text(rejection.code())
                    .text(rejection.detail())
                    .key(branch, branch.op());
            update.executeUpdate();
        }
    }

    /** Gives back the forward key that this transaction claimed. */
    static void release(Connection connection, Branch branch) throws SQLException {
        String sql = "delete from entente_barrier where gid = ? and branch = ? and op = ?";
        try (PreparedStatement delete = connection.prepareStatement(sql)) {
            new Parameters(delete).key(branch, branch.op());
            delete.executeUpdate();
        }
    }

    /** Remembers that a coordinator with a higher fence asked for this operation again. */
    static void raiseFence(Connection connection, Branch branch) throws SQLException {
        String sql = """
            update entente_barrier set fence = ?, fence_base = ?
            where gid = ? and branch = ? and op = ? and fence < ? and fence_base <= ?
            """;
        try (PreparedStatement update = connection.prepareStatement(sql)) {
            new Parameters(update).fence(branch).key(branch, branch.op()).fence(branch);
            update.executeUpdate();
        }
    }

    /** Deletes at most {@code limit} rows older than that, and says how many. */
    static int purge(Connection connection, Duration age, int limit) throws SQLException {
        String sql = """
            delete from entente_barrier where ctid = any (array(
              select ctid from entente_barrier where created_at < now() - ? * interval '1 second' limit ?))
            """;
        try (PreparedStatement delete = connection.prepareStatement(sql)) {
            delete.setLong(1, age.toSeconds());
            delete.setInt(2, limit);
            return delete.executeUpdate();
        }
    }

    /** The rows after that key, in the order of the primary key. */
    static List<BarrierRows.Row> rows(Connection connection, BarrierRows.Key key, List<String> gids, int limit)
            throws SQLException {
        String sql = """
            select gid, branch, op, verdict, created_at from entente_barrier
            where (gid, branch, op) > (?, ?, ?) %s order by gid, branch, op limit ?
            """.formatted(gids.isEmpty() ? "" : "and gid = any (?)");
        try (PreparedStatement select = connection.prepareStatement(sql)) {
            Parameters parameters =
                    new Parameters(select).text(key.gid()).text(key.branch()).text(key.op());
            if (!gids.isEmpty()) {
                parameters.texts(gids);
            }
            parameters.number(limit);
            List<BarrierRows.Row> found = new ArrayList<>();
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    found.add(new BarrierRows.Row(
                            new BarrierRows.Key(row.getString(1), row.getString(2), row.getString(3)),
                            row.getString(4),
                            row.getObject(5, OffsetDateTime.class).toInstant()));
                }
            }
            return found;
        }
    }

    private static ClaimedKeys readForward(PreparedStatement claim, Branch branch) throws SQLException {
        claim.execute(); // the wait
        boolean claimed = nextCount(claim) == 1;
        claim.getMoreResults(); // the wait as before
        claim.getMoreResults();
        return found(claim, branch, claimed, claimed);
    }

    private static ClaimedKeys readLater(PreparedStatement claim, Branch branch, boolean hasSavepoint)
            throws SQLException {
        claim.execute(); // the savepoint, or the wait
        if (hasSavepoint) {
            claim.getMoreResults(); // the wait
        }
        boolean forwardClaimed = nextCount(claim) == 1;
        boolean ownClaimed = nextCount(claim) == 1;
        claim.getMoreResults(); // the wait as before
        claim.getMoreResults();
        return found(claim, branch, forwardClaimed, ownClaimed);
    }

    /** Reads all rows of the branch: any of them may tell that another coordinator has taken over. */
    private static ClaimedKeys found(PreparedStatement claim, Branch branch, boolean forwardClaimed, boolean ownClaimed)
            throws SQLException {
        Optional<BarrierRow> forward = Optional.empty();
        Optional<BarrierRow> own = Optional.empty();
        long newer = 0;
        try (ResultSet rows = claim.getResultSet()) {
            while (rows.next()) {
                String op = rows.getString("op");
                if (op.equals(branch.op().forward().text())) {
                    forward = Optional.of(row(rows));
                }
                if (op.equals(branch.op().text())) {
                    own = Optional.of(row(rows));
                }
                CallFence fence = fence(rows);
                newer = branch.callFence().isOlderThan(fence) ? Math.max(newer, fence.number()) : newer;
            }
        }
        return new ClaimedKeys(forwardClaimed, ownClaimed, forward, own, newer);
    }

    private static int nextCount(PreparedStatement statement) throws SQLException {
        statement.getMoreResults();
        return statement.getUpdateCount();
    }

    private static BarrierRow row(ResultSet row) throws SQLException {
        byte[] response = row.getBytes("response");
        return new BarrierRow(
                BarrierVerdict.of(row.getString("verdict")),
                fence(row),
                response == null ? null : ByteString.copyFrom(response),
                Objects.requireNonNullElse(row.getString("tried"), ""),
                Objects.requireNonNullElse(row.getString("reject_code"), ""),
                Objects.requireNonNullElse(row.getString("reject_message"), ""));
    }

    private static CallFence fence(ResultSet row) throws SQLException {
        return new CallFence(row.getInt("fence_base"), row.getLong("fence"));
    }

    /** Sets parameters one after another. */
    private static final class Parameters {
        private final PreparedStatement statement;
        private int next = 1;

        Parameters(PreparedStatement statement) {
            this.statement = statement;
        }

        Parameters text(String value) throws SQLException {
            statement.setString(next++, value);
            return this;
        }

        Parameters texts(List<String> values) throws SQLException {
            statement.setArray(next++, statement.getConnection().createArrayOf("text", values.toArray(new String[0])));
            return this;
        }

        Parameters number(long value) throws SQLException {
            statement.setLong(next++, value);
            return this;
        }

        Parameters fence(Branch branch) throws SQLException {
            statement.setLong(next++, branch.fence());
            statement.setInt(next++, branch.fenceBase());
            return this;
        }

        Parameters bytes(byte[] value) throws SQLException {
            statement.setBytes(next++, value);
            return this;
        }

        Parameters key(Branch branch, BranchOp op) throws SQLException {
            return text(branch.gid()).text(branch.name()).text(op.text());
        }
    }
}
