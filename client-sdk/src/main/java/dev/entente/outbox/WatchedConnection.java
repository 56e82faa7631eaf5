package dev.entente.outbox;

import dev.entente.jdbc.BoundedConnection;
import dev.entente.jdbc.BoundedConnections;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The connection of one thread at a time, which says how long it has been waiting for its database. A watchdog cuts it
 * where no network timeout ends that.
 */
final class WatchedConnection {
    private final BoundedConnections connections;
    private volatile @Nullable BoundedConnection current;
    /** 0 while nothing is asked. */
    private volatile long askingSinceNanos;

    WatchedConnection(BoundedConnections connections) {
        this.connections = connections;
    }

    /** Statements on the connection. */
    @FunctionalInterface
    interface Use {
        void with(Connection connection) throws SQLException, InterruptedException;
    }

    /** Opens one, lends it, and gives it back. Blocks. */
    void use(Use use) throws SQLException, InterruptedException {
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
    interface Question<T> {
        T ask() throws SQLException;
    }

    /** The watchdog looks at what goes on in here. */
    <T> T ask(Question<T> question) throws SQLException {
        askingSinceNanos = Math.max(1, System.nanoTime());
        T answer = question.ask();
        answered();
        return answer;
    }

    private void answered() {
        askingSinceNanos = 0;
    }

    /** Ends it if it has been asked for that long without an answer. */
    boolean cutIfSilentFor(Duration longest) {
        long since = askingSinceNanos;
        boolean isSilent = since != 0 && System.nanoTime() - since > longest.toNanos();
        if (isSilent) {
            cut();
        }
        return isSilent;
    }

    /** Ends it; whatever waits for its answer fails. */
    void cut() {
        BoundedConnection connection = current;
        if (connection != null) {
            connection.cut();
        }
    }
}
