package dev.entente.server.store;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes what finished long ago, with its labels, in the background: slice by slice, and never for more than a quarter of the time. Coordinators
 * that meet skip each other's rows. Once it is removed, a gid is not known any more: clients must not send one again that is older.
 */
public final class Retention implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Retention.class);
    private static final int SLICE = 500;
    private static final Duration EVERY = Duration.ofSeconds(30);
    private static final Duration SHORTEST_PAUSE = Duration.ofMillis(20);

    private final Database database;
    private final Duration keep;
    private final CountDownLatch closing = new CountDownLatch(1);

    /** @param keep for how long finished transactions are kept, at least a day */
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

    private Duration sliceAndPause() {
        long begun = System.nanoTime();
        try {
            if (removeSlice() < SLICE) {
                forgetCoordinators();
                return EVERY;
            }
        } catch (RuntimeException e) {
            // Must live; the next round tries again.
            LOG.warn("finished transactions could not be removed: {}", e.getMessage());
            return EVERY;
        }
        Duration pause = Duration.ofNanos(3 * (System.nanoTime() - begun));
        return pause.compareTo(SHORTEST_PAUSE) < 0 ? SHORTEST_PAUSE : pause;
    }

    /** Removes the oldest, at most {@link #SLICE}; returns how many. */
    int removeSlice() {
        return database.jdbi().inTransaction(this::removeSlice);
    }

    private int removeSlice(Handle handle) {
        return handle.createQuery("""
            with gone as (
              delete from finished_transaction
              where gid = any (array (
                select gid from finished_transaction where finished_at < now() - :keep * interval '1 millisecond'
                order by finished_at limit :slice for update skip locked))
              returning gid),
            labels as (
              delete from transaction_label where gid = any (array (select gid from gone)))
            select count(*) from gone\
            """)
                .bind("keep", keep.toMillis())
                .bind("slice", SLICE)
                .mapTo(Integer.class)
                .one();
    }

    /** Incarnations that have long been dead and own nothing. */
    private void forgetCoordinators() {
        database.jdbi().useHandle(handle -> handle.execute("""
            delete from coordinator c where c.dead_at < now() - interval '1 day'
              and not exists (select 1 from open_transaction t where t.owner = c.incarnation)\
            """));
    }

    @Override
    public void close() {
        closing.countDown();
    }
}
