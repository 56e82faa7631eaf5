package dev.entente.outbox;

import dev.entente.client.Retry;
import dev.entente.participant.TestDatabase;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;

/** An outbox in its own schema, an HTTP receiver, and relays that are closed with the fixture. */
final class OutboxFixture implements AutoCloseable {
    final DataSource database;
    final Outbox outbox = TestDatabase.isMariadb() ? Outbox.mariadb() : Outbox.postgres();
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

    /** Enqueues the messages in one transaction. */
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

    /** A relay with short delays between attempts. It polls often only where the database sends no notifications. */
    OutboxRelay.Builder relay() {
        return relay(database);
    }

    OutboxRelay.Builder relay(DataSource dataSource) {
        return OutboxRelay.from(dataSource)
                .poll(TestDatabase.isPooled() || TestDatabase.isMariadb() ? Duration.ofMillis(50) : Duration.ofHours(1))
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

    /**
     * Inserts a row that {@code enqueue} never writes.
     *
     * @param waits the column to set: {@code due_at} or {@code parked_at}
     */
    void insertRow(String id, String kind, String address, String method, String payload, String waits)
            throws SQLException {
        String now = TestDatabase.sql("now()", "utc_timestamp(6)");
        String sql = "insert into entente_outbox (id, kind, address, method, headers, payload, enqueued_at, " + waits
                + ") values (?, ?, ?, ?, '', ?, " + now + ", " + now + ")";
        try (Connection connection = database.getConnection();
                PreparedStatement insert = connection.prepareStatement(sql)) {
            insert.setString(1, id);
            insert.setString(2, kind);
            insert.setString(3, address);
            insert.setString(4, method);
            insert.setBytes(5, payload.getBytes(StandardCharsets.UTF_8));
            insert.executeUpdate();
        }
    }

    void insertRows(int rows, String waits) throws SQLException {
        String now = TestDatabase.sql("now()", "utc_timestamp(6)");
        insertMany(
                rows,
                "insert into entente_outbox (id, kind, address, method, headers, payload, enqueued_at, " + waits
                        + ") values (?, 'http', '', 'POST', '', '', " + now + ", "
                        + now + ")");
    }

    void insertSent(int rows, int daysAgo) throws SQLException {
        String now = TestDatabase.sql("now()", "utc_timestamp(6)");
        String then = TestDatabase.sql(
                "now() - interval '" + daysAgo + " days'", "utc_timestamp(6) - interval " + daysAgo + " day");
        insertMany(
                rows,
                "insert into entente_outbox_sent (id, kind, address, method, attempts, outcome, enqueued_at, ended_at)"
                        + " values (?, 'http', '', '', 1, 'sent', " + now + ", " + then + ")");
    }

    private void insertMany(int rows, String sql) throws SQLException {
        try (Connection connection = database.getConnection();
                PreparedStatement insert = connection.prepareStatement(sql)) {
            connection.setAutoCommit(false);
            for (int i = 0; i < rows; i++) {
                insert.setString(1, "m-" + i);
                insert.addBatch();
            }
            insert.executeBatch();
            connection.commit();
        }
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
