package dev.entente.server.store.admin;

import dev.entente.server.store.Database;
import dev.entente.server.store.DatabaseFault;
import dev.entente.server.store.RowsByGid;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.JdbiException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes transactions that finished long ago, with their labels, in the background. It works slice by slice, and
 * never for more than a quarter of the time. Finished rows are removed by one coordinator at a
 * time. Once it is removed, a gid is not known any more: clients must not send one again that is older.
 */
public final class Retention implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Retention.class);
    /** Few and large: the commit of each makes those who write wait for one more fsync. */
    private static final int SLICE = 2000;

    private static final Duration EVERY = Duration.ofSeconds(30);
    private static final Duration SHORTEST_PAUSE = Duration.ofMillis(60);
    /**
     * The shortest pause between slices of ordered deliveries. These slices are smaller, for each holds whole lanes in
     * memory.
     */
    private static final Duration SHORTEST_PAUSE_OF_ORDERS = Duration.ofMillis(20);

    /** The first key of the advisory lock of whoever removes, beside {@code SessionLock#SPACE}: "entr" in ASCII. */
    static final int LOCK_SPACE = 0x656e7472;

    private static final OffsetDateTime BEGINNING = Instant.EPOCH.atOffset(ZoneOffset.UTC);

    private final Database database;
    private final Duration keep;
    private final OrderRetention orders;
    private final CountDownLatch closing = new CountDownLatch(1);
    /**
     * The end of the last slice. Removed rows stay in the index until it is vacuumed, and are not to be passed through
     * again.
     */
    private OffsetDateTime from = BEGINNING;
    /** Gids of rows that the database cannot remove. */
    private final Set<String> stuck = new HashSet<>();

    private record Slice(int count, @Nullable OffsetDateTime last) {}

    /** @param keep for how long finished transactions are kept, at least a day */
    public Retention(Database database, Duration keep) {
        this.database = database;
        this.keep = keep;
        this.orders = new OrderRetention(database);
    }

    public void start() {
        Thread.ofVirtual().name("entente-retention").start(this::run);
    }

    private void run() {
        try {
            Duration pause = EVERY;
            while (!closing.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
                pause = sliceAndPause();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Runs one part beside the others. If it meets rows that cannot be read, it alone removes nothing until the page is
     * restored.
     */
    private static int beside(IntSupplier part) {
        try {
            return part.getAsInt();
        } catch (JdbiException e) {
            if (!DatabaseFault.isUnreadable(e)) {
                throw e;
            }
            LOG.warn(
                    "some finished rows stay, because a page with them cannot be read: {}",
                    DatabaseFault.line(e.getCause() == null ? e : e.getCause()));
            return 0;
        }
    }

    /** Removes a slice, and after the last one what else is old; returns how long to pause. For one thread. */
    public Duration sliceAndPause() {
        long begun = System.nanoTime();
        Duration shortest = SHORTEST_PAUSE;
        try {
            if (removeSlice() < SLICE) {
                if (beside(() -> orders.forgetSlice() ? 1 : 0) == 0) {
                    var _ = beside(this::forgetCoordinators);
                    return EVERY;
                }
                shortest = SHORTEST_PAUSE_OF_ORDERS;
            }
        } catch (RuntimeException | Error e) {
            // Must live; the next round tries again.
            LOG.warn("could not remove finished transactions, retrying: {}", e.getMessage());
            return EVERY;
        }
        Duration pause = Duration.ofNanos(3 * (System.nanoTime() - begun));
        return pause.compareTo(shortest) < 0 ? shortest : pause;
    }

    /** Removes the oldest, at most {@link #SLICE}; returns how many. For one thread. */
    public int removeSlice() {
        if (database.finishedPages().isDamaged()) {
            return removeOneByOne();
        }
        Slice removed;
        try {
            removed = database.jdbi().withHandle(handle -> slice(handle));
        } catch (JdbiException e) {
            if (!DatabaseFault.isUnreadable(e)) {
                throw e;
            }
            return removeOneByOne();
        }
        from = removed.count() < SLICE || removed.last() == null ? BEGINNING : removed.last();
        return removed.count();
    }

    /**
     * As far as each can be removed. One whose values stand in a damaged page stays, and is not tried again by this
     * process.
     */
    private int removeOneByOne() {
        int removed = 0;
        for (String gid : database.jdbi().withHandle(this::oldest)) {
            try {
                database.jdbi().useTransaction(handle -> remove(handle, gid));
                removed++;
            } catch (JdbiException e) {
                if (!DatabaseFault.isUnreadable(e)) {
                    throw e;
                }
                stuck.add(gid);
                LOG.warn("{} cannot be removed: {}", gid, DatabaseFault.line(e.getCause() == null ? e : e.getCause()));
            }
        }
        return removed;
    }

    private static void remove(Handle handle, String gid) {
        var _ = handle.execute(RowsByGid.BY_KEY);
        handle.createUpdate("""
            with gone as (delete from finished_transaction where gid = :gid returning gid)
            delete from transaction_label where gid = any (array (select gid from gone))\
            """).bind("gid", gid).execute();
    }

    private List<String> oldest(Handle handle) {
        return database.finishedPages()
                .select(
                        handle,
                        within -> handle.createQuery("""
                            select gid from finished_transaction
                            where %s and finished_at < now() - :keep * interval '1 millisecond' and gid <> all (:stuck)
                            order by finished_at limit :slice\
                            """.formatted(within))
                                .bind("keep", keep.toMillis())
                                .bindArray("stuck", String.class, List.copyOf(stuck))
                                .bind("slice", SLICE)
                                .mapTo(String.class)
                                .list());
    }

    /**
     * By their places, for finished rows are never updated; one that whoever had the lock before has just removed is
     * passed over.
     */
    private Slice slice(Handle handle) {
        return handle.createQuery("""
            with turn as materialized (select pg_try_advisory_xact_lock(:lock, 0) as is_mine),
            gone as (
              delete from finished_transaction
              where ctid = any (array (
                select ctid from finished_transaction
                where (select is_mine from turn)
                  and finished_at >= :from and finished_at < now() - :keep * interval '1 millisecond'
                  and gid <> all (:stuck)
                order by finished_at limit :slice))
              returning gid, finished_at),
            labels as (
              delete from transaction_label where gid = any (array (select gid from gone)))
            select count(*), max(finished_at) from gone\
            """)
                .bind("lock", LOCK_SPACE)
                .bind("from", from)
                .bind("keep", keep.toMillis())
                .bindArray("stuck", String.class, List.copyOf(stuck))
                .bind("slice", SLICE)
                .map((row, _) -> new Slice(row.getInt(1), row.getObject(2, OffsetDateTime.class)))
                .one();
    }

    /** Incarnations that have long been dead and own nothing. */
    private int forgetCoordinators() {
        return database.jdbi().withHandle(handle -> handle.execute("""
            delete from coordinator c where c.dead_at < now() - interval '1 day'
              and not exists (select 1 from open_transaction t where t.owner = c.incarnation)\
            """));
    }

    @Override
    public void close() {
        closing.countDown();
    }
}
