package dev.entente.participant.barrier;

import dev.entente.jdbc.Dialect;
import dev.entente.participant.barrier.BarrierReading.Parameters;
import dev.entente.wire.BarrierRows;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;

/** The barrier's statements on PostgreSQL: a claim is one round trip. */
public final class PostgresBarrier implements BarrierStatements {
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

    /** The savepoint comes behind it: a rejection rolls back the body and keeps the key, which gets the verdict. */
    private static final String CLAIM_FORWARD = WAIT_BRIEFLY + INSERT + WAIT_AS_BEFORE + SELECT;

    /** The savepoint comes before it: an undo or completion that does not end well leaves nothing behind. */
    private static final String CLAIM_LATER = WAIT_BRIEFLY + INSERT + INSERT + WAIT_AS_BEFORE + SELECT;

    private static final String REJECT_ALONE = """
        select set_config('lock_timeout', ?, true);
        insert into entente_barrier (gid, branch, op, verdict, fence, fence_base, reject_code, reject_message)
        values (?, ?, ?, 'rejected', ?, ?, ?, ?) on conflict (gid, branch, op) do nothing;
        select verdict from entente_barrier where gid = ? and branch = ? and op = ?;
        """;

    /** Rows changed so far in this transaction, or -1 where the database does not count them. */
    private static final String CHANGED = """
        select case when current_setting('track_counts')::boolean
          then (select coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0) from pg_stat_xact_user_tables) else -1 end
        """;

    private static final String OTHER_BARRIERS = """
        select coalesce(string_agg(other.relnamespace::regnamespace::text, ', '), '')
        from pg_class mine join pg_class other on other.relname = mine.relname and other.oid <> mine.oid
        where mine.oid = 'entente_barrier'::regclass and other.relkind in ('r', 'p')
        """;

    @Override
    public String ddl() {
        return Dialect.POSTGRES.ddl(PostgresBarrier.class, "entente_barrier");
    }

    @Override
    public String savepoint(String name) {
        return "savepoint " + name + ";";
    }

    @Override
    public ClaimedKeys claim(Connection connection, BarrierKey key, Duration wait, String savepoint)
            throws SQLException {
        String sql = key.isForward() ? CLAIM_FORWARD + savepoint : savepoint + CLAIM_LATER;
        try (PreparedStatement claim = connection.prepareStatement(sql)) {
            Parameters parameters = new Parameters(claim).text(Math.max(1, wait.toMillis()) + "ms");
            if (!key.isForward()) {
                parameters.row(key.forward(), BarrierVerdict.UNDONE);
            }
            parameters.row(key, BarrierVerdict.DONE).text(key.gid()).text(key.branch());
            return key.isForward() ? readForward(claim, key) : readLater(claim, key, !savepoint.isEmpty());
        }
    }

    @Override
    public boolean storeResponse(Connection connection, BarrierKey key, byte[] response, String tried)
            throws SQLException {
        String sql = "update entente_barrier set response = ?, tried = ? where gid = ? and branch = ? and op = ?";
        try (PreparedStatement update = connection.prepareStatement(sql + STILL_INSIDE)) {
            new Parameters(update).bytes(response).text(tried).key(key);
            return update.executeUpdate() == 1;
        }
    }

    /** After any failure of a statement the savepoint stands, and nothing else can be done but to go back to it. */
    @Override
    public boolean isAllRolledBackBy(Connection connection, BarrierKey key, SQLException failure) {
        return false;
    }

    @Override
    public void storeRejection(Connection connection, BarrierKey key, String code, String detail) throws SQLException {
        SharedStatements.storeRejection(connection, key, code, detail);
    }

    @Override
    public BarrierVerdict rejectAlone(Connection connection, BarrierKey key, Duration wait, String code, String detail)
            throws SQLException {
        try (PreparedStatement store = connection.prepareStatement(REJECT_ALONE)) {
            new Parameters(store)
                    .text(Math.max(1, wait.toMillis()) + "ms")
                    .key(key)
                    .fence(key.fence())
                    .text(code)
                    .text(detail)
                    .key(key);
            store.execute();
            store.getMoreResults();
            store.getMoreResults();
            try (ResultSet row = store.getResultSet()) {
                row.next();
                return BarrierVerdict.of(row.getString(1));
            }
        }
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
        String sql = """
            delete from entente_barrier where ctid = any (array(
              select ctid from entente_barrier where created_at < now() - ? * interval '1 second' limit ?))
            """;
        try (PreparedStatement delete = connection.prepareStatement(sql)) {
            new Parameters(delete).number(age.toSeconds()).number(limit);
            return delete.executeUpdate();
        }
    }

    @Override
    public List<BarrierRows.Row> rows(Connection connection, BarrierRows.Key after, List<String> gids, int limit)
            throws SQLException {
        String sql = """
            select gid, branch, op, verdict, created_at from entente_barrier
            where (gid, branch, op) > (?, ?, ?) %s order by gid, branch, op limit ?
            """.formatted(gids.isEmpty() ? "" : "and gid = any (?)");
        try (PreparedStatement select = connection.prepareStatement(sql)) {
            Parameters parameters = new Parameters(select)
                    .text(after.gid())
                    .text(after.branch())
                    .text(after.op());
            if (!gids.isEmpty()) {
                Array wanted = connection.createArrayOf("text", gids.toArray(new String[0]));
                parameters.object(wanted);
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

    @Override
    public long changes(Connection connection) throws SQLException {
        return Long.parseLong(text(connection, CHANGED));
    }

    @Override
    public String otherBarriers(Connection connection) throws SQLException {
        return text(connection, OTHER_BARRIERS);
    }

    private static String text(Connection connection, String sql) throws SQLException {
        try (Statement select = connection.createStatement();
                ResultSet row = select.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }

    private static ClaimedKeys readForward(PreparedStatement claim, BarrierKey key) throws SQLException {
        claim.execute(); // the wait
        boolean claimed = nextCount(claim) == 1;
        return found(claim, key, claimed, claimed);
    }

    private static ClaimedKeys readLater(PreparedStatement claim, BarrierKey key, boolean hasSavepoint)
            throws SQLException {
        claim.execute(); // the savepoint, or the wait
        if (hasSavepoint) {
            claim.getMoreResults(); // the wait
        }
        boolean forwardClaimed = nextCount(claim) == 1;
        boolean ownClaimed = nextCount(claim) == 1;
        return found(claim, key, forwardClaimed, ownClaimed);
    }

    private static ClaimedKeys found(
            PreparedStatement claim, BarrierKey key, boolean forwardClaimed, boolean ownClaimed) throws SQLException {
        claim.getMoreResults(); // the wait as before
        claim.getMoreResults();
        try (ResultSet rows = claim.getResultSet()) {
            return BarrierReading.found(rows, key, forwardClaimed, ownClaimed);
        }
    }

    private static int nextCount(PreparedStatement statement) throws SQLException {
        statement.getMoreResults();
        return statement.getUpdateCount();
    }
}
