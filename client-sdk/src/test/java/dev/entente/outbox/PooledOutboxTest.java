package dev.entente.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.entente.outbox.presence.PresenceStatements;
import dev.entente.participant.TestDatabase;
import java.io.IOException;
import java.net.URI;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/** Outbox, relays and inbox behind a pooler that gives each transaction another session. */
class PooledOutboxTest {
    private final OutboxFixture fixture;
    private final TransactionPooler pooler;
    private final PGSimpleDataSource pooled = new PGSimpleDataSource();

    PooledOutboxTest() throws SQLException, IOException {
        fixture = new OutboxFixture("outbox_pooled");
        String url;
        try (Connection connection = fixture.database.getConnection()) {
            url = connection.getMetaData().getURL();
        }
        pooler = new TransactionPooler(
                URI.create(url.substring("jdbc:".length())).getPort(), 4);
        pooled.setUrl("jdbc:postgresql://127.0.0.1:" + pooler.port()
                + "/postgres?user=postgres&sslmode=disable&gssEncMode=disable" + "&prepareThreshold=0");
        pooled.setCurrentSchema("outbox_pooled");
    }

    @AfterEach
    void close() throws IOException {
        fixture.close();
        pooler.close();
    }

    @Test
    void relays_share_the_work_keep_the_order_and_deliver_once() throws SQLException {
        OutboxRelay.Builder relay =
                fixture.relay(pooled).poll(Duration.ofMillis(50)).inFlight(5);
        fixture.start(relay);
        fixture.start(relay);
        for (int i = 0; i < 200; i++) {
            try (Connection connection = pooled.getConnection()) {
                connection.setAutoCommit(false);
                fixture.outbox.enqueue(
                        connection, fixture.message(Integer.toString(i)).key("key-" + i % 4));
                connection.commit();
            }
        }
        await().until(() -> fixture.isEmpty());
        assertThat(fixture.receiver.taken)
                .extracting(HttpReceiver.Arrival::id)
                .hasSize(200)
                .doesNotHaveDuplicates();
        for (int key = 0; key < 4; key++) {
            int rest = key;
            assertThat(fixture.receiver.takenBodies().stream()
                            .map(Integer::valueOf)
                            .filter(i -> i % 4 == rest))
                    .containsExactlyElementsOf(IntStream.range(0, 200)
                            .boxed()
                            .filter(i -> i % 4 == rest)
                            .toList());
        }
        assertThat(pooler.handedOver()).isGreaterThan(200);
    }

    @Test
    void what_a_dead_relay_had_is_freed_and_a_living_ones_is_not() throws SQLException {
        long dead = 4711;
        fixture.enqueue(fixture.message("freed").id("m-1"));
        TestDatabase.execute(
                fixture.database,
                "insert into entente_outbox_relay (id) values (" + dead + "); update entente_outbox set relay = "
                        + dead);
        fixture.start(fixture.relay(pooled).poll(Duration.ofMillis(50)));
        await().until(() -> fixture.isEmpty());

        long living = 4712;
        try (Connection connection = pooled.getConnection()) {
            connection.setAutoCommit(false);
            assertThat(PresenceStatements.POSTGRES.lock(connection, living).isOurs())
                    .isTrue();
            TestDatabase.execute(fixture.database, "insert into entente_outbox_relay (id) values (" + living + ")");
            enqueueFor(living, "kept");
            fixture.enqueue(fixture.message("another"));
            await().until(() -> fixture.receiver.takenBodies().contains("another"));
            assertThat(fixture.receiver.takenBodies()).doesNotContain("kept");
            connection.rollback();
        }
        await().until(() -> fixture.isEmpty());
        assertThat(fixture.receiver.takenBodies()).containsExactly("freed", "another", "kept");
        assertThat(fixture.count("entente_outbox_relay where id in (" + dead + ", " + living + ")"))
                .isZero();
    }

    @Test
    void an_inbox_takes_a_message_once_and_forgets_old_ones() throws SQLException {
        Inbox inbox = Inbox.postgres();
        inbox.createTable(pooled);
        for (int i = 0; i < 20; i++) {
            try (Connection connection = pooled.getConnection()) {
                connection.setAutoCommit(false);
                assertThat(inbox.once(connection, "m-" + i / 2, same -> {})).isEqualTo(i % 2 == 0);
                connection.commit();
            }
        }
        assertThat(inbox.purge(pooled)).isZero();
        assertThat(ParkedMessages.in(pooled).retryAll()).isZero();
    }

    private void enqueueFor(long relay, String body) throws SQLException {
        try (Connection connection = fixture.database.getConnection()) {
            connection.setAutoCommit(false);
            fixture.outbox.enqueue(connection, fixture.message(body).id(body));
            try (Statement name = connection.createStatement()) {
                name.execute("update entente_outbox set relay = " + relay + " where id = '" + body + "'");
            }
            connection.commit();
        }
    }
}
