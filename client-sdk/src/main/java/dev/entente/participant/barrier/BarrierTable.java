package dev.entente.participant.barrier;

import com.google.protobuf.ByteString;
import dev.entente.jdbc.Dialect;
import dev.entente.jdbc.Sql;
import dev.entente.jdbc.SqlCondition;
import dev.entente.wire.BarrierRows;
import dev.entente.wire.StoredAnswer;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The table {@code entente_barrier}, in the SQL of one database. Each method works within the connection's current
 * transaction. Thread-safe.
 *
 * <p>A call claims a key by an insert. The insert waits while another transaction holds the key uncommitted. If the
 * other transaction rolls back, the insert succeeds. If the other transaction commits, the insert changes nothing, and
 * the following select sees the committed row. Thus exactly one of two calls runs, in every interleaving.
 *
 * <p>On PostgreSQL a claim is one round trip, on MariaDB and MySQL four statements. {@code insert ignore} waits and
 * locks as a plain insert does. No statement locks a range: at REPEATABLE READ, InnoDB's default, a locked gap after
 * the last key blocks every new transaction.
 */
public final class BarrierTable {
    /** Saves and restores the business's lock_timeout, so that the barrier's wait does not apply to the body. */
    private static final String WAIT_BRIEFLY =
            "select set_config('entente.lock_timeout', current_setting('lock_timeout'), true),"
                    + " set_config('lock_timeout', ?, true);";

    private static final String WAIT_AS_BEFORE =
            "select set_config('lock_timeout', current_setting('entente.lock_timeout'), true);";
    /** True only in the transaction that claimed the key. A commit of the body empties the setting. */
    private static final String IN_CLAIMING_TRANSACTION =
            " and coalesce(current_setting('entente.lock_timeout', true), '') <> ''";

    private static final String SELECT = """
        select op, verdict, fence, fence_base, response, http_status, http_headers, tried, reject_code, reject_message
        from entente_barrier where gid = ? and branch = ?
        """;
    private static final String THIS_KEY = " where gid = ? and branch = ? and op = ?";
    private static final String ANSWER = "update entente_barrier set response = ?, http_status = ?, http_headers = ?, ";
    private static final String STORE = ANSWER + "tried = ?" + THIS_KEY;
    private static final String REJECT =
            ANSWER + "verdict = 'rejected', reject_code = ?, reject_message = ?" + THIS_KEY;
    private static final String RAISE =
            "update entente_barrier set fence = ?, fence_base = ?" + THIS_KEY + " and fence < ? and fence_base <= ?";
    /** Counts the rows changed so far in this transaction; -1 if the database does not count changes. */
    private static final String CHANGED = """
        select 'rows', case when current_setting('track_counts')::boolean
          then (select coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0) from pg_stat_xact_user_tables) else -1 end
        """;
    /** Counts statements, not rows: a statement without changed rows shows that the body uses this connection. */
    private static final String CHANGED_MARIADB =
            "show session status where variable_name in ('Com_insert', 'Com_insert_select', 'Com_update',"
                    + " 'Com_update_multi', 'Com_delete', 'Com_delete_multi', 'Com_replace', 'Com_replace_select',"
                    + " 'Com_load', 'Com_call_procedure')";

    private static final String OTHER_BARRIERS = """
        select coalesce(string_agg(other.relnamespace::regnamespace::text, ', '), '')
        from pg_class mine join pg_class other on other.relname = mine.relname and other.oid <> mine.oid
        where mine.oid = 'entente_barrier'::regclass and other.relkind in ('r', 'p')
        """;
    private static final int MAX_KEY_CHARS = 512;
    private static final String ROLLED_BACK = "40001";

    private final Dialect dialect;
    private final boolean isMaria;
    private final String insert;
    private final String claimForward;
    private final String claimLater;
    private final String insertAlone;

    /** Creates the table's statements for a dialect. */
    public BarrierTable(Dialect dialect) {
        this.dialect = dialect;
        isMaria = dialect == Dialect.MARIADB;
        insert = insert("", "");
        insertAlone = insert(", reject_code, reject_message", ", ?, ?");
        // The savepoint follows the claim: a rejection rolls back the body and keeps the key, which gets the verdict.
        claimForward = WAIT_BRIEFLY + insert + WAIT_AS_BEFORE + SELECT + ";";
        // The savepoint precedes the claim: a failed undo or completion leaves no row.
        claimLater = WAIT_BRIEFLY + insert + insert + WAIT_AS_BEFORE + SELECT;
    }

