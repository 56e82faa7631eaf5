package dev.entente.bench;

import dev.entente.bench.load.Loads;
import dev.entente.bench.load.RequestTemplate;
import dev.entente.bench.load.TransactionLoad;
import dev.entente.bench.process.BenchProcess;
import dev.entente.rig.SqlDatabase;
import dev.entente.rig.Wait;
import dev.entente.v1.Plan;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Submitted transactions that no client waits for. A participant that hangs keeps them open. */
final class OpenBacklog {
    private static final int AT_ONCE = 256;
    private static final long LIMIT_SECONDS = 120;

    private OpenBacklog() {}

    /** Submits {@code plan} {@code count} times, each with a new gid, and blocks until all are accepted. */
    static void submit(BenchProcess node, Plan plan, int count) throws InterruptedException {
        Submitting submitting = new Submitting(Loads.accepted(node.channel(), RequestTemplate.unawaited(plan)), count);
        for (int i = 0; i < AT_ONCE; i++) {
            submitting.next();
        }
        submitting.await();
    }

    /** Returns the number of open transactions of this database. */
    static long open(SqlDatabase database) throws SQLException {
        return database.number("select count(*) from open_transaction");
    }

    /** Blocks until no transaction is open. Polls often with a cheap query, to disturb the measurement little. */
    static void awaitNone(SqlDatabase database, Duration limit) throws SQLException, InterruptedException {
        String any = "select 1 from open_transaction limit 1";
        try (Connection connection = database.connect()) {
            Wait.until(
                    "no open transaction in " + database,
                    limit,
                    Duration.ofMillis(20),
                    () -> SqlDatabase.rows(connection, row -> row.getLong(1), any)
                            .isEmpty());
        }
    }

    private static final class Submitting implements TransactionLoad.Ending {
        private final TransactionLoad load;
        private final AtomicInteger toStart;
        private final CountDownLatch toAccept;
        private final AtomicReference<@Nullable String> failure = new AtomicReference<>();

        Submitting(TransactionLoad load, int count) {
            this.load = load;
            this.toStart = new AtomicInteger(count);
            this.toAccept = new CountDownLatch(count);
        }

        void next() {
            if (toStart.getAndDecrement() > 0) {
                load.start(this);
            }
        }

        void await() throws InterruptedException {
            if (!toAccept.await(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException("not accepted within " + LIMIT_SECONDS + " s: " + toAccept.getCount()
                        + " transactions; the first failure: " + failure.get());
            }
        }

        @Override
        public void succeeded() {
            toAccept.countDown();
            next();
        }

        @Override
        public void failed(String why) {
            failure.compareAndSet(null, why);
            next();
        }
    }
}
