package dev.entente.rig;

import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Deque;

/** Closes everything that was opened, the last first, also from a shutdown hook in the middle of a run. Thread-safe. */
public final class Resources implements AutoCloseable {
    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private boolean isClosed;

    /** Nothing yet. */
    public Resources() {}

    /** Opens something that has to be closed. */
    @FunctionalInterface
    public interface Start<T> {
        T run() throws IOException, SQLException, InterruptedException;
    }

    /** Starts something that {@link #close} has to end; a close meanwhile, as on Ctrl-C, waits until that is noted. */
    public synchronized <T extends AutoCloseable> T add(Start<T> start)
            throws IOException, SQLException, InterruptedException {
        if (isClosed) {
            throw new IllegalStateException("closed during the start");
        }
        return keep(start.run());
    }

    /** The same for something that is open. */
    public synchronized <T extends AutoCloseable> T keep(T resource) {
        open.push(resource);
        return resource;
    }

    /** Goes on with the next where one cannot be closed, and tells it. A second call does nothing. */
    @Override
    public synchronized void close() {
        isClosed = true;
        while (!open.isEmpty()) {
            closeOne(open.pop());
        }
    }

    private static void closeOne(AutoCloseable resource) {
        try {
            resource.close();
        } catch (Exception e) {
            System.err.println("could not stop " + resource + ": " + e);
        }
    }
}