    private String insert(String moreColumns, String moreValues) {
        return (isMaria ? "insert ignore" : "insert")
                + " into entente_barrier (gid, branch, op, verdict, fence, fence_base, created_at" + moreColumns
                + ") values (?, ?, ?, ?, ?, ?, {now}" + moreValues + ")"
                + (isMaria ? "" : " on conflict (gid, branch, op) do nothing;");
    }

    private Sql sql(Connection connection) {
        return new Sql(connection, dialect);
    }

    /** Returns the database's dialect. */
    public Dialect dialect() {
        return dialect;
    }

    /** Returns the statements that create the table. */
    public String ddl() {
        return dialect.ddl(BarrierTable.class, "entente_barrier");
    }

    /** Returns the statement that sets a savepoint within a claim; empty if it needs a separate statement. */
    public String savepoint(String name) {
        return isMaria ? "" : "savepoint " + name + ";";
    }

    /**
     * Inserts the missing keys of a call's operation and reads the rows. For an undo or a completion, the keys include
     * the forward operation's key.
     *
     * @param wait the longest wait for another call of the branch; MariaDB counts full seconds
     * @param savepoint the result of {@link #savepoint}; set after a forward operation's claim, and before other claims
     */
    public ClaimedKeys claim(Connection connection, BarrierKey key, Duration wait, String savepoint)
            throws SQLException {
        return isMaria
                ? sql(connection).waitingAtMost(wait, () -> claimByStatement(connection, key))
                : claimAtOnce(connection, key, wait, savepoint);
    }

    private ClaimedKeys claimAtOnce(Connection connection, BarrierKey key, Duration wait, String savepoint)
            throws SQLException {
        String sql = key.isForward() ? claimForward + savepoint : savepoint + claimLater;
        List<Object> values = new ArrayList<>();
        values.add(millis(wait));
        if (!key.isForward()) {
            values.addAll(row(key.forward(), BarrierVerdict.UNDONE));
        }
        values.addAll(row(key, BarrierVerdict.DONE));
        values.add(key.gid());
        values.add(key.branch());
        try (PreparedStatement claim = sql(connection).prepared(sql, values.toArray())) {
            claim.execute();
            if (!key.isForward() && !savepoint.isEmpty()) {
                claim.getMoreResults(); // the lock_timeout comes after the savepoint
            }
            boolean forwardClaimed = !key.isForward() && nextCount(claim) == 1;
            boolean ownClaimed = nextCount(claim) == 1;
            claim.getMoreResults(); // the restored lock_timeout
            claim.getMoreResults();
            try (ResultSet rows = claim.getResultSet()) {
                return found(rows, key, key.isForward() ? ownClaimed : forwardClaimed, ownClaimed);
            }
        }
    }

    private static int nextCount(PreparedStatement statement) throws SQLException {
        statement.getMoreResults();
        return statement.getUpdateCount();
    }

    private ClaimedKeys claimByStatement(Connection connection, BarrierKey key) throws SQLException {
        refuseOversized(key.gid());
        refuseOversized(key.branch());
        boolean forwardClaimed =
                !key.isForward() && isInserted(connection, insert, row(key.forward(), BarrierVerdict.UNDONE));
        boolean ownClaimed = isInserted(connection, insert, row(key, BarrierVerdict.DONE));
        ClaimedKeys seen;
        try (PreparedStatement select = sql(connection).prepared(SELECT, key.gid(), key.branch());
                ResultSet rows = select.executeQuery()) {
            seen = found(rows, key, key.isForward() ? ownClaimed : forwardClaimed, ownClaimed);
        }
        return new ClaimedKeys(
                seen.forwardClaimed(),
                ownClaimed,
                seen.forward().isPresent() ? seen.forward() : latest(connection, key.forward()),
                seen.own().isPresent() ? seen.own() : latest(connection, key),
                seen.newer());
    }

    private static void refuseOversized(String name) {
        boolean isAscii = StandardCharsets.US_ASCII.newEncoder().canEncode(name);
        if (name.length() > MAX_KEY_CHARS || !isAscii) {
            throw new IllegalArgumentException("'" + name + "' is not a valid gid or branch on MariaDB; use at most "
                    + MAX_KEY_CHARS + " ASCII characters");
        }
    }

