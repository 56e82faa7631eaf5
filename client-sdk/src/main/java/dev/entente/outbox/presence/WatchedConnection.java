package dev.entente.outbox.presence;

import dev.entente.jdbc.BoundedConnection;
import dev.entente.jdbc.BoundedConnections;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The connection of one thread at a time, which says how long it has been waiting for its database. A watchdog cuts it
 * where no network timeout ends that. {@link #cut} and {@link #cutIfSilentFor} may come from any thread.
 */
public final class WatchedConnection {
    private final BoundedConnections connections;
    private volatile @Nullable BoundedConnection current;
    /** 0 while nothing is asked. */
    private volatile long askingSinceNanos;

    /** @param connections opens each connection that is used */
    public WatchedConnection(BoundedConnections connections) {
        this.connections = connections;
    }

    /** Statements on the connection. */
    @FunctionalInterface
    public interface Use {
        /** Runs them. Blocks. */
        void with(Connection connection) throws SQLException, InterruptedException;
    }

    /** Opens one, lends it, and gives it back. Blocks. */
    public void use(Use use) throws SQLException, InterruptedException {
        try (BoundedConnection opened = connections.open()) {
            current = opened;
            use.with(opened.connection());
        } finally {
            current = null;
            answered();
        }
    }

    /** Statements of which all are answered soon. */
    @FunctionalInterface
    public interface Question<T> {
        /** Runs them. Blocks. */
        T ask() throws SQLException;
    }

    /** Runs statements that the watchdog looks at. Blocks. */
    public <T> T ask(Question<T> question) throws SQLException {
        askingSinceNanos = Math.max(1, System.nanoTime());
        T answer = question.ask();
        answered();
        return answer;
    }

    private void answered() {
        askingSinceNanos = 0;
    }

    /**
     * Ends it if it has been asked for that long without an answer.
     *
     * @return whether it was
     */
    public boolean cutIfSilentFor(Duration longest) {
        long since = askingSinceNanos;
        boolean isSilent = since != 0 && System.nanoTime() - since > longest.toNanos();
        if (isSilent) {
            cut();
        }
        return isSilent;
    }

    /** Ends it; whatever waits for its answer fails. */
    public void cut() {
        BoundedConnection connection = current;
        if (connection != null) {
            connection.cut();
        }
    }
}
