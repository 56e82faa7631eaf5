package dev.entente.server.store;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jdbi.v3.core.Handle;

/** A slice of {@link Retention} on distributed tables: found without a lock, removed bucket by bucket. In one transaction; blocks. */
final class DistributedRetention {
    private final Handle handle;
    private final Duration keep;
    private final int slice;

    DistributedRetention(Handle handle, Duration keep, int slice) {
        this.handle = handle;
        this.keep = keep;
        this.slice = slice;
    }

    private record Place(int bucket, String gid) {}

    int removeSlice() {
        Map<Integer, List<String>> byBucket = new TreeMap<>();
        handle.createQuery("""
            select bucket, gid from finished_transaction where finished_at < now() - :keep * interval '1 millisecond'
            order by finished_at limit :slice\
            """)
                .bind("keep", keep.toMillis())
                .bind("slice", slice)
                .map((row, _) -> new Place(row.getInt("bucket"), row.getString("gid")))
                .list()
                .forEach(place -> byBucket.computeIfAbsent(place.bucket(), _ -> new ArrayList<>())
                        .add(place.gid()));
        int removed = 0;
        for (Map.Entry<Integer, List<String>> each : byBucket.entrySet()) {
            removed += remove("finished_transaction", each.getKey(), each.getValue());
            remove("transaction_label", each.getKey(), each.getValue());
        }
        return removed;
    }

    private int remove(String table, int bucket, List<String> gids) {
        return handle.createUpdate("delete from " + table + " where bucket = :bucket and gid = any (:gids)")
                .bind("bucket", (short) bucket)
                .bindArray("gids", String.class, gids)
                .execute();
    }
}
