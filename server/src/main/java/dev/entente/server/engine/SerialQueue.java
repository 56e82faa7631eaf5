package dev.entente.server.engine;

import java.util.ArrayDeque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs what happens to one transaction one thing at a time, in the order it came, on whichever thread brings it.
 * Thread-safe.
 */
final class SerialQueue {
    private static final Logger LOG = LoggerFactory.getLogger(SerialQueue.class);

    private final Consumer<Throwable> onDefect;
    /** Made only when something comes while something else runs: most transactions never need it. */
    private @Nullable ArrayDeque<Runnable> waiting;

    private boolean isRunning;

    /** @param onDefect told, in turn, of what a task throws; the next task runs all the same */
    SerialQueue(Consumer<Throwable> onDefect) {
        this.onDefect = onDefect;
    }

    /** Runs it now, or leaves it to the thread that runs another. A task that posts never recurses. */
    void post(Runnable task) {
        if (isMyTurn(task)) {
            for (Runnable next = task; next != null; next = next()) {
                run(next);
            }
        }
    }

    private synchronized boolean isMyTurn(Runnable task) {
        if (!isRunning) {
            isRunning = true;
            return true;
        }
        if (waiting == null) {
            waiting = new ArrayDeque<>(4);
        }
        waiting.add(task);
        return false;
    }

    private synchronized @Nullable Runnable next() {
        Runnable next = waiting == null ? null : waiting.poll();
        isRunning = next != null;
        return next;
    }

    /**
     * Runs a task and reports whatever it throws. A thread that left while it seems to run would silence the
     * transaction for ever.
     */
    private void run(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error defect) {
            tell(defect);
        }
    }

    private void tell(Throwable defect) {
        try {
            onDefect.accept(defect);
        } catch (RuntimeException | Error another) {
            another.addSuppressed(defect);
            LOG.error("could not handle an unexpected exception", another);
        }
    }
}
