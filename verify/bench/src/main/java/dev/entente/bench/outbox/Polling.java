package dev.entente.bench.outbox;

import dev.entente.rig.AskedDatabase;
import java.sql.Connection;
import java.sql.SQLException;

/** Empties an outbox on a thread of its own, one transaction after another, until it is closed. */
abstract class Polling implements OutboxQueue.Emptying {
    private final Thread thread;
    private volatile boolean closing;

    /** Does not begin yet. */
    Polling(String name, AskedDatabase database) {
        thread = Thread.ofPlatform().name(name).unstarted(() -> run(database));
    }

    final Polling start() {
        thread.start();
        return this;
    }

    /** Prepares the connection, which commits by itself yet. */
    void prepare(Connection connection) throws SQLException {}

    /** Delivers some messages and marks them; the commit comes behind it. */
    abstract void deliver(Connection connection) throws SQLException;

    private void run(AskedDatabase database) {
        try (Connection connection = database.connect()) {
            prepare(connection);
            connection.setAutoCommit(false);
            while (!closing) {
                deliver(connection);
                connection.commit();
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        closing = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
