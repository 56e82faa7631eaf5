package dev.entente.server.store.admin;

import dev.entente.server.store.BulkRunTable;
import dev.entente.server.store.Database;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The removal of transactions that finished long ago, with their labels, and of expired console sessions, in the
 * background. It works in slices, for at most a quarter of the time. One coordinator at a time removes finished rows. A
 * removed gid is not known any more: clients must not repeat a submission that is older than the retention.
 */
public final class Retention implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Retention.class);
    /** The rows of a slice: few large slices, because the commit of each costs writers one more fsync. */
    private static final int SLICE = 2000;

    private static final int MAX_QUEUES = 500;
    /** The maximum number of links of one queue that one statement removes. */
    private static final int STEPS = 200;

    private static final Duration EVERY = Duration.ofSeconds(30);
    private static final Duration SHORTEST_PAUSE = Duration.ofMillis(60);
    /**
     * The shortest pause between slices of ordered deliveries. It is shorter, because a slice may remove only one link
     * of each of {@link #MAX_QUEUES} queues.
     */
    private static final Duration SHORTEST_PAUSE_OF_ORDERS = Duration.ofMillis(20);

    /** The first key of the advisory lock of the removal, beside {@code AliveLock#SPACE}: "entr" in ASCII. */
    static final int LOCK_SPACE = 0x656e7472;

    private static final OffsetDateTime BEGINNING = Instant.EPOCH.atOffset(ZoneOffset.UTC);

    private final Database database;
    private final Duration keep;
    private final CountDownLatch closing = new CountDownLatch(1);
    /**
     * The end of the last slice. Removed rows stay in the index until it is vacuumed, and must not be scanned again.
     */
    private OffsetDateTime from = BEGINNING;

    private record Slice(int count, @Nullable OffsetDateTime last) {}

    /** @param keep the time for which finished transactions are kept, at least a day */
    public Retention(Database database, Duration keep) {
        this.database = database;
        this.keep = keep;
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

    /** Removes a slice, and after the last slice other old rows. Returns the next pause. For one thread. */
    public Duration sliceAndPause() {
        long begun = System.nanoTime();
        Duration shortest = SHORTEST_PAUSE;
        try {
            if (removeSlice() < SLICE) {
                if (!forgetSlice()) {
                    var _ = forgetCoordinators();
                    database.jdbi().useHandle(SessionTable::removeExpired);
                    database.jdbi().useHandle(BulkRunTable::removeOld);
                    database.jdbi().useHandle(MinuteCounts::removeOld);
                    return EVERY;
                }
                shortest = SHORTEST_PAUSE_OF_ORDERS;
            }
        } catch (RuntimeException | Error e) {
            // The loop must survive; the next round tries again.
            LOG.warn(
                    "could not remove rows past their retention; next attempt in {} s: {}",
                    EVERY.toSeconds(),
                    e.getMessage());
            return EVERY;
        }
        Duration pause = Duration.ofNanos(3 * (System.nanoTime() - begun));
        return pause.compareTo(shortest) < 0 ? shortest : pause;
    }

    /** Removes the oldest transactions, at most {@link #SLICE}. Returns how many. For one thread. */
    public int removeSlice() {
        Slice removed = database.jdbi().withHandle(this::slice);
        from = removed.count() < SLICE || removed.last() == null ? BEGINNING : removed.last();
        return removed.count();
    }

    /**
     * Removes rows by their physical places, because finished rows are never updated. A row that the previous lock
     * holder has just removed is skipped.
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
                order by finished_at limit :slice))
              returning gid, finished_at),
            labels as (
              delete from transaction_label where gid = any (array (select gid from gone)))
            select count(*), max(finished_at) from gone\
            """)
                .bind("lock", LOCK_SPACE)
                .bind("from", from)
                .bind("keep", keep.toMillis())
                .bind("slice", SLICE)
                .map((row, _) -> new Slice(row.getInt(1), row.getObject(2, OffsetDateTime.class)))
                .one();
    }

    // ---- the order of deliveries

    /**
     * Removes the links of ended deliveries at the heads of some queues. Returns whether there may be more. In the
     * middle of a queue, the link of an ended delivery stays, because it leads to the predecessor. Therefore all
     * deliveries before a missing link have ended. An open delivery keeps its link and all later links. For one
     * thread.
     */
    boolean forgetSlice() {
        return database.jdbi().withHandle(handle -> {
            boolean isAnyGone = forgetLinks(handle) > 0;
            if (!isAnyGone) {
                forgetQueues(handle);
            }
            return isAnyGone;
        });
    }

    private static int forgetLinks(Handle handle) {
        return handle.createUpdate("""
            with recursive gone (gid, delivery, step) as (
              (select o.gid, o.delivery, 1 from delivery_order o
                where not exists (
                    select 1 from delivery_order b where b.gid = o.before_gid and b.delivery = o.before_delivery)
                  and not exists (select 1 from open_transaction t where t.gid = o.gid)
                limit :queues)
              union all
              select n.gid, n.delivery, g.step + 1
              from gone g cross join lateral (
                select o.gid, o.delivery from delivery_order o
                where o.before_gid = g.gid and o.before_delivery = g.delivery
                  and not exists (select 1 from open_transaction t where t.gid = o.gid)
                limit 1) n
              where g.step < :steps)
            delete from delivery_order o using gone g where o.gid = g.gid and o.delivery = g.delivery\
            """)
                .bind("queues", MAX_QUEUES)
                .bind("steps", STEPS)
                .execute();
    }

    /**
     * Removes queues that were unused for a day, and whose last delivery has no link any more: such a queue equals a
     * new queue.
     */
    private static void forgetQueues(Handle handle) {
        handle.execute("""
            delete from delivery_lane l where l.moved_at < now() - interval '1 day'
              and not exists (select 1 from delivery_order o where o.gid = l.gid and o.delivery = l.delivery)\
            """);
    }

    /** Forgets incarnations that died long ago and own nothing. */
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
