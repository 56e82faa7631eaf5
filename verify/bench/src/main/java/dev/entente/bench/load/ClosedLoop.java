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
 * A load with a fixed number of transactions in flight. Each transaction that finishes starts the next one, on the
 * thread that received the response. A latency begins just before the request is sent and ends when the response is
 * checked. Call {@code start} and {@code stop} on one thread.
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
     * Starts no more transactions and waits at most {@code limit} for those in flight. Returns false if some are still
     * open after this time.
     */
    public boolean stop(Duration limit) throws InterruptedException {
        stopping = true;
        return openSlots.await(limit.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Returns the latencies since the last call of this method, in nanoseconds. */
    public Histogram latencies() {
        return latencies.getIntervalHistogram();
    }

    public long succeeded() {
        return succeeded.sum();
    }

    public long failed() {
        return failed.sum();
    }

    /** Returns the reason of the first failure; null if no transaction has failed. */
    @Nullable
    public String firstFailure() {
        return firstFailure.get();
    }

    /** One transaction in flight. After a failure the slot stays empty, to spare a target that is unavailable. */
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
