package dev.entente.server.store.writer;

import dev.entente.server.codec.PlanCodec;
import dev.entente.server.store.Bucket;
import dev.entente.server.store.ClusterIdentity;
import dev.entente.server.store.Database;
import dev.entente.server.store.DueWork;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.OpenRows;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.Jdbi;

/**
 * The claims of rows, in slices. The methods block.
 *
 * <p>A claim names its rows by an array that is computed first: {@code in (select … limit n for update skip locked)}
 * took 25 rows for a limit of 10 under a nested loop. Rows in an unknown format are left to coordinators that know the
 * format.
 */
final class RowClaims {
    /** The condition for a claim: not declared dead, and no failover of the database, which parks its rows first. */
    private static final String MAY_CLAIM =
            "exists (select 1 from coordinator c where c.incarnation = :me and c.dead_at is null) and (select "
                    + ClusterIdentity.TIMELINE + ") = :timeline";

    /** The size of the payload. PostgreSQL knows the size of an out-of-line value without fetching the value. */
    private static final String PAYLOAD_BYTES = "octet_length(plan) + coalesce(octet_length(progress), 0) as bytes";

    private static final String IS_FREE = "owner is null and due_at is not null and format <= " + PlanCodec.format();

    /**
     * The SQL of one kind of claim.
     *
     * @param condition the condition of claimable rows
     * @param order the order of the claim
     * @param taken the assignments of the update beside owner, rev and adoptions
     * @param guard the condition of the update
     */
    private record Kind(String condition, String order, String taken, String guard) {
        /**
         * Selects the first row, and further rows while the sum of their bytes fits: the rows have to be held in
         * memory.
         */
        String fitting() {
            return """
                select gid from (
                  select gid, bytes, sum(bytes) over so_far as total
                  from (
                    select gid, due_at, %s from open_transaction
                    where %s
                    order by %s limit :limit for update skip locked) candidate
                  window so_far as (order by %s rows unbounded preceding)) fitting
                where total <= :bytes or total = bytes\
                """.formatted(PAYLOAD_BYTES, condition, order, order.equals("gid") ? order : order + ", gid");
        }
    }

    private static final Kind DUE = new Kind(
            "bucket = :bucket and held_back_by is null and due_at <= now() and " + IS_FREE,
            "due_at",
            "due_at = null, ",
            "bucket = :bucket and owner is null");
    private static final Kind HELD_BACK = new Kind(
            "held_back_by = :participant and held_back_by is not null"
                    + " and due_at <= case when :only_due then now() else 'infinity' end and " + IS_FREE,
            "due_at",
            "due_at = null, held_back_by = null, ",
            "owner is null");
    private static final Kind ORPHANS = new Kind(
            "gid > :after and owner = :dead and format <= " + PlanCodec.format(),
            "gid",
            "",
            "owner = :dead and exists (select 1 from coordinator c where c.incarnation = :dead and c.dead_at is not"
                    + " null)");

    private final Jdbi jdbi;
    private final long incarnation;
    private final ClusterIdentity cluster;
    private final WriterSessions writers;

    RowClaims(Database database, long incarnation, ClusterIdentity cluster) {
        this.jdbi = database.jdbi();
        this.incarnation = incarnation;
        this.cluster = cluster;
        this.writers = new WriterSessions(jdbi, incarnation);
    }

    /**
     * Probes the due index once per bucket, regardless of the number of waiting rows. {@code exists} would be planned
     * as a join that reads all due rows. One probe of the other index, per participant that holds back rows, finds the
     * earliest due row of the participant.
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
            select b as bucket, null as name, true as is_due from generate_series(0, %s) b
            where (
              select true from open_transaction t
              where t.bucket = b::smallint and t.owner is null and t.due_at is not null and t.held_back_by is null
                and t.due_at <= now() and t.format <= %s
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
        return claim(DUE, Map.of("bucket", (short) bucket), limit, bytes);
    }

    List<OpenRow> claimHeldBack(String participant, boolean onlyDue, int limit, long bytes) {
        return claim(HELD_BACK, Map.of("participant", participant, "only_due", onlyDue), limit, bytes);
    }

    /** Takes rows of a dead incarnation, by gid. */
    List<OpenRow> adopt(long deadIncarnation, String afterGid, int limit, long bytes) {
        if (afterGid.isEmpty() && isDead(deadIncarnation)) {
            // The declaring coordinator may have died before it ended the session that holds locks on these rows.
            writers.end(deadIncarnation);
        }
        List<OpenRow> taken =
                new ArrayList<>(claim(ORPHANS, Map.of("dead", deadIncarnation, "after", afterGid), limit, bytes));
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

    private List<OpenRow> claim(Kind kind, Map<String, Object> bindings, int limit, long bytes) {
        return jdbi.withHandle(handle -> handle.createQuery(
                        """
                        update open_transaction set owner = :me, %srev = rev + 1, adoptions = adoptions + 1
                        where %s
                          and %s
                          and gid = any (array (%s))
                        returning %s\
                        """.formatted(kind.taken(), kind.guard(), MAY_CLAIM, kind.fitting(), OpenRows.OPEN_COLUMNS))
                .bind("me", incarnation)
                .bind("timeline", cluster.timeline())
                .bind("limit", limit)
                .bind("bytes", bytes)
                .bindMap(bindings)
                .map((row, _) -> OpenRows.open(row))
                .list());
    }
}
