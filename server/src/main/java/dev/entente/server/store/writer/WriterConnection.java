package dev.entente.server.store.writer;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.store.AcceptResult;
import dev.entente.server.store.ArrayColumn;
import dev.entente.server.store.ClusterIdentity;
import dev.entente.server.store.Database;
import dev.entente.server.store.DatabaseFault;
import dev.entente.server.store.OpenRows;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.postgresql.util.PSQLWarning;
import org.postgresql.util.ServerErrorMessage;

/**
 * The one connection of all batches. Plain JDBC, not JDBI, because the cost per row matters.
 *
 * <p>All statements of a batch are one prepared statement, joined by semicolons, in autocommit. pgjdbc sends them in
 * the extended protocol with one Sync at the end: one round trip, one transaction, a snapshot per statement. There is
 * one text for each set of statement kinds that occurs. Each text is prepared once and planned generically. Beyond the
 * limit, the least recently used text is closed. Not thread-safe.
 */
final class WriterConnection implements AutoCloseable {
    /** The limit: more sets of kinds than a steady load has, of a thousand that are possible. */
    private static final int MAX_PREPARED = 128;

    /** The session's settings. The server must not wait hours for a vanished client that holds locks. */
    private static final String SESSION = Database.NOTICES_SILENCE + """
        set plan_cache_mode = force_generic_plan; set jit = off;
        set enable_nestloop = off; set enable_mergejoin = off; set enable_seqscan = off;
        set statement_timeout = 0; set lock_timeout = 0; set default_transaction_isolation = 'read committed';
        set client_min_messages = warning;
        select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'\
        """;

    private final Connection connection;
    private final BackendProcess backend;
    private final ClusterIdentity cluster;
    private final long incarnation;
    private final AcceptStatements accepts = new AcceptStatements();
    private final WriteStatements writes = new WriteStatements();
    private final RegisterStatement register = new RegisterStatement();
    private final List<BatchStatement> order = List.of(
            accepts.insert,
            accepts.recheck,
            accepts.fanOut,
            accepts.order,
            accepts.labels,
            writes.flush,
            writes.rest,
            writes.finish,
            writes.wake,
            writes.audit,
            register);
    /** The statements by their kinds, in order of use. */
    private final Map<Integer, PreparedStatement> prepared = new LinkedHashMap<>(16, 0.75f, true);

    private final int mostPrepared;

    private WriterConnection(
            Connection connection,
            BackendProcess backend,
            ClusterIdentity cluster,
            long incarnation,
            int mostPrepared) {
        this.mostPrepared = mostPrepared;
        this.connection = connection;
        this.backend = backend;
        this.cluster = cluster;
        this.incarnation = incarnation;
    }

    static WriterConnection open(Database database, long incarnation) throws SQLException {
        return open(database, incarnation, MAX_PREPARED);
    }

    /** @param mostPrepared the number of sets of kinds that stay prepared */
    static WriterConnection open(Database database, long incarnation, int mostPrepared) throws SQLException {
        Connection connection = database.connectForgetful("writer", 30);
        try (Statement statement = connection.createStatement()) {
            statement.execute("set application_name = '" + WriterSessions.name(incarnation) + "'");
            statement.execute(SESSION);
            return new WriterConnection(
                    connection,
                    BackendProcess.of(connection),
                    ClusterIdentity.of(connection),
                    incarnation,
                    mostPrepared);
        } catch (SQLException | RuntimeException e) {
            connection.close();
            throw e;
        }
    }

    BackendProcess backend() {
        return backend;
    }

    ClusterIdentity cluster() {
        return cluster;
    }

    Connection jdbc() {
        return connection;
    }

    List<BatchStatement> statements() {
        return order;
    }

    /**
     * Commits a batch, and marks the applied operations. After an exception no operation is marked; {@link
     * DatabaseFault} decides whether the commit may have happened.
     */
    void commit(Batch batch) throws SQLException {
        try {
            batch.operations().forEach(this::gather);
            List<BatchStatement> present =
                    order.stream().filter(statement -> !statement.isEmpty()).toList();
            execute(bind(present, isOneRow(batch)), present, batch.byGid());
        } catch (SQLException | RuntimeException e) {
            batch.operations().forEach(Pending::reset);
            throw e;
        } finally {
            order.forEach(BatchStatement::clear);
        }
    }

    private void gather(Pending pending) {
        switch (pending) {
            case Pending.Accept accept -> {
                accepts.add(accept.transaction());
                writes.add(accept.transaction().audit());
            }
            case Pending.Write write -> writes.add(write.write());
            case Pending.Register registration -> register.add(registration);
        }
    }

