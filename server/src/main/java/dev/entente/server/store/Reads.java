package dev.entente.server.store;

import dev.entente.server.codec.PlanCodec;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;

/**
 * Single rows, and the claims: rows taken in slices. Blocks.
 *
 * <p>A claim names its rows by an array that is computed first: {@code in (select … limit n for update skip locked)} took 25 rows for a limit
 * of 10 under a nested loop. Rows in a format that this program does not know are left to coordinators that do.
 */
final class Reads {
    /** Not once it was declared dead, and not on a database that has failed over, whose rows are to be parked first. */
    private static final String MAY_CLAIM =
            "exists (select 1 from coordinator c where c.incarnation = :me and c.dead_at is null) and (select "
                    + ClusterIdentity.TIMELINE + ") = :timeline";

    /** The size of a value that is stored out of line is known without fetching it. */
    private static final String PAYLOAD_BYTES = "octet_length(plan) + coalesce(octet_length(progress), 0) as bytes";

    private static final String DUE = fitting("due_at, gid", """
        select gid, due_at, %s from open_transaction
        where bucket = :bucket and owner is null and due_at is not null and due_at <= now() and format <= %d
        order by due_at limit :limit for update skip locked\
        """.formatted(PAYLOAD_BYTES, PlanCodec.FORMAT));
    private static final String ORPHANS = fitting("gid", """
        select gid, %s from open_transaction
        where gid > :after and owner = :dead and format <= %d
        order by gid limit :limit for update skip locked\
        """.formatted(PAYLOAD_BYTES, PlanCodec.FORMAT));

    private final Jdbi jdbi;
    private final long incarnation;
    private final ClusterIdentity cluster;
    private final WriterSessions writers;

    Reads(Database database, long incarnation, ClusterIdentity cluster) {
        this.jdbi = database.jdbi();
        this.incarnation = incarnation;
        this.cluster = cluster;
        this.writers = new WriterSessions(jdbi, incarnation);
    }

    /** The first of them, and those behind it that fit into so many bytes with all before them: what is taken has to be held in memory. */
    private static String fitting(String order, String candidates) {
        return """
            select gid from (
              select gid, bytes, sum(bytes) over so_far as total
              from (%s) candidate
              window so_far as (order by %s rows unbounded preceding)) fitting
            where total <= :bytes or total = bytes\
            """.formatted(candidates, order);
    }

    /** Open first: rows move from there to finished, so none is missed. */
    @Nullable
    StoredTransaction read(String gid) {
        if (gid.indexOf('\0') >= 0) {
            return null; // PostgreSQL's text cannot hold it, so no row has it
        }
        return jdbi.withHandle(handle -> {
            StoredTransaction open = open(handle, gid);
            return open != null ? open : finished(handle, gid);
        });
    }

    @Nullable
    Ahead ahead(String gid, String delivery) {
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

    private static Ahead ahead(Handle handle, String gid, String delivery) {
        return new Ahead(gid, delivery, open(handle, gid) instanceof OpenRow row ? row : null);
    }

    private static @Nullable StoredTransaction open(Handle handle, String gid) {
        return handle.createQuery("select " + OpenRows.OPEN_COLUMNS
                        + " from open_transaction where gid = :gid and bucket = :bucket")
                .bind("gid", gid)
                .bind("bucket", Bucket.of(gid))
                .map((row, _) -> OpenRows.open(row))
                .findOne()
                .orElse(null);
    }

    private static @Nullable StoredTransaction finished(Handle handle, String gid) {
        return handle.createQuery("select " + OpenRows.FINISHED_COLUMNS
                        + " from finished_transaction where gid = :gid and bucket = :bucket")
                .bind("gid", gid)
                .bind("bucket", Bucket.of(gid))
                .map((row, _) -> OpenRows.finished(row))
                .findOne()
                .orElse(null);
    }

    /** One probe of the due index per bucket, however many rows wait: {@code exists} would be planned as a join that reads all that are due. */
    List<Integer> dueBuckets() {
        List<Integer> due = new ArrayList<>(jdbi.withHandle(
                handle -> handle.createQuery("""
                    select b from generate_series(0, %d) b
                    where (
                      select true from open_transaction t
                      where t.bucket = b::smallint and t.owner is null and t.due_at is not null and t.due_at <= now()
                        and t.format <= %d
                      limit 1)\
                    """.formatted(Bucket.COUNT - 1, PlanCodec.FORMAT))
                        .mapTo(Integer.class)
                        .list()));
        Collections.shuffle(due);
        return due;
    }

    List<OpenRow> claimDue(int bucket, int limit, long bytes) {
        return jdbi.withHandle(handle -> handle.createQuery("""
            update open_transaction set owner = :me, due_at = null, rev = rev + 1, adoptions = adoptions + 1
            where bucket = :bucket and owner is null
              and %s
              and gid = any (array (%s))
            returning %s\
            """.formatted(MAY_CLAIM, DUE, OpenRows.OPEN_COLUMNS))
                .bind("me", incarnation)
                .bind("timeline", cluster.timeline())
                .bind("bucket", (short) bucket)
                .bind("limit", limit)
                .bind("bytes", bytes)
                .map((row, _) -> OpenRows.open(row))
                .list());
    }

    List<OpenRow> adopt(long deadIncarnation, String afterGid, int limit, long bytes) {
        if (afterGid.isEmpty() && isDead(deadIncarnation)) {
            // Whoever declared it dead may have died before it ended the session that holds locks on these rows.
            writers.end(deadIncarnation);
        }
        List<OpenRow> taken = new ArrayList<>(
                jdbi.withHandle(handle -> handle.createQuery("""
                    update open_transaction set owner = :me, rev = rev + 1, adoptions = adoptions + 1
                    where owner = :dead
                      and %s
                      and exists (select 1 from coordinator c where c.incarnation = :dead and c.dead_at is not null)
                      and gid = any (array (%s))
                    returning %s\
                    """.formatted(MAY_CLAIM, ORPHANS, OpenRows.OPEN_COLUMNS))
                        .bind("me", incarnation)
                        .bind("timeline", cluster.timeline())
                        .bind("dead", deadIncarnation)
                        .bind("after", afterGid)
                        .bind("limit", limit)
                        .bind("bytes", bytes)
                        .map((row, _) -> OpenRows.open(row))
                        .list()));
        taken.sort(Comparator.comparing(OpenRow::gid));
        return taken;
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
        return jdbi.withHandle(handle -> handle.createQuery("select gid, rev from open_transaction"
                        + " where gid > :after and owner = :me order by gid limit :limit")
                .bind("me", incarnation)
                .bind("after", afterGid)
                .bind("limit", limit)
                .map((row, _) -> new OwnedRow(row.getString("gid"), row.getLong("rev")))
                .list());
    }
}
