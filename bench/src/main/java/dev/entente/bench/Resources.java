package dev.entente.bench;

import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Deque;

/** Closes everything that was opened, the last first, also from a shutdown hook in the middle of a run. Thread-safe. */
final class Resources implements AutoCloseable {
    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private boolean isClosed;

    /** Opens something that has to be closed. */
    interface Start<T> {
        T run() throws IOException, SQLException, InterruptedException;
    }

    /** Starts something that {@link #close} has to end; a close meanwhile, as on Ctrl-C, waits until that is noted. */
    synchronized <T extends AutoCloseable> T add(Start<T> start)
            throws IOException, SQLException, InterruptedException {
        if (isClosed) {
            throw new IllegalStateException("closed during the start");
        }
        T resource = start.run();
        open.push(resource);
        return resource;
    }

    /** A second call does nothing. */
    @Override
    public synchronized void close() throws IOException {
        isClosed = true;
        while (!open.isEmpty()) {
            closeOne(open.pop());
        }
    }

    private static void closeOne(AutoCloseable resource) throws IOException {
        try {
            resource.close();
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
