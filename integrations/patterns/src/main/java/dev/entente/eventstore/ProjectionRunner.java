package dev.entente.eventstore;

import dev.entente.jdbc.BorrowedConnection;
import dev.entente.wire.GrowingWait;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a projection on its own thread until it is closed. After a failure the runner waits up to 30 s, and continues at
 * the projection's position. Thread-safe.
 */
public final class ProjectionRunner implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ProjectionRunner.class);
    private static final Duration POLL = Duration.ofMillis(200);
    private static final GrowingWait WAITS = GrowingWait.doubling(Duration.ofMillis(100), Duration.ofSeconds(30));

    private final Projection projection;
    private final DataSource dataSource;
    private final Duration poll;
    private final Thread thread;
    private final CountDownLatch closing = new CountDownLatch(1);
    private volatile @Nullable Throwable lastFailure;

    private ProjectionRunner(Projection projection, DataSource dataSource, Duration poll) {
        this.projection = projection;
        this.dataSource = dataSource;
        this.poll = poll;
        thread = new Thread(this::run, "entente-projection-" + projection.name());
        thread.setDaemon(true);
    }

    /** Starts a runner that polls five times per second. */
    public static ProjectionRunner start(Projection projection, DataSource dataSource) {
        return start(projection, dataSource, POLL);
    }

    /**
     * Starts a runner.
     *
     * @param poll the wait after a run without work; 1 ms or more
     */
    public static ProjectionRunner start(Projection projection, DataSource dataSource, Duration poll) {
        if (poll.toMillis() < 1) {
            throw new IllegalArgumentException("a projection looks for events every 1 ms or more, not " + poll);
        }
        ProjectionRunner runner = new ProjectionRunner(projection, dataSource, poll);
        runner.thread.start();
        return runner;
    }

    /** Returns the failure after which the runner waits now; empty if the last run succeeded. */
    public Optional<Throwable> lastFailure() {
        return Optional.ofNullable(lastFailure);
    }

    /** Waits until the current round ends, at most a minute, and stops. */
    @Override
    public void close() {
        closing.countDown();
        try {
            thread.join(BorrowedConnection.LONGEST_ANSWER.toMillis());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        int failures = 0;
        boolean isClosed = false;
        while (!isClosed) {
            try {
                boolean isMore = projection.run(dataSource);
                lastFailure = null;
                failures = 0;
                isClosed = isClosedWithin(isMore ? 0 : poll.toMillis());
            } catch (Throwable failure) { // the events are still stored after any failure
                failures++;
                report(failures, failure);
                isClosed = isClosedWithin(
                        WAITS.after(failures, ThreadLocalRandom.current()).toMillis());
            }
        }
    }

    private void report(int failures, Throwable failure) {
        lastFailure = failure;
        if (failures == 1) {
            LOG.warn("projection '{}' failed, retrying: {}", projection.name(), failure.getMessage(), failure);
        } else {
            LOG.debug("projection '{}' still fails", projection.name(), failure);
        }
    }

    private boolean isClosedWithin(long millis) {
        try {
            return closing.await(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException interrupted) {
            return true;
        }
    }
}
