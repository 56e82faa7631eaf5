package dev.entente.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.entente.client.Retry;
import dev.entente.participant.TestDatabase;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.time.Duration;
import javax.sql.DataSource;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An outbox in a database whose encoding lacks characters of a receiver's response. */
class OutboxEncodingTest {
    @ParameterizedTest
    @CsvSource({"UTF8, 余额ø", "LATIN1, \\u4f59\\u989dø", "EUC_CN, 余额\\u00f8"})
    void a_failed_delivery_is_counted_and_its_message_is_parked(String encoding, String text) throws Exception {
        DataSource database = TestDatabase.encoded(encoding);
        Outbox outbox = Outbox.postgres();
        outbox.createTables(database);
        try (HttpReceiver receiver = new HttpReceiver();
                Connection connection = database.getConnection()) {
            receiver.context("/no", exchange -> {
                byte[] body = "余额ø".getBytes(StandardCharsets.UTF_8);
                exchange.getResponseHeaders().set("content-type", "text/plain;charset=UTF-8");
                exchange.sendResponseHeaders(500, body.length);
                exchange.getResponseBody().write(body);
                exchange.close();
            });
            connection.setAutoCommit(false);
            outbox.enqueue(
                    connection,
                    OutboxMessage.toHttp("POST", receiver.url("/no"), new byte[0])
                            .id("m-1"));
            connection.commit();
            try (OutboxRelay relay = OutboxRelay.from(database)
                    .retry(Retry.exponential(Duration.ofMillis(20), Duration.ofMillis(100), 3))
                    .start()) {
                ParkedMessages parked = ParkedMessages.in(database);
                await().until(() -> parked.list(10).size() == 1);
                assertThat(parked.list(10).get(0).error()).isEqualTo("HTTP 500: " + text);
                assertThat(parked.skip("m-1", "余额ø")).isTrue();
                assertThat(relay.retries()).isEqualTo(2);
            }
        }
        assertThat(TestDatabase.text(database, "select note from entente_outbox_sent"))
                .isEqualTo(text);
    }
}
