package dev.entente.server.store;

import dev.entente.server.codec.PlanCodec;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jdbi.v3.core.statement.UnableToExecuteStatementException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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
        where bucket = :bucket and owner is null and due_at is not null and held_back_by is null and due_at <= now()
          and format <= %d
        order by due_at limit :limit for update skip locked\
        """.formatted(PAYLOAD_BYTES, PlanCodec.format()));
    private static final String HELD_BACK = fitting("due_at, gid", """
        select gid, due_at, %s from open_transaction
        where held_back_by = :participant and owner is null and due_at is not null and held_back_by is not null
          and due_at <= case when :only_due then now() else 'infinity' end and format <= %d
        order by due_at limit :limit for update skip locked\
        """.formatted(PAYLOAD_BYTES, PlanCodec.format()));
    private static final String ORPHANS = fitting("gid", """
        select gid, %s from open_transaction
        where gid > :after and owner = :dead and format <= %d
        order by gid limit :limit for update skip locked\
        """.formatted(PAYLOAD_BYTES, PlanCodec.format()));

    private static final Logger LOG = LoggerFactory.getLogger(Reads.class);

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
        return withConnection(connection -> {
            RowsByGid rows = new RowsByGid(connection);
            StoredTransaction open = only(rows.open(List.of(gid)));
            return open != null ? open : only(rows.finished(List.of(gid)));
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

    private static Ahead ahead(Handle handle, String gid, String delivery) throws SQLException {
        return new Ahead(gid, delivery, only(new RowsByGid(handle.getConnection()).open(List.of(gid))));
    }

    private static <R> @Nullable R only(List<R> rows) {
        return rows.isEmpty() ? null : rows.getFirst();
    }

    /** Asks a connection. */
    @FunctionalInterface
    private interface Question<T extends @Nullable Object> {
        T of(Connection connection) throws SQLException;
    }

    private <T extends @Nullable Object> T withConnection(Question<T> question) {
        return jdbi.withHandle(handle -> {
            try {
                return question.of(handle.getConnection());
            } catch (SQLException e) {
                throw new UnableToExecuteStatementException(e, null);
            }
        });
    }

    /**
     * Claims rows, and reads them. Where a value cannot be read the claim is made without any, and each row is read by itself afterwards: one value
     * must not keep what stands beside it from being taken over.
     *
     * @param claim given the columns to return
     */
    private List<OpenRow> claimed(Function<String, List<OpenRow>> claim) {
        try {
            return claim.apply(OpenRows.OPEN_COLUMNS);
        } catch (JdbiException e) {
            if (!Fault.isUnreadable(e)) {
                throw e;
            }
            LOG.warn("rows are claimed one by one: {}", Fault.line(e.getCause() == null ? e : e.getCause()));
        }
        List<String> gids =
                claim.apply(OpenRows.OPEN_SMALL).stream().map(OpenRow::gid).toList();
        return withConnection(connection -> new RowsByGid(connection).open(gids)).stream()
                .filter(row -> Objects.equals(row.owner(), incarnation))
                .toList();
    }

    /**
     * One probe of the due index per bucket, however many rows wait: {@code exists} would be planned as a join that reads all that are due. And
     * one probe of the other index per participant that holds rows back, which finds the row that is due first.
     */
    DueWork due() {
        List<Integer> buckets = new ArrayList<>();
        List<DueWork.HeldBack> heldBack = new ArrayList<>();
        jdbi.useHandle(handle -> handle.createQuery("""
            with recursive held (name, is_due) as (
              (select t.held_back_by, t.due_at <= now() from open_transaction t
                where t.owner is null and t.due_at is not null and t.held_back_by is not null and t.held_back_by > ''
                order by t.held_back_by, t.due_at limit 1)
              union all
              select later.name, later.is_due from held cross join lateral (
                select t.held_back_by as name, t.due_at <= now() as is_due from open_transaction t
                where t.owner is null and t.due_at is not null and t.held_back_by is not null and t.held_back_by > held.name
                order by t.held_back_by, t.due_at limit 1) later)
            select b as bucket, null as name, true as is_due from generate_series(0, %d) b
            where (
              select true from open_transaction t
              where t.bucket = b::smallint and t.owner is null and t.due_at is not null and t.held_back_by is null
                and t.due_at <= now() and t.format <= %d
              limit 1)
            union all
            select null, name, is_due from held\
            """.formatted(Bucket.COUNT - 1, PlanCodec.format()))
                .map((row, _) -> {
                    String participant = row.getString("name");
                    return participant == null
                            ? buckets.add(row.getInt("bucket"))
                            : heldBack.add(new DueWork.HeldBack(participant, row.getBoolean("is_due")));
                })
                .list());
        Collections.shuffle(buckets);
        return new DueWork(buckets, heldBack);
    }

    List<OpenRow> claimDue(int bucket, int limit, long bytes) {
        return claimed(columns -> claimDue(bucket, limit, bytes, columns));
    }

    private List<OpenRow> claimDue(int bucket, int limit, long bytes, String columns) {
        return jdbi.withHandle(handle -> handle.createQuery("""
            update open_transaction set owner = :me, due_at = null, rev = rev + 1, adoptions = adoptions + 1
            where bucket = :bucket and owner is null
              and %s
              and gid = any (array (%s))
            returning %s\
            """.formatted(MAY_CLAIM, DUE, columns))
                .bind("me", incarnation)
                .bind("timeline", cluster.timeline())
                .bind("bucket", (short) bucket)
                .bind("limit", limit)
                .bind("bytes", bytes)
                .map((row, _) -> OpenRows.open(row))
                .list());
    }

    List<OpenRow> claimHeldBack(String participant, boolean onlyDue, int limit, long bytes) {
        return claimed(columns -> claimHeldBack(participant, onlyDue, limit, bytes, columns));
    }

    private List<OpenRow> claimHeldBack(String participant, boolean onlyDue, int limit, long bytes, String columns) {
        return jdbi.withHandle(handle -> handle.createQuery("""
            update open_transaction
            set owner = :me, due_at = null, held_back_by = null, rev = rev + 1, adoptions = adoptions + 1
            where owner is null
              and %s
              and gid = any (array (%s))
            returning %s\
            """.formatted(MAY_CLAIM, HELD_BACK, columns))
                .bind("me", incarnation)
                .bind("timeline", cluster.timeline())
                .bind("participant", participant)
                .bind("only_due", onlyDue)
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
        List<OpenRow> taken =
                new ArrayList<>(claimed(columns -> adopt(deadIncarnation, afterGid, limit, bytes, columns)));
        taken.sort(Comparator.comparing(OpenRow::gid));
        return taken;
    }

    private List<OpenRow> adopt(long deadIncarnation, String afterGid, int limit, long bytes, String columns) {
        return jdbi.withHandle(handle -> handle.createQuery("""
            update open_transaction set owner = :me, rev = rev + 1, adoptions = adoptions + 1
            where owner = :dead
              and %s
              and exists (select 1 from coordinator c where c.incarnation = :dead and c.dead_at is not null)
              and gid = any (array (%s))
            returning %s\
            """.formatted(MAY_CLAIM, ORPHANS, columns))
                .bind("me", incarnation)
                .bind("timeline", cluster.timeline())
                .bind("dead", deadIncarnation)
                .bind("after", afterGid)
                .bind("limit", limit)
                .bind("bytes", bytes)
                .map((row, _) -> OpenRows.open(row))
                .list());
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
