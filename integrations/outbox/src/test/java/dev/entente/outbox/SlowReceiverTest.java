package dev.entente.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.entente.client.Retry;
import dev.entente.participant.TestDatabase;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tests that receivers which hang, fail or are unavailable do not delay other destinations. */
class SlowReceiverTest {
    private static final Retry FAST = Retry.exponential(Duration.ofMillis(5), Duration.ofMillis(20), Integer.MAX_VALUE);

    private final OutboxFixture fixture;
    private final HttpReceiver hanging;
    private final CountDownLatch release = new CountDownLatch(1);

    SlowReceiverTest() throws SQLException, IOException {
        fixture = new OutboxFixture("outbox_slow");
        hanging = new HttpReceiver();
        hanging.behave(arrival -> {
            release.await();
            return 200;
        });
    }

    @AfterEach
    void close() {
        release.countDown();
        fixture.close();
        hanging.close();
    }

    @Test
    void a_hanging_destination_does_not_delay_other_destinations() throws SQLException {
        fixture.enqueue(IntStream.range(0, 500)
                .mapToObj(i -> i % 2 == 0 ? hanging.message("hangs") : fixture.message("m-" + i))
                .toArray(OutboxMessage[]::new));
        fixture.start(fixture.relay().callTimeout(Duration.ofMinutes(5)).inFlight(20));

        await().until(() -> fixture.count("entente_outbox_sent") == 250);
        assertThat(hanging.arrivals).as("at most the limit in flight to one").hasSizeLessThanOrEqualTo(20);
        release.countDown();
        await().until(() -> fixture.isEmpty());
    }

    @Test
    void a_delivery_is_recorded_while_other_calls_to_its_destination_hang() throws SQLException {
        fixture.receiver.behave(arrival -> {
            if (arrival.body().equals("hangs")) {
                release.await();
            }
            return 200;
        });
        fixture.enqueue(IntStream.range(0, 50)
                .mapToObj(i -> fixture.message(i % 10 == 0 ? "hangs" : "m-" + i))
                .toArray(OutboxMessage[]::new));
        fixture.start(fixture.relay().callTimeout(Duration.ofMinutes(5)));

        await().until(() -> fixture.count("entente_outbox_sent") == 45);
        assertThat(fixture.count("entente_outbox")).isEqualTo(5);
    }

    @Test
    void a_failing_destination_is_probed_by_one_message_at_a_time() throws SQLException {
        AtomicInteger most = new AtomicInteger();
        fixture.receiver.behave(arrival -> {
            if (fixture.receiver.arrivals.size() > 40) {
                most.accumulateAndGet(fixture.receiver.inFlightCount.get(), Math::max);
            }
            return 503;
        });
        fixture.enqueue(
                IntStream.range(0, 200).mapToObj(i -> fixture.message("m-" + i)).toArray(OutboxMessage[]::new));
        OutboxRelay relay = fixture.start(fixture.relay().inFlight(10).retry(FAST));

        await().until(() -> fixture.receiver.arrivals.size() > 60);
        assertThat(most).as("in flight while the circuit is open").hasValue(1);
        assertThat(relay.openCircuits()).isEqualTo(1);
        assertThat(fixture.count("entente_outbox where attempts = 0"))
                .as("messages that were spared an attempt")
                .isPositive();
        fixture.receiver.behave(arrival -> 200);
        await().until(() -> fixture.isEmpty());
        await().until(() -> relay.openCircuits() == 0);
    }

    @Test
    void a_long_outage_of_a_receiver_parks_no_message() throws SQLException {
        AtomicInteger attempts = new AtomicInteger();
        fixture.receiver.behave(arrival -> attempts.incrementAndGet() <= 100 ? 503 : 200);
        for (int i = 0; i < 20; i++) {
            fixture.enqueue(fixture.message("m-" + i));
        }
        fixture.start(fixture.relay().retry(FAST));

        await().until(() -> fixture.isEmpty());
        assertThat(fixture.count("entente_outbox_sent where attempts > 5")).isPositive();
        assertThat(fixture.count("entente_outbox_sent where outcome = 'sent'")).isEqualTo(20);
    }

    @Test
    void a_message_is_parked_after_the_give_up_time() throws SQLException {
        fixture.receiver.behave(arrival -> 503);
        fixture.enqueue(fixture.message("m").id("m-1"));
        fixture.start(fixture.relay().retry(FAST).giveUpAfter(Duration.ofSeconds(3)));

        ParkedMessages parked = ParkedMessages.in(fixture.database);
        await().until(() -> parked.list(1).size() == 1);
        assertThat(parked.list(1).get(0).attempts()).isGreaterThan(1);
        assertThat(fixture.count(TestDatabase.sql(
                        "entente_outbox where first_tried_at <= parked_at - interval '3 s'",
                        "entente_outbox where first_tried_at <= parked_at - interval 3 second")))
                .isEqualTo(1);
        assertThat(parked.retry("m-1")).isTrue();
        await().until(() -> parked.list(1).size() == 1);
        fixture.receiver.behave(arrival -> 200);
        parked.retry("m-1");
        await().until(() -> fixture.isEmpty());
    }

    @Test
    void an_open_transaction_does_not_block_earlier_messages_of_its_key() throws SQLException {
        fixture.enqueue(fixture.message("1").key("k"), fixture.message("2").key("k"));
        try (Connection connection = fixture.database.getConnection()) {
            connection.setAutoCommit(false);
            fixture.outbox.enqueue(connection, fixture.message("3").key("k"));
            fixture.start();
            await().until(() -> fixture.isEmpty());
            assertThat(fixture.receiver.takenBodies()).containsExactly("1", "2");
            connection.commit();
        }
        await().until(() -> fixture.receiver.takenBodies().size() == 3);
        await().until(() -> fixture.isEmpty());
    }

    @Test
    void each_isolation_level_enqueues_in_order() throws SQLException {
        int[] levels = {
            Connection.TRANSACTION_READ_COMMITTED,
            Connection.TRANSACTION_REPEATABLE_READ,
            Connection.TRANSACTION_SERIALIZABLE
        };
        fixture.start();
        for (int i = 0; i < 60; i++) {
            try (Connection connection = fixture.database.getConnection()) {
                connection.setTransactionIsolation(levels[i % levels.length]);
                connection.setAutoCommit(false);
                fixture.outbox.enqueue(
                        connection, fixture.message(Integer.toString(i)).key("k"));
                connection.commit();
            }
        }
        await().until(() -> fixture.isEmpty());
        assertThat(fixture.receiver.takenBodies())
                .containsExactlyElementsOf(
                        IntStream.range(0, 60).mapToObj(Integer::toString).toList());
    }
}
