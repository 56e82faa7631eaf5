package dev.entente.server.store.writer;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.store.ClusterIdentity;
import dev.entente.server.store.Database;
import dev.entente.server.store.NewTransaction;
import dev.entente.server.store.RowWrite;
import dev.entente.server.store.Rows;
import dev.entente.server.store.TestDatabase;
import dev.entente.server.store.admin.Failover;
import dev.entente.server.telemetry.Metrics;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The store alone, in a closed loop: each saga is one accept and one finish, the sizes those of a saga of two steps.
 * Run it by hand, on a quiet machine; it prints rates and what PostgreSQL wrote. Not a test.
 */
final class StoreBenchmark {
    private static final ByteString PLAN = random(360);
    private static final ByteString OUTLINE = random(130);
    private static final ByteString HISTORY = random(120);

    private final Database database;
    private final PostgresTransactionStore store;
    private final AtomicLong left;
    private final CountDownLatch loops;

    private StoreBenchmark(Database database, PostgresTransactionStore store, long sagas, int inFlight) {
        this.database = database;
        this.store = store;
        this.left = new AtomicLong(sagas);
        this.loops = new CountDownLatch(inFlight);
    }

    /** Arguments: in flight, seconds-free count of sagas; for each pair one line. */
    public static void main(String[] arguments) throws InterruptedException {
        try (Database database = TestDatabase.migrated()) {
            ClusterIdentity cluster = new Failover(database).settle();
            try (Incarnations incarnation =
                    Incarnations.register(database, cluster, "n", "localhost:1", "test", ForkJoinPool.commonPool())) {
                PostgresTransactionStore store = PostgresTransactionStore.open(
                        database,
                        cluster,
                        incarnation.incarnation(),
                        ForkJoinPool.commonPool(),
                        Metrics.none(),
                        () -> {});
                measure(database, store, 20_000, 256);
                for (int i = 0; i + 1 < arguments.length; i += 2) {
                    measure(database, store, Long.parseLong(arguments[i + 1]), Integer.parseInt(arguments[i]));
                }
                store.close();
            }
        }
        System.exit(0);
    }

    private static void measure(Database database, PostgresTransactionStore store, long sagas, int inFlight)
            throws InterruptedException {
        StoreBenchmark benchmark = new StoreBenchmark(database, store, sagas, inFlight);
        TestDatabase.execute(database, "checkpoint");
        long wal = benchmark.wal();
        long commits = store.commits();
        long begun = System.nanoTime();
        for (int i = 0; i < inFlight; i++) {
            benchmark.next();
        }
        benchmark.loops.await();
        double seconds = (System.nanoTime() - begun) / 1e9;
        System.out.printf(
                "%d in flight: %.0f sagas/s, %.0f WAL bytes and %.4f commits per saga%n",
                inFlight,
                sagas / seconds,
                (benchmark.wal() - wal) / (double) sagas,
                (store.commits() - commits) / (double) sagas);
    }

    private long wal() {
        return TestDatabase.number(database, "select (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint");
    }

    private void next() {
        if (left.decrementAndGet() < 0) {
            loops.countDown();
            return;
        }
        String gid = timeOrdered();
        var _ = store.accept(new NewTransaction(
                        gid,
                        Pattern.SAGA,
                        TransactionState.RUNNING,
                        "checkout",
                        Map.of(),
                        null,
                        Duration.ofMinutes(5),
                        1,
                        Rows.digest(gid.substring(4)),
                        PLAN))
                .thenCompose(_ -> store.write(new RowWrite(
                        gid, false, 0, new RowWrite.Finish(TransactionState.SUCCEEDED, null, OUTLINE, HISTORY), null)))
                .thenRunAsync(this::next, ForkJoinPool.commonPool());
    }

    /** As clients make them: a UUIDv7, whose first 48 bits are the time. */
    private static String timeOrdered() {
        UUID random = UUID.randomUUID();
        long high = (System.currentTimeMillis() << 16) | 0x7000 | (random.getMostSignificantBits() & 0xfff);
        return new UUID(high, random.getLeastSignificantBits()).toString();
    }

    private static ByteString random(int bytes) {
        byte[] filled = new byte[bytes];
        new Random(1).nextBytes(filled);
        return ByteString.copyFrom(filled);
    }
}
