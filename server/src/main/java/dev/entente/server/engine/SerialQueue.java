package dev.entente.server.engine;

import java.util.ArrayDeque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The queue that runs the tasks of one transaction one at a time, in order of arrival, on the posting threads.
 * Thread-safe.
 */
final class SerialQueue {
    private static final Logger LOG = LoggerFactory.getLogger(SerialQueue.class);

    private final Consumer<Throwable> onDefect;
    /** The waiting tasks; created only when a task arrives while another runs, which is rare. */
    private @Nullable ArrayDeque<Runnable> waiting;

    private boolean isRunning;

    /** @param onDefect receives the exception of a task, inside the queue; the next task runs nevertheless */
    SerialQueue(Consumer<Throwable> onDefect) {
        this.onDefect = onDefect;
    }

    /**
     * Runs the task now. If another thread runs a task, that thread runs this task afterwards. If a task posts another
     * task, the other task runs after the first task has returned.
     */
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
     * Runs a task and reports any exception. If an exception left {@link #post}, the queue would remain marked as
     * running, and no further task of the transaction would run.
     */
    private void run(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error defect) {
            report(defect);
        }
    }

    private void report(Throwable defect) {
        try {
            onDefect.accept(defect);
        } catch (RuntimeException | Error another) {
            another.addSuppressed(defect);
            LOG.error("could not handle an unexpected exception", another);
        }
    }
}