    /** Reads all rows of a branch, because any row may contain the fence of a newer coordinator. */
    private static ClaimedKeys found(ResultSet rows, BarrierKey key, boolean forwardClaimed, boolean ownClaimed)
            throws SQLException {
        Optional<BarrierRow> forward = Optional.empty();
        Optional<BarrierRow> own = Optional.empty();
        long newer = 0;
        while (rows.next()) {
            String op = rows.getString("op");
            BarrierRow row = row(rows);
            if (op.equals(key.forwardOp())) {
                forward = Optional.of(row);
            }
            if (op.equals(key.op())) {
                own = Optional.of(row);
            }
            newer = key.fence().isOlderThan(row.fence())
                    ? Math.max(newer, row.fence().number())
                    : newer;
        }
        return new ClaimedKeys(forwardClaimed, ownClaimed, forward, own, newer);
    }

    private static BarrierRow row(ResultSet row) throws SQLException {
        byte[] response = row.getBytes("response");
        int status = row.getInt("http_status");
        Integer httpStatus = row.wasNull() ? null : status;
        return new BarrierRow(
                BarrierVerdict.of(row.getString("verdict")),
                new CallFence(row.getInt("fence_base"), row.getLong("fence")),
                response == null
                        ? null
                        : new StoredAnswer(ByteString.copyFrom(response), httpStatus, row.getString("http_headers")),
                Objects.requireNonNullElse(row.getString("tried"), ""),
                Objects.requireNonNullElse(row.getString("reject_code"), ""),
                Objects.requireNonNullElse(row.getString("reject_message"), ""));
    }

    /**
     * Stores the answer of an operation that has completed. A row without an answer was committed by its body.
     *
     * @return false if the body ended the transaction
     */
    public boolean storeResponse(Connection connection, BarrierKey key, StoredAnswer answer, String tried)
            throws SQLException {
        String sql = isMaria ? STORE : STORE + IN_CLAIMING_TRANSACTION;
        return (!isMaria || isStillInside(connection))
                && update(sql(connection), sql, answer, tried, key.gid(), key.branch(), key.op()) == 1;
    }

    /**
     * Returns whether this is still the transaction that claimed the key, because the savepoint exists only there. A
     * body that ignores a deadlock's rollback or executes {@code rollback} continues in another transaction.
     */
    private boolean isStillInside(Connection connection) throws SQLException {
        try {
            sql(connection).execute("release savepoint entente_barrier");
            return true;
        } catch (SQLException failure) {
            if (SqlCondition.TRANSACTION_ENDED.matchesFailure(failure)) {
                return false;
            }
            throw failure;
        }
    }

    /** Returns whether the failure has ended the transaction: MariaDB rolls back a deadlock's victim completely. */
    public boolean isAllRolledBackBy(Connection connection, BarrierKey key, SQLException failure) throws SQLException {
        return isMaria
                && SqlCondition.TRANSACTION_CONFLICT.matchesFailure(failure)
                && latest(connection, key).isEmpty();
    }

    /** Stores the verdict for the forward key that this transaction claimed, and the answer over HTTP if any. */
    public void storeRejection(
            Connection connection, BarrierKey key, String code, String detail, @Nullable StoredAnswer answer)
            throws SQLException {
        Sql sql = sql(connection);
        update(sql, REJECT, answer, sql.text(code), sql.text(detail), key.gid(), key.branch(), key.op());
    }

    private static int update(Sql sql, String text, @Nullable StoredAnswer answer, @Nullable String... more)
            throws SQLException {
        List<@Nullable Object> values = new ArrayList<>();
        values.add(answer == null ? null : answer.bytes().toByteArray());
        values.add(answer == null ? null : answer.httpStatus());
        values.add(answer == null ? null : sql.text(answer.httpHeaders()));
        values.addAll(Arrays.asList(more));
        return sql.update(text, values.toArray());
    }

    /**
     * Stores a verdict in a transaction that claimed nothing, unless the key already exists.
     *
     * @return the stored verdict
     */
    public StoredState storeAlone(
            Connection connection,
            BarrierKey key,
            Duration wait,
            BarrierVerdict verdict,
            @Nullable String code,
            @Nullable String detail)
            throws SQLException {
        if (isMaria) {
            return sql(connection).waitingAtMost(wait, () -> storedState(connection, key, verdict, code, detail));
        }
        String limit = "select set_config('lock_timeout', ?, true)";
        Optional<String> unused = sql(connection).first(limit, row -> row.getString(1), millis(wait));
        return storedState(connection, key, verdict, code, detail);
    }