    /** Returns whether the batch is one row. With labels, topics or queues, the batch has further rows. */
    private boolean isOneRow(Batch batch) {
        return batch.size() == 1 && accepts.labels.isEmpty() && accepts.fanOut.isEmpty() && accepts.order.isEmpty();
    }

    private PreparedStatement bind(List<BatchStatement> present, boolean isOneRow) throws SQLException {
        int kinds = isOneRow ? 1 << order.size() : 0;
        for (BatchStatement statement : present) {
            kinds |= 1 << order.indexOf(statement);
        }
        PreparedStatement statement = prepared.get(kinds);
        if (statement == null) {
            String sql = present.stream()
                    .map(BatchStatement::sql)
                    .map(each -> isOneRow ? OneRow.of(each) : each)
                    .collect(Collectors.joining(";\n"));
            freeCapacity();
            statement = connection.prepareStatement(sql);
            prepared.put(kinds, statement);
        }
        Parameters parameters = new Parameters(statement);
        for (BatchStatement part : present) {
            part.bind(parameters, incarnation);
        }
        return statement;
    }

    /** At the limit, closes the least recently used statement: the server keeps text and plan of each open one. */
    private void freeCapacity() throws SQLException {
        if (prepared.size() >= mostPrepared) {
            Iterator<PreparedStatement> all = prepared.values().iterator();
            PreparedStatement oldest = all.next();
            all.remove();
            oldest.close();
        }
    }

    private static void execute(PreparedStatement statement, List<BatchStatement> present, Map<String, Pending> byGid)
            throws SQLException {
        boolean hasRows = statement.execute();
        requireCertain(statement);
        for (BatchStatement part : present) {
            if (hasRows) {
                try (ResultSet rows = statement.getResultSet()) {
                    part.read(rows, byGid);
                }
            }
            hasRows = statement.getMoreResults();
        }
    }

    /**
     * Requires that a commit has reached the standby that it waits for. If PostgreSQL stops waiting, it commits with a
     * warning. The warning's text is translated, so the function that warns is compared. Other warnings, such as about
     * transaction ids, do not concern the commit.
     */
    static void requireCertain(Statement statement) throws SQLException {
        for (SQLWarning warning = statement.getWarnings(); warning != null; warning = warning.getNextWarning()) {
            ServerErrorMessage sent = warning instanceof PSQLWarning known ? known.getServerErrorMessage() : null;
            String function = sent == null ? null : sent.getRoutine();
            if (function == null || function.startsWith("SyncRep")) {
                throw new SQLException("uncertain commit: " + warning.getMessage(), "08007", warning);
            }
        }
    }

    /**
     * Finds the rows with the gids of accepts that did not insert: open first, then finished, because rows move in that
     * direction only.
     */
    void lookUp(List<Pending.Accept> accepts) throws SQLException {
        Map<String, Pending.Accept> byGid = new HashMap<>();
        ArrayColumn gids = ArrayColumn.ofTexts();
        for (Pending.Accept accept : accepts) {
            byGid.put(accept.gid(), accept);
            gids.add(accept.gid());
        }
        lookUp("select gid, state, request_digest, owner from open_transaction where gid = any (?)", gids, byGid);
        lookUp(
                "select gid, state, request_digest, null::bigint as owner from finished_transaction where gid = any"
                        + " (?)",
                gids,
                byGid);
    }

    private void lookUp(String query, ArrayColumn gids, Map<String, Pending.Accept> byGid) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(query)) {
            gids.bind(statement, 1);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    Pending.Accept accept = byGid.get(row.getString(1));
                    if (accept != null) {
                        accept.known(new AcceptResult.Known(
                                TransactionState.of(row.getInt(2)),
                                ByteString.copyFrom(row.getBytes(3)),
                                OpenRows.nullableLong(row, "owner")));
                    }
                }
            }
        }
    }

    /** Returns whether this incarnation is still registered as alive. */
    boolean isAlive() throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("select 1 from coordinator where incarnation = ? and dead_at is null")) {
            statement.setLong(1, incarnation);
            try (ResultSet row = statement.executeQuery()) {
                return row.next();
            }
        }
    }

    /** Closes the connection, silently if the link is already broken. */
    @Override
    public void close() {
        List<AutoCloseable> all = new ArrayList<>(prepared.values());
        all.add(connection);
        for (AutoCloseable each : all) {
            try {
                each.close();
            } catch (Exception e) {
                // A broken link cannot be closed in order. The server notices by itself.
            }
        }
    }
}
