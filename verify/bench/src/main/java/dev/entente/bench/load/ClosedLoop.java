package dev.entente.bench.load;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a fixed number of transactions in flight: each one that ends starts the next, on the thread that brought the
 * answer. Latency is recorded from just before the request is sent until the answer is judged. {@code start} and
 * {@code stop} belong to one thread.
 */
public final class ClosedLoop {
    private static final long HIGHEST_LATENCY_NANOS = TimeUnit.MINUTES.toNanos(10);
    private static final int SIGNIFICANT_DIGITS = 3;

    private final TransactionLoad load;
    private final int inFlight;
    private final Recorder latencies = new Recorder(HIGHEST_LATENCY_NANOS, SIGNIFICANT_DIGITS);
    private final LongAdder succeeded = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final AtomicReference<@Nullable String> firstFailure = new AtomicReference<>();
    private final CountDownLatch openSlots;
    private volatile boolean stopping;

    public ClosedLoop(TransactionLoad load, int inFlight) {
        this.load = load;
        this.inFlight = inFlight;
        this.openSlots = new CountDownLatch(inFlight);
    }

    public void start() {
        for (int i = 0; i < inFlight; i++) {
            new Slot().next();
        }
    }

    /**
     * Starts no more transactions and waits for those in flight, at most {@code limit}; false if some are still open
     * then.
     */
    public boolean stop(Duration limit) throws InterruptedException {
        stopping = true;
        return openSlots.await(limit.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** The latencies since the last call of this method, in nanoseconds. */
    public Histogram latencies() {
        return latencies.getIntervalHistogram();
    }

    public long succeeded() {
        return succeeded.sum();
    }

    public long failed() {
        return failed.sum();
    }

    /** Why the first transaction that failed did so; null while none has. */
    @Nullable
    public String firstFailure() {
        return firstFailure.get();
    }

    /** One of the places in flight. After a failure it stays empty: a target that is down must not be hammered. */
    private final class Slot implements TransactionLoad.Ending {
        private long startedAt;

        void next() {
            if (stopping) {
                openSlots.countDown();
                return;
            }
            startedAt = System.nanoTime();
            load.start(this);
        }

        @Override
        public void succeeded() {
            latencies.recordValue(Math.min(System.nanoTime() - startedAt, HIGHEST_LATENCY_NANOS));
            succeeded.increment();
            next();
        }

        @Override
        public void failed(String why) {
            failed.increment();
            firstFailure.compareAndSet(null, why);
            openSlots.countDown();
        }
    }
}
