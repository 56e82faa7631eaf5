package dev.entente.rig;

import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Deque;

/** Closes resources in reverse order of opening, also from a shutdown hook in the middle of a run. Thread-safe. */
public final class Resources implements AutoCloseable {
    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private boolean isClosed;

    public Resources() {}

    /** Opens a resource that must be closed. */
    @FunctionalInterface
    public interface Start<T> {
        T run() throws IOException, SQLException, InterruptedException;
    }

    /** Starts a resource that {@link #close} must end. A concurrent close, as by Ctrl-C, waits for this call. */
    public synchronized <T extends AutoCloseable> T add(Start<T> start)
            throws IOException, SQLException, InterruptedException {
        if (isClosed) {
            throw new IllegalStateException("closed during the start");
        }
        return keep(start.run());
    }

    /** Registers a resource that is already open. */
    public synchronized <T extends AutoCloseable> T keep(T resource) {
        open.push(resource);
        return resource;
    }

    /** Closes all resources. Reports a failure and continues with the next resource. A second call does nothing. */
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
