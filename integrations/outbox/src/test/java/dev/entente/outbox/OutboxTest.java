package dev.entente.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import bank.v1.AccountServiceGrpc;
import bank.v1.SettleRequest;
import dev.entente.participant.TestDatabase;
import dev.entente.wire.TraceParent;
import io.grpc.Context;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class OutboxTest {
    private final OutboxFixture fixture;

    OutboxTest() throws SQLException {
        fixture = new OutboxFixture("outbox_enqueue");
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void a_message_of_a_rolled_back_transaction_is_never_sent() throws SQLException {
        fixture.start();
        try (Connection connection = fixture.database.getConnection()) {
            connection.setAutoCommit(false);
            fixture.outbox.enqueue(connection, fixture.message("undone").key("k"));
            fixture.outbox.enqueue(connection, fixture.message("undone"));
            connection.rollback();
        }
        fixture.enqueue(fixture.message("done").key("k"));

        await().until(() -> fixture.isEmpty());
        assertThat(fixture.receiver.arrivals)
                .extracting(HttpReceiver.Arrival::body)
                .containsExactly("done");
    }

    @Test
    void a_message_is_sent_only_after_its_commit() throws SQLException {
        fixture.start();
        try (Connection connection = fixture.database.getConnection()) {
            connection.setAutoCommit(false);
            fixture.outbox.enqueue(connection, fixture.message("first"));
            fixture.enqueue(fixture.message("second"));
            await().until(() -> fixture.receiver.takenBodies().contains("second"));
            assertThat(fixture.receiver.arrivals).hasSize(1);
            connection.commit();
        }
        await().until(() -> fixture.receiver.takenBodies().contains("first"));
    }

    @Test
    void a_connection_in_autocommit_mode_is_refused() throws SQLException {
        try (Connection connection = fixture.database.getConnection()) {
            assertThatThrownBy(() -> fixture.outbox.enqueue(connection, fixture.message("lost")))
                    .isInstanceOf(OutboxUnusable.class)
                    .hasMessageStartingWith("ENT-090")
                    .hasMessageContaining("setAutoCommit(false)");
        }
        assertThat(fixture.isEmpty()).isTrue();
    }

    @Test
    void the_error_for_a_missing_table_contains_its_definition() throws SQLException {
        TestDatabase.execute(fixture.database, "drop table entente_outbox");
        try (Connection connection = fixture.database.getConnection()) {
            connection.setAutoCommit(false);
            assertThatThrownBy(() -> fixture.outbox.enqueue(connection, fixture.message("lost")))
                    .isInstanceOf(OutboxUnusable.class)
                    .hasMessageStartingWith("ENT-094: misconfigured")
                    .hasMessageContaining("entente.outbox.create-tables=true")
                    .hasMessageNotContaining("create table")
                    .rootCause()
                    .hasMessageContaining("create table if not exists entente_outbox");
        }
    }

    @Test
    void a_generated_id_sorts_by_time_and_a_given_id_is_kept() throws SQLException {
        try (Connection connection = fixture.database.getConnection()) {
            connection.setAutoCommit(false);
            String first = fixture.outbox.enqueue(connection, fixture.message("a"));
            String second = fixture.outbox.enqueue(connection, fixture.message("b"));
            assertThat(UUID.fromString(first).version()).isEqualTo(7);
            assertThat(first).isLessThan(second);
            assertThat(fixture.outbox.enqueue(connection, fixture.message("c").id("created-1")))
                    .isEqualTo("created-1");
            assertThatThrownBy(() -> fixture.outbox.enqueue(
                            connection, fixture.message("d").id("created-1")))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("created-1");
        }
    }

    @Test
    void a_message_carries_the_senders_trace_id() throws Exception {
        TraceParent trace = TraceParent.ofCall("checkout", "pay", "action", 1);
        trace.in(Context.current()).call(() -> {
            fixture.enqueue(fixture.message("traced"));
            return null;
        });
        fixture.start();

        await().until(() -> fixture.receiver.taken.size() == 1);
        assertThat(fixture.receiver.taken.get(0).header("traceparent")).isEqualTo(trace.header());
    }

    @Test
    void an_undeliverable_message_is_refused_at_construction() {
        URI url = URI.create("http://example.test/");
        OutboxMessage http = OutboxMessage.toHttp("POST", url, new byte[0]);

        assertThatThrownBy(() -> OutboxMessage.toHttp("POST", URI.create("/relative"), "{}"))
                .hasMessageContaining("is not an absolute http or https URL");
        assertThatThrownBy(() -> OutboxMessage.toHttp("POST", URI.create("file:///etc/passwd"), "{}"))
                .hasMessageContaining("is not an absolute http or https URL");
        assertThatThrownBy(() -> OutboxMessage.toHttp("POST", url, new byte[OutboxMessage.MAX_PAYLOAD_BYTES + 1]))
                .hasMessageContaining("1048577 bytes");
        assertThatThrownBy(() -> OutboxMessage.toGrpc(
                        "bank", AccountServiceGrpc.getStatementsMethod(), SettleRequest.getDefaultInstance()))
                .hasMessageContaining("only unary methods");
        assertThatThrownBy(() -> http.id("has space")).hasMessageContaining("is not a valid message id");
        assertThatThrownBy(() -> http.key("")).hasMessageContaining("ordering key");
        assertThatThrownBy(() -> http.header("entente-gid", "x")).hasMessageContaining("cannot be set");
        assertThatThrownBy(() -> http.header("host", "x")).hasMessageContaining("cannot be set");
        assertThatThrownBy(() -> http.header("transfer-encoding", "chunked")).hasMessageContaining("cannot be set");
        assertThatThrownBy(() -> http.header("x", "two\r\nlines")).hasMessageContaining("printable ASCII");
    }

    @Test
    void messages_without_a_relay_are_reported_as_unattended() throws SQLException {
        assertThat(unattended()).isEmpty();
        fixture.enqueue(fixture.message("first"), fixture.message("second"));
        assertThat(unattended()).isEmpty();

        makeOlder("due_at", 300);
        assertThat(unattended())
                .singleElement()
                .satisfies(waited -> assertThat(waited.toSeconds()).isGreaterThanOrEqualTo(300));
        assertThat(fixture.outbox.backlog(fixture.database).pending()).isEqualTo(2);

        fixture.start();
        await().until(fixture::isEmpty);
        assertThat(unattended()).isEmpty();
    }

    @Test
    void a_destination_unknown_to_all_relays_is_reported_as_unattended() throws SQLException {
        byte[] payload = "{}".getBytes(StandardCharsets.UTF_8);
        OutboxRelay relay = fixture.start();
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        new OutboxMeters(relay).bindTo(registry);
        fixture.enqueue(OutboxMessage.through("kafka", "orders", "", payload), fixture.message("first"));
        makeOlder("due_at", 300);
        await().until(() -> fixture.count("entente_outbox") == 1);

        assertThat(fixture.outbox.unattended(fixture.database)).containsOnlyKeys("kafka orders");
        await().until(() -> {
            relay.wake();
            return registry.get("entente_outbox_unattended_seconds").gauge().value() >= 300;
        });
        fixture.start(fixture.relay()
                .carrier("kafka", (message, within) -> CompletableFuture.completedFuture(new Delivery.Delivered())));
        await().until(fixture::isEmpty);
        assertThat(unattended()).isEmpty();
    }

    private Collection<Duration> unattended() throws SQLException {
        return fixture.outbox.unattended(fixture.database).values();
    }

    @Test
    void claims_and_recent_attempts_of_another_relay_show_attended_messages() throws SQLException {
        fixture.enqueue(fixture.message("first"), fixture.message("second"));
        makeOlder("due_at", 300);
        TestDatabase.execute(fixture.database, "update entente_outbox set taken_until = " + secondsAgo(-10));
        assertThat(unattended()).isEmpty();

        TestDatabase.execute(fixture.database, "update entente_outbox set taken_until = " + secondsAgo(100));
        assertThat(unattended()).hasSize(1);

        fixture.enqueue(fixture.message("third"));
        assertThat(unattended()).hasSize(1);
        TestDatabase.execute(
                fixture.database,
                "update entente_outbox set first_tried_at = " + secondsAgo(30) + " where due_at > " + secondsAgo(60));
        assertThat(unattended()).isEmpty();
    }

    /** Repeats the update after a serialization failure: a relay may take the same rows at the same time. */
    private void makeOlder(String column, int seconds) {
        String older = "update entente_outbox set " + column + " = " + secondsAgo(seconds);
        await().ignoreExceptionsMatching(
                        thrown -> thrown instanceof SQLException failed && "40001".equals(failed.getSQLState()))
                .untilAsserted(() -> TestDatabase.execute(fixture.database, older));
    }

    private static String secondsAgo(int seconds) {
        return TestDatabase.sql(
                "now() - interval '" + seconds + " seconds'", "utc_timestamp(6) - interval " + seconds + " second");
    }
}
