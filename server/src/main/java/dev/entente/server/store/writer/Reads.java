package dev.entente.server.store.writer;

import dev.entente.server.store.ArrayColumn;
import dev.entente.server.store.Bucket;
import dev.entente.server.store.Database;
import dev.entente.server.store.FinishedRow;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.OpenRows;
import dev.entente.server.store.OwnedRow;
import dev.entente.server.store.Predecessor;
import dev.entente.server.store.StoredTransaction;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.UnableToExecuteStatementException;
import org.jspecify.annotations.Nullable;

/** Reads rows by their gids, and what is asked beside them. Blocks. */
final class Reads {
    private final Jdbi jdbi;
    private final long incarnation;

    Reads(Database database, long incarnation) {
        this.jdbi = database.jdbi();
        this.incarnation = incarnation;
    }

    /** Reads one row of a result. */
    @FunctionalInterface
    private interface Mapper<R> {
        R row(ResultSet row) throws SQLException;
    }

    /** Open first: rows move from there to finished, so none is missed. */
    @Nullable
    StoredTransaction read(String gid) {
        if (gid.indexOf('\0') >= 0) {
            return null; // PostgreSQL's text cannot hold it, so no row has it
        }
        return jdbi.withHandle(handle -> {
            try {
                return read(handle.getConnection(), gid);
            } catch (SQLException e) {
                throw new UnableToExecuteStatementException(e, null);
            }
        });
    }

    private static @Nullable StoredTransaction read(Connection connection, String gid) throws SQLException {
        StoredTransaction open = only(open(connection, List.of(gid)));
        return open != null ? open : only(finished(connection, List.of(gid)));
    }

    static List<OpenRow> open(Connection connection, List<String> gids) throws SQLException {
        return select(connection, OpenRows.OPEN_COLUMNS + " from open_transaction", OpenRows::open, gids);
    }

    static List<FinishedRow> finished(Connection connection, List<String> gids) throws SQLException {
        return select(connection, OpenRows.FINISHED_COLUMNS + " from finished_transaction", OpenRows::finished, gids);
    }

    private static <R> List<R> select(
            Connection connection, String columnsFromTable, Mapper<R> mapper, List<String> gids) throws SQLException {
        ArrayColumn wanted = ArrayColumn.ofTexts();
        gids.forEach(wanted::add);
        try (PreparedStatement select =
                connection.prepareStatement("select " + columnsFromTable + " where gid = any (?)")) {
            wanted.bind(select, 1);
            try (ResultSet found = select.executeQuery()) {
                List<R> rows = new ArrayList<>(gids.size());
                while (found.next()) {
                    rows.add(mapper.row(found));
                }
                return rows;
            }
        }
    }

    @Nullable
    Predecessor ahead(String gid, String delivery) {
        return jdbi.withHandle(handle -> handle.createQuery("""
            select before_gid, before_delivery from delivery_order
            where gid = :gid and delivery = :delivery and bucket = :bucket and before_gid is not null\
            """)
                .bind("gid", gid)
                .bind("delivery", delivery)
                .bind("bucket", Bucket.of(gid))
                .map((row, _) -> ahead(handle, row.getString(1), row.getString(2)))
                .findOne()
                .orElse(null));
    }

    private static Predecessor ahead(Handle handle, String gid, String delivery) throws SQLException {
        return new Predecessor(gid, delivery, read(handle.getConnection(), gid));
    }

    Map<String, Long> revs(List<String> gids) {
        return jdbi.withHandle(handle -> {
            Map<String, Long> revs = new HashMap<>();
            handle.createQuery("select gid, rev from open_transaction where gid = any (:gids)")
                    .bindArray("gids", String.class, gids)
                    .map((row, _) -> revs.put(row.getString("gid"), row.getLong("rev")))
                    .list();
            return revs;
        });
    }

    private static <R> @Nullable R only(List<R> rows) {
        return rows.isEmpty() ? null : rows.getFirst();
    }

    List<OwnedRow> owned(String afterGid, int limit) {
        return jdbi.withHandle(handle -> handle.createQuery("""
            select gid, rev from open_transaction where gid > :after and owner = :me order by gid limit :limit\
            """)
                .bind("me", incarnation)
                .bind("after", afterGid)
                .bind("limit", limit)
                .map((row, _) -> new OwnedRow(row.getString("gid"), row.getLong("rev")))
                .list());
    }
}
