package dev.entente.rig;

import java.sql.SQLException;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongConsumer;

/**
 * Starts each watched process again after its end, until this is closed. Gives up if a process fails repeatedly or
 * cannot be started. Thread-safe.
 */
public final class Supervisor implements AutoCloseable {
    private static final int MAX_FAILURES = 5;
    /** A process that was ready for longer than this did not fail at its start. */
    private static final Duration LASTING = Duration.ofSeconds(10);
    /** Ctrl-C reaches all processes of a terminal; this process may handle the signal later than its children. */
    private static final Duration CTRL_C = Duration.ofSeconds(2);

    private static final int KILLED = 137;

    private final Observer observer;
    private final Map<String, Long> pids = Collections.synchronizedMap(new LinkedHashMap<>());
    private final CompletableFuture<String> givenUp = new CompletableFuture<>();
    private boolean isClosed;

    /** Reports the end of processes. */
    public interface Observer {
        /**
         * Called before the process is started again.
         *
         * @param exit the exit code: 128 plus the signal's number if a signal ended the process
         * @return receives the new process id once the process is ready, on a thread that may block
         */
        LongConsumer ended(String name, long pid, int exit) throws SQLException;
    }

    public Supervisor(Observer observer) {
        this.observer = observer;
    }

    /**
     * Starts the process again whenever it ends.
     *
     * @param start starts the process on its previous ports, and returns at once
     */
    void watch(String name, ChildProcess process, Callable<ChildProcess> start) {
        pids.put(name, process.pid());
        Thread.ofVirtual().name("watch " + name).start(() -> {
            try {
                keepUp(name, process, start);
            } catch (Exception failure) {
                giveUp(name + " ended, and cannot be restarted: " + failure.getMessage());
            }
        });
    }

    private void keepUp(String name, ChildProcess first, Callable<ChildProcess> start) throws Exception {
        Optional<ChildProcess> process = Optional.of(first);
        LongConsumer onReady = _ -> {};
        for (int failures = 0; process.isPresent(); process = launch(name, start)) {
            ChildProcess running = process.get();
            failures = isLasting(running, onReady) ? 0 : failures + 1;
            int exit = running.awaitExit();
            if (exit != KILLED && Wait.until(CTRL_C, this::isClosed)) {
                return;
            }
            if (failures > MAX_FAILURES) {
                giveUp(("%s was started %d times in a row and ended each time, last with exit code %d;"
                                + " the end of its log:%n%s")
                        .formatted(name, MAX_FAILURES, exit, running.logEnd()));
                return;
            }
            onReady = observer.ended(name, running.pid(), exit);
        }
    }

    /** Blocks until the process has ended, or has been ready for {@link #LASTING}; returns true in the second case. */
    private static boolean isLasting(ChildProcess process, LongConsumer onReady) throws InterruptedException {
        try {
            process.awaitFirstLine(Readiness.limit());
        } catch (ChildFailure notReady) {
            process.close();
            return false;
        }
        Thread.ofVirtual().name("report " + process.name()).start(() -> onReady.accept(process.pid()));
        return !process.awaitEnd(LASTING);
    }

    private synchronized Optional<ChildProcess> launch(String name, Callable<ChildProcess> start) throws Exception {
        Optional<ChildProcess> started = isClosed ? Optional.empty() : Optional.of(start.call());
        started.ifPresent(process -> pids.put(name, process.pid()));
        return started;
    }

    /** Gives up when this process ends, because it cannot be started again. */
    public void require(String name, ProcessHandle process) {
        var _ = process.onExit().thenRun(() -> giveUp(name + " ended, and its data are deleted; start the demo again"));
    }

    private synchronized void giveUp(String reason) {
        if (!isClosed) {
            givenUp.complete(reason);
        }
    }

    /** Returns the process ids by name, in the order in which the processes were first watched. */
    public Map<String, Long> pids() {
        return new LinkedHashMap<>(pids);
    }

    /** Blocks until a process is given up, and returns the reason. */
    public String awaitFailure() {
        return givenUp.join();
    }

    private synchronized boolean isClosed() {
        return isClosed;
    }

    /** Starts no process from now on. Running processes continue. */
    @Override
    public synchronized void close() {
        isClosed = true;
    }
}
