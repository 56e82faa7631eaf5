package dev.entente.server.store.writer;

import dev.entente.server.store.Bucket;
import dev.entente.server.store.ClusterIdentity;
import dev.entente.server.store.Database;
import dev.entente.server.store.DueWork;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.OwnedRow;
import dev.entente.server.store.Predecessor;
import dev.entente.server.store.RowsByGid;
import dev.entente.server.store.StoredTransaction;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.UnableToExecuteStatementException;
import org.jspecify.annotations.Nullable;

/**
 * Single rows, and the claims ({@link RowClaims}). Blocks.
 */
final class Reads {
    private final Jdbi jdbi;
    private final long incarnation;
    private final RowClaims claims;
    private final WriterSessions writers;

    Reads(Database database, long incarnation, ClusterIdentity cluster) {
        this.jdbi = database.jdbi();
        this.incarnation = incarnation;
        this.claims = new RowClaims(database, incarnation, cluster);
        this.writers = new WriterSessions(jdbi, incarnation);
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
        RowsByGid rows = new RowsByGid(connection);
        StoredTransaction open = only(rows.open(List.of(gid)));
        return open != null ? open : only(rows.finished(List.of(gid)));
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

    DueWork due() {
        return claims.due();
    }

    List<OpenRow> claimDue(int bucket, int limit, long bytes) {
        return claims.claimDue(bucket, limit, bytes);
    }

    List<OpenRow> claimHeldBack(String participant, boolean onlyDue, int limit, long bytes) {
        return claims.claimHeldBack(participant, onlyDue, limit, bytes);
    }

    List<OpenRow> adopt(long deadIncarnation, String afterGid, int limit, long bytes) {
        if (afterGid.isEmpty() && isDead(deadIncarnation)) {
            // Whoever declared it dead may have died before it ended the session that holds locks on these rows.
            writers.end(deadIncarnation);
        }
        return claims.adopt(deadIncarnation, afterGid, limit, bytes);
    }

    private boolean isDead(long other) {
        return jdbi.withHandle(handle -> handle.createQuery(
                        "select 1 from coordinator where incarnation = :other and dead_at is not null")
                .bind("other", other)
                .mapTo(Integer.class)
                .findOne()
                .isPresent());
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