    /** A stored verdict; {@code isNew} if this call stored it. */
    public record StoredState(BarrierVerdict verdict, boolean isNew) {}

    private StoredState storedState(
            Connection connection,
            BarrierKey key,
            BarrierVerdict verdict,
            @Nullable String code,
            @Nullable String detail)
            throws SQLException {
        List<@Nullable Object> values = new ArrayList<>(row(key, verdict));
        values.addAll(Arrays.asList(sql(connection).text(code), sql(connection).text(detail)));
        if (isInserted(connection, insertAlone, values)) {
            return new StoredState(verdict, true);
        }
        return latest(connection, key)
                .map(row -> new StoredState(row.verdict(), false))
                .orElseThrow(() -> new SQLException("the barrier's row was purged in the meantime", ROLLED_BACK));
    }

    /** Deletes the forward key that this transaction claimed. */
    public void release(Connection connection, BarrierKey key) throws SQLException {
        sql(connection).update("delete from entente_barrier" + THIS_KEY, key.gid(), key.branch(), key.op());
    }

    /** Stores the higher fence of a coordinator that repeated this operation. */
    public void raiseFence(Connection connection, BarrierKey key) throws SQLException {
        long fence = key.fence().number();
        int base = key.fence().base();
        sql(connection).update(RAISE, fence, base, key.gid(), key.branch(), key.op(), fence, base);
    }

    /** Deletes at most {@code limit} rows older than {@code age}, and returns their number. */
    public int purge(Connection connection, Duration age, int limit) throws SQLException {
        return sql(connection).deleteAtMost("entente_barrier", "created_at < {now} - {micros}", Sql.micros(age), limit);
    }

    /** Reads the rows after a key, in primary key order; only rows of {@code gids} if it is not empty. */
    public List<BarrierRows.Row> rows(Connection connection, BarrierRows.Key after, List<String> gids, int limit)
            throws SQLException {
        String wanted = gids.isEmpty() ? "" : "and gid in (?" + ", ?".repeat(gids.size() - 1) + ")";
        String sql = """
            select gid, branch, op, verdict, created_at from entente_barrier
            where gid >= ? and (gid > ? or branch > ? or (branch = ? and op > ?)) %s
            order by gid, branch, op limit ?
            """.formatted(wanted);
        List<Object> values = new ArrayList<>();
        Collections.addAll(values, after.gid(), after.gid(), after.branch(), after.branch(), after.op());
        values.addAll(gids);
        values.add(limit);
        return sql(connection)
                .query(
                        sql,
                        row -> new BarrierRows.Row(
                                new BarrierRows.Key(row.getString(1), row.getString(2), row.getString(3)),
                                row.getString(4),
                                sql(connection).knownTime(row, "created_at")),
                        values.toArray());
    }

    /** Counts the changes of this transaction so far; -1 if the database does not count changes. */
    public long changes(Connection connection) throws SQLException {
        String sql = isMaria ? CHANGED_MARIADB : CHANGED;
        return sql(connection).query(sql, row -> row.getLong(2)).stream()
                .mapToLong(Long::longValue)
                .sum();
    }

    /** Returns the other schemas with a table {@code entente_barrier}; empty on MariaDB, which has no search path. */
    public String otherBarriers(Connection connection) throws SQLException {
        return isMaria
                ? ""
                : sql(connection).first(OTHER_BARRIERS, row -> row.getString(1)).orElse("");
    }

    private boolean isInserted(Connection connection, String sql, List<? extends @Nullable Object> row)
            throws SQLException {
        return sql(connection).isInserted(sql, row.toArray());
    }

    /** Reads the latest version of a row. MariaDB's snapshot may be older, so the statement locks the row. */
    private Optional<BarrierRow> latest(Connection connection, BarrierKey key) throws SQLException {
        String sql = SELECT + " and op = ?" + (isMaria ? " lock in share mode" : "");
        return sql(connection).first(sql, BarrierTable::row, key.gid(), key.branch(), key.op());
    }

    private static List<Object> row(BarrierKey key, BarrierVerdict verdict) {
        CallFence fence = key.fence();
        return List.of(key.gid(), key.branch(), key.op(), verdict.text(), fence.number(), fence.base());
    }

    private static String millis(Duration wait) {
        return Math.max(1, wait.toMillis()) + "ms";
    }
}
