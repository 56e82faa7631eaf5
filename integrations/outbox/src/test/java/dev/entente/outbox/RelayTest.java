package dev.entente.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.entente.client.Retry;
import dev.entente.participant.TestDatabase;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class RelayTest {
    private final OutboxFixture fixture;

    RelayTest() throws SQLException {
        fixture = new OutboxFixture("outbox_relay");
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void a_commit_wakes_a_relay_that_would_sleep_for_an_hour() throws SQLException {
        assumeFalse(TestDatabase.isPooled() || TestDatabase.isMariadb(), "no notifications there");
        OutboxRelay relay = fixture.start();
        fixture.enqueue(fixture.message("first"));
        await().until(() -> fixture.receiver.takenBodies().contains("first"));
        await().until(() ->
                relay.backlog().filter(known -> known.pending() == 0).isPresent());

        fixture.enqueue(fixture.message("second"));
        await().until(() -> fixture.receiver.takenBodies().contains("second"));
    }

    @Test
    void the_poll_finds_a_message_without_a_wake_up() throws Exception {
        fixture.start(fixture.relay().poll(Duration.ofMillis(100)));
        try (Connection connection = fixture.database.getConnection()) {
            connection.setAutoCommit(false);
            fixture.outbox.withoutWakeUp().enqueue(connection, fixture.message("quiet"));
            connection.commit();
        }
        await().until(() -> fixture.receiver.takenBodies().contains("quiet"));
    }

    @Test
    void a_sent_message_is_recorded_without_its_payload() throws SQLException {
        fixture.enqueue(fixture.message("hello").id("m-1").key("k"));
        fixture.start();

        await().until(() -> fixture.isEmpty());
        assertThat(TestDatabase.text(
                        fixture.database,
                        "select concat_ws('|', id, ordering_key, kind, method, attempts, outcome) from"
                                + " entente_outbox_sent"))
                .isEqualTo("m-1|k|http|POST|1|sent");
    }

    @Test
    void a_failed_message_is_retried_with_the_same_id() throws SQLException {
        AtomicInteger attempts = new AtomicInteger();
        fixture.receiver.behave(arrival -> attempts.incrementAndGet() < 3 ? 503 : 204);
        OutboxRelay relay = fixture.start();
        fixture.enqueue(fixture.message("stubborn").id("m-1"));

        await().until(() -> fixture.isEmpty());
        assertThat(fixture.receiver.arrivals)
                .extracting(HttpReceiver.Arrival::id)
                .containsExactly("m-1", "m-1", "m-1");
        assertThat(fixture.receiver.arrivals)
                .extracting(arrival -> arrival.header("entente-attempt"))
                .containsExactly("1", "2", "3");
        await().until(() -> relay.retries() == 2);
    }

    @Test
    void a_parked_message_shows_its_attempts_error_and_number_of_blocked_messages() throws SQLException {
        fixture.receiver.behave(arrival -> arrival.body().equals("bad") ? 500 : 200);
        fixture.start();
        fixture.enqueue(
                fixture.message("bad").id("m-1").key("k"),
                fixture.message("behind").key("k"),
                fixture.message("also behind").key("k"),
                fixture.message("other").key("l"));

        ParkedMessages parked = ParkedMessages.in(fixture.database);
        await().until(() -> parked.list(10).size() == 1);
        ParkedMessage head = parked.list(10).get(0);
        assertThat(head.id()).isEqualTo("m-1");
        assertThat(head.key()).contains("k");
        assertThat(head.attempts()).isEqualTo(5);
        assertThat(head.error()).isEqualTo("HTTP 500: said 500");
        assertThat(head.blocks()).isEqualTo(2);
        assertThat(head.destination()).startsWith("http http://127.0.0.1:").endsWith("/messages POST");
        await().until(() -> fixture.receiver.takenBodies().equals(List.of("other")));
    }

    @Test
    void a_retried_message_is_sent_first_and_unblocks_its_key() throws SQLException {
        parkOneOfThree();
        fixture.receiver.behave(arrival -> 200);

        assertThat(ParkedMessages.in(fixture.database).retry("m-1")).isTrue();
        await().until(() -> fixture.isEmpty());
        assertThat(fixture.receiver.takenBodies()).containsExactly("1", "2", "3");
        assertThat(ParkedMessages.in(fixture.database).retry("m-1")).isFalse();
    }

    @Test
    void a_skipped_message_is_never_sent_and_unblocks_its_key() throws SQLException {
        parkOneOfThree();
        fixture.receiver.behave(arrival -> 200);

        assertThat(ParkedMessages.in(fixture.database).skip("m-1", "sent by hand"))
                .isTrue();
        await().until(() -> fixture.isEmpty());
        assertThat(fixture.receiver.takenBodies()).containsExactly("2", "3");
        assertThat(TestDatabase.text(
                        fixture.database,
                        "select concat_ws('|', outcome, note) from entente_outbox_sent where id = 'm-1'"))
                .isEqualTo("skipped|sent by hand");
        assertThat(ParkedMessages.in(fixture.database).skip("m-1", "again")).isFalse();
    }

    @Test
    void parked_messages_are_retried_in_batches_of_a_given_size() throws SQLException {
        fixture.receiver.behave(arrival -> 400);
        fixture.start();
        for (int i = 0; i < 7; i++) {
            fixture.enqueue(fixture.message("m" + i));
        }
        await().until(() -> fixture.count("entente_outbox where parked_at is not null") == 7);
        fixture.receiver.behave(arrival -> 200);

        assertThat(ParkedMessages.in(fixture.database).retryAll(5)).isEqualTo(5);
        assertThat(ParkedMessages.in(fixture.database).retryAll(5)).isEqualTo(2);
        await().until(() -> fixture.isEmpty());
    }

    @Test
    void a_retry_of_all_parked_messages_takes_several_transactions() throws SQLException {
        fixture.insertRows(2500, "parked_at");
        assertThat(ParkedMessages.in(fixture.database).retryAll()).isEqualTo(2500);
        assertThat(fixture.count("entente_outbox where parked_at is not null")).isZero();
    }

    @Test
    void only_old_records_of_sent_messages_are_removed() throws SQLException {
        fixture.insertSent(10, 0);
        fixture.insertSent(11_990, 8);
        fixture.start();

        await().until(() -> fixture.count("entente_outbox_sent") == 10);
    }

    /** PostgreSQL refuses to delete published rows without a replica identity. */
    @Test
    void old_records_are_removed_while_all_tables_are_published() throws SQLException {
        assumeFalse(TestDatabase.isMariadb(), "PostgreSQL's publications");
        fixture.insertSent(10, 1);
        TestDatabase.execute(fixture.database, "create publication relayed for tables in schema current_schema");
        fixture.start(fixture.relay().keepSent(Duration.ofSeconds(1)));

        await().until(() -> fixture.count("entente_outbox_sent") == 0);
        TestDatabase.execute(fixture.database, "drop publication relayed");
    }

    @Test
    void failed_maintenance_is_logged_once_and_counted() throws SQLException {
        Logger logger = (Logger) LoggerFactory.getLogger(Maintenance.class);
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        logger.addAppender(log);
        fixture.insertSent(10, 8);
        TestDatabase.execute(fixture.database, "alter table entente_outbox_sent rename to elsewhere");
        OutboxRelay relay = fixture.start();
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        new OutboxMeters(relay).bindTo(registry);

        await().until(() -> {
            relay.wake();
            return registry.get("entente_outbox_failed_upkeep")
                            .functionCounter()
                            .count()
                    >= 3;
        });
        assertThat(relay.backlog()).isPresent();
        TestDatabase.execute(fixture.database, "alter table elsewhere rename to entente_outbox_sent");
        await().until(() -> {
            relay.wake();
            return fixture.count("entente_outbox_sent") == 0;
        });
        logger.detachAppender(log);
        assertThat(log.list).filteredOn(line -> line.getLevel() == Level.WARN).hasSize(1);
    }

    @Test
    void a_relay_replaces_broken_connections() throws SQLException {
        OutboxRelay relay = fixture.start();
        fixture.enqueue(fixture.message("before"));
        await().until(() -> fixture.receiver.takenBodies().contains("before"));

        TestDatabase.endSessions(fixture.database);
        enqueueUntilStored("after");
        await().until(() -> fixture.receiver.takenBodies().contains("after"));
        // a pooler's clients lose no connection between two transactions
        await().until(() -> TestDatabase.isPooled() || relay.failedRounds() > 0);
    }

    @Test
    void a_call_in_progress_is_recorded_after_all_connections_break() throws Exception {
        CountDownLatch arrived = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        fixture.receiver.behave(arrival -> {
            arrived.countDown();
            goOn.await();
            return 200;
        });
        fixture.start();
        fixture.enqueue(fixture.message("once").id("m-1"));
        arrived.await();
        TestDatabase.endSessions(fixture.database);
        goOn.countDown();

        await().ignoreExceptionsInstanceOf(SQLException.class).until(() -> fixture.isEmpty());
        assertThat(fixture.receiver.arrivals)
                .extracting(HttpReceiver.Arrival::id)
                .containsExactly("m-1");
    }

    @Test
    void a_close_waits_for_calls_in_progress_and_records_their_results() throws Exception {
        CountDownLatch arrived = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        fixture.receiver.behave(arrival -> {
            arrived.countDown();
            goOn.await();
            return 200;
        });
        OutboxRelay relay = fixture.relay().start();
        fixture.enqueue(fixture.message("1").key("k"), fixture.message("2").key("k"));
        arrived.await();
        Thread closer = new Thread(relay::close);
        closer.start();
        await().until(() -> closer.getState() == Thread.State.TIMED_WAITING);
        goOn.countDown();
        closer.join();

        assertThat(fixture.receiver.takenBodies()).containsExactly("1");
        assertThat(fixture.count("entente_outbox")).isEqualTo(1);
        fixture.start();
        await().until(() -> fixture.isEmpty());
        assertThat(fixture.receiver.takenBodies()).containsExactly("1", "2");
    }

    @Test
    void an_unreadable_row_is_parked_and_does_not_block_other_messages() throws SQLException {
        fixture.insertRow("no-url", "http", "::", "POST", "", "due_at");
        fixture.insertRow("no-plan", "coordinator", "", "", "x", "due_at");
        fixture.insertRow("no-channel", "grpc", "nowhere", "a/b", "", "due_at");
        fixture.enqueue(fixture.message("good"));
        fixture.start();

        await().until(() -> fixture.receiver.takenBodies().contains("good"));
        await().until(
                        () -> ParkedMessages.in(fixture.database).list(10).stream()
                                .map(ParkedMessage::id)
                                .sorted()
                                .toList(),
                        List.of("no-channel", "no-plan", "no-url")::equals);
    }

    @Test
    void the_meters_show_pending_parked_and_retried_messages() throws SQLException {
        fixture.receiver.behave(arrival -> arrival.body().equals("slow") ? 503 : 400);
        fixture.enqueue(
                fixture.message("bad").key("k"), fixture.message("behind").key("k"), fixture.message("slow"));
        // Each delay is random up to its bound, so the relay may retry a message more than once.
        OutboxRelay relay = fixture.start(fixture.relay()
                .retry(Retry.exponential(Duration.ofMillis(20), Duration.ofSeconds(1), Integer.MAX_VALUE)));
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        new OutboxMeters(relay).bindTo(registry);
        await().until(() -> fixture.receiver.arrivals.size() >= 2);
        await().until(() -> {
            relay.wake();
            return registry.get("entente_outbox_parked").gauge().value() == 1
                    && registry.get("entente_outbox_retries").functionCounter().count() >= 1;
        });

        assertThat(registry.get("entente_outbox_pending").gauge().value()).isEqualTo(2);
        assertThat(registry.get("entente_outbox_oldest_seconds").gauge().value())
                .isPositive();
        assertThat(registry.get("entente_outbox_caught").functionCounter().count())
                .isZero();
        assertThat(registry.get("entente_outbox_failed_rounds")
                        .functionCounter()
                        .count())
                .isZero();
    }

    @Test
    void a_refusal_with_an_entente_reason_is_not_retried() throws SQLException {
        AtomicInteger calls = new AtomicInteger();
        fixture.receiver.context("/said", exchange -> {
            calls.incrementAndGet();
            byte[] refusal = "{\"entente\": {\"reason\": \"ENT-097\"}}".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(405, refusal.length);
            exchange.getResponseBody().write(refusal);
            exchange.close();
        });
        fixture.start();
        fixture.enqueue(OutboxMessage.toHttp("POST", fixture.receiver.url("/said"), new byte[1]));
        await().until(() -> ParkedMessages.in(fixture.database).list(1).size() == 1);
        assertThat(calls).hasValue(1);
    }

    @Test
    void a_message_is_retried_until_the_receivers_path_exists() throws SQLException {
        fixture.receiver.behave(arrival -> fixture.receiver.arrivals.size() <= 3 ? 404 : 200);
        fixture.start();
        fixture.enqueue(
                fixture.message("early").key("k"), fixture.message("behind").key("k"));
        await().until(() -> fixture.receiver.takenBodies().equals(List.of("early", "behind")));
        await().until(fixture::isEmpty);
        assertThat(fixture.count("entente_outbox_sent where attempts = 4")).isEqualTo(1);
    }

    @Test
    void a_custom_client_sends_no_upgrade_header_over_plain_http() throws SQLException {
        fixture.receiver.behave(arrival -> arrival.header("upgrade").isEmpty() ? 200 : 403);
        fixture.start(fixture.relay().httpClient(HttpClient.newHttpClient()));
        fixture.enqueue(fixture.message("a client of one's own"));
        await().until(() -> fixture.receiver.taken.size() == 1);
        assertThat(fixture.receiver.arrivals).hasSize(1);
    }

    @Test
    void settings_out_of_range_are_refused() {
        OutboxRelay.Builder relay = fixture.relay();

        assertThatThrownBy(() -> relay.inFlight(0)).hasMessageContaining("1 to 1000");
        assertThatThrownBy(() -> relay.poll(Duration.ZERO)).hasMessageContaining("must be positive");
        assertThatThrownBy(() -> relay.callTimeout(Duration.ofHours(1))).hasMessageContaining("at most 5 minutes");
        HttpClient follows = HttpClient.newBuilder()
                .followRedirects(HttpClient.Redirect.ALWAYS)
                .build();
        assertThatThrownBy(() -> relay.httpClient(follows)).hasMessageContaining("follows redirects");
        assertThatThrownBy(() -> ParkedMessages.in(fixture.database).list(0)).hasMessageContaining("1 to 1000");
    }

    /** Repeats the enqueue until it succeeds: a pooler may need time to replace its closed sessions. */
    private void enqueueUntilStored(String body) {
        await().ignoreExceptionsInstanceOf(SQLException.class).until(() -> {
            fixture.enqueue(fixture.message(body).id(body));
            return true;
        });
    }

    private void parkOneOfThree() throws SQLException {
        fixture.receiver.behave(arrival -> arrival.body().equals("1") ? 400 : 200);
        fixture.start();
        fixture.enqueue(
                fixture.message("1").id("m-1").key("k"), fixture.message("2").key("k"));
        await().until(() -> ParkedMessages.in(fixture.database).list(1).size() == 1);
        fixture.enqueue(fixture.message("3").key("k"));
    }
}
