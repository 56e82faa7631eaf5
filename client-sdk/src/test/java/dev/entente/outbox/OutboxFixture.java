package dev.entente.outbox;

import dev.entente.client.Retry;
import dev.entente.participant.TestDatabase;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;

/** An outbox in a schema of its own, somebody to send to, and relays that end with the test. */
final class OutboxFixture implements AutoCloseable {
    final DataSource database;
    final Outbox outbox = Outbox.postgres();
    final HttpReceiver receiver;
    private final List<OutboxRelay> relays = new ArrayList<>();

    OutboxFixture(String schema) throws SQLException {
        database = TestDatabase.schema(schema);
        outbox.createTables(database);
        try {
            receiver = new HttpReceiver();
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    /** In a transaction of their own. */
    void enqueue(OutboxMessage... messages) throws SQLException {
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            for (OutboxMessage message : messages) {
                outbox.enqueue(connection, message);
            }
            connection.commit();
        }
    }

    OutboxMessage message(String body) {
        return receiver.message(body);
    }

    /** One that hardly waits between attempts, and hardly polls, unless it is woken by nothing else. */
    OutboxRelay.Builder relay() {
        return relay(database);
    }

    OutboxRelay.Builder relay(DataSource dataSource) {
        return OutboxRelay.from(dataSource)
                .poll(TestDatabase.isPooled() ? Duration.ofMillis(50) : Duration.ofHours(1))
                .retry(Retry.exponential(Duration.ofMillis(20), Duration.ofMillis(100), 5));
    }

    OutboxRelay start(OutboxRelay.Builder builder) {
        OutboxRelay relay = builder.start();
        relays.add(relay);
        return relay;
    }

    OutboxRelay start() {
        return start(relay());
    }

    long count(String sql) throws SQLException {
        return Long.parseLong(TestDatabase.text(database, "select count(*) from " + sql));
    }

    boolean isEmpty() throws SQLException {
        return count("entente_outbox") == 0;
    }

    @Override
    public void close() {
        relays.forEach(OutboxRelay::close);
        receiver.close();
    }
}
