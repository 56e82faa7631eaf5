package dev.entente.server.store.writer;

import dev.entente.server.store.Bucket;
import dev.entente.server.store.Database;
import dev.entente.server.store.FinishedRow;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.OpenRows;
import dev.entente.server.store.OwnedRow;
import dev.entente.server.store.Predecessor;
import dev.entente.server.store.StoredTransaction;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;

/** Reads of rows by gid, and related reads. The methods block. */
final class Reads {
    private final Jdbi jdbi;
    private final long incarnation;

    Reads(Database database, long incarnation) {
        this.jdbi = database.jdbi();
        this.incarnation = incarnation;
    }

    /** Reads the open row first: rows move from open to finished, so no row is missed. */
    @Nullable
    StoredTransaction read(String gid) {
        if (gid.indexOf('\0') >= 0) {
            return null; // PostgreSQL's text cannot contain it, so no row has this gid
        }
        return jdbi.withHandle(handle -> read(handle, gid));
    }

    private static @Nullable StoredTransaction read(Handle handle, String gid) {
        StoredTransaction open = only(open(handle, List.of(gid)));
        return open != null ? open : only(finished(handle, List.of(gid)));
    }

    static List<OpenRow> open(Handle handle, List<String> gids) {
        return select(handle, OpenRows.OPEN_COLUMNS + " from open_transaction", gids)
                .map((row, _) -> OpenRows.open(row))
                .list();
    }

    static List<FinishedRow> finished(Handle handle, List<String> gids) {
        return select(handle, OpenRows.FINISHED_COLUMNS + " from finished_transaction", gids)
                .map((row, _) -> OpenRows.finished(row))
                .list();
    }

    private static Query select(Handle handle, String columnsFromTable, List<String> gids) {
        return handle.createQuery("select " + columnsFromTable + " where gid = any (:gids)")
                .bindArray("gids", String.class, gids);
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

    private static Predecessor ahead(Handle handle, String gid, String delivery) {
        return new Predecessor(gid, delivery, read(handle, gid));
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
