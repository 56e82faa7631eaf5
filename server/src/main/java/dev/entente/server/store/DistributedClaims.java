package dev.entente.server.store;

import dev.entente.server.codec.PlanCodec;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jdbi.v3.core.Jdbi;

/**
 * The claims of {@link Reads} on distributed tables: what locks names one bucket, what looks over all of them locks nothing, and what a
 * statement asks of the database itself (its timeline) is asked before, for a statement runs where its bucket is. Blocks.
 */
final class DistributedClaims {
    private static final String LIVES =
            "exists (select 1 from coordinator c where c.incarnation = :me and c.dead_at is null)";

    private final Jdbi jdbi;
    private final long incarnation;
    private final ClusterIdentity cluster;

    DistributedClaims(Jdbi jdbi, long incarnation, ClusterIdentity cluster) {
        this.jdbi = jdbi;
        this.incarnation = incarnation;
        this.cluster = cluster;
    }

    private record Place(int bucket, String gid, long bytes) {}

    private boolean hasFailedOver() {
        return jdbi.withHandle(
                handle -> handle.createQuery("select (select " + ClusterIdentity.TIMELINE + ") <> :timeline")
                        .bind("timeline", cluster.timeline())
                        .mapTo(Boolean.class)
                        .one());
    }

    List<Integer> dueBuckets() {
        List<Integer> due =
                new ArrayList<>(jdbi.withHandle(handle -> handle.createQuery("""
                    select distinct t.bucket from open_transaction t
                    where t.owner is null and t.due_at is not null and t.due_at <= now() and t.format <= %d\
                    """.formatted(PlanCodec.FORMAT))
                        .mapTo(Integer.class)
                        .list()));
        Collections.shuffle(due);
        return due;
    }

    List<OpenRow> due(int bucket, int limit, long bytes) {
        if (hasFailedOver()) {
            return List.of();
        }
        return jdbi.withHandle(handle -> handle.createQuery("""
            update open_transaction set owner = :me, due_at = null, rev = rev + 1, adoptions = adoptions + 1
            where bucket = :bucket and owner is null and %s
              and gid = any (array (%s))
            returning %s\
            """.formatted(LIVES, Reads.DUE, OpenRows.OPEN_COLUMNS))
                .bind("me", incarnation)
                .bind("bucket", (short) bucket)
                .bind("limit", limit)
                .bind("bytes", bytes)
                .map((row, _) -> OpenRows.open(row))
                .list());
    }

    /** Two who adopt at once may look at the same rows: the guard on the owner gives each to one of them. */
    List<OpenRow> adopt(long dead, String afterGid, int limit, long bytes) {
        if (hasFailedOver()) {
            return List.of();
        }
        List<OpenRow> taken = new ArrayList<>();
        byBucket(fitting(orphans(dead, afterGid, limit), bytes))
                .forEach((bucket, gids) -> taken.addAll(adopt(dead, bucket, gids)));
        taken.sort(Comparator.comparing(OpenRow::gid));
        return taken;
    }

    private List<Place> orphans(long dead, String afterGid, int limit) {
        return jdbi.withHandle(handle -> handle.createQuery("""
            select bucket, gid, %s from open_transaction
            where gid > :after and owner = :dead and format <= %d order by gid limit :limit\
            """.formatted(Reads.PAYLOAD_BYTES, PlanCodec.FORMAT))
                .bind("after", afterGid)
                .bind("dead", dead)
                .bind("limit", limit)
                .map((row, _) -> new Place(row.getInt("bucket"), row.getString("gid"), row.getLong("bytes")))
                .list());
    }

    /** As {@link Reads} has the database choose them. */
    private static List<Place> fitting(List<Place> places, long bytes) {
        int count = 0;
        long total = 0;
        while (count < places.size() && (count == 0 || total + places.get(count).bytes() <= bytes)) {
            total += places.get(count).bytes();
            count++;
        }
        return places.subList(0, count);
    }

    private static Map<Integer, List<String>> byBucket(List<Place> places) {
        Map<Integer, List<String>> byBucket = new TreeMap<>();
        places.forEach(place ->
                byBucket.computeIfAbsent(place.bucket(), _ -> new ArrayList<>()).add(place.gid()));
        return byBucket;
    }

    private List<OpenRow> adopt(long dead, int bucket, List<String> gids) {
        return jdbi.withHandle(handle -> handle.createQuery("""
            update open_transaction set owner = :me, rev = rev + 1, adoptions = adoptions + 1
            where bucket = :bucket and gid = any (:gids) and owner = :dead and %s
              and exists (select 1 from coordinator c where c.incarnation = :dead and c.dead_at is not null)
            returning %s\
            """.formatted(LIVES, OpenRows.OPEN_COLUMNS))
                .bind("me", incarnation)
                .bind("bucket", (short) bucket)
                .bindArray("gids", String.class, gids)
                .bind("dead", dead)
                .map((row, _) -> OpenRows.open(row))
                .list());
    }
}
