package dev.entente.server.store.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.server.store.Database;
import dev.entente.server.store.QueryExecutor;
import dev.entente.server.store.TestDatabase;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SessionTableTest {
    private static final String ANN = hash(1001);
    private static final String BOB = hash(1002);

    private Database database;
    private QueryExecutor executor;
    private SessionTable table;

    @BeforeEach
    void open() {
        database = TestDatabase.migrated();
        executor = QueryExecutor.forUnauthenticated(Runnable::run, SessionTable.MAX_ASKED, database.settings());
        table = new SessionTable(database, executor);
    }

    @AfterEach
    void close() {
        executor.close();
        database.close();
    }

    private static String hash(int number) {
        return "%064x".formatted(number);
    }

    private long count(String where) {
        return TestDatabase.number(database, "select count(*) from console_session where " + where);
    }

    @Test
    void a_session_expires_after_twelve_hours_or_with_its_token() {
        table.add(hash(1), ANN, null);
        table.add(hash(2), BOB, Instant.now().plus(Duration.ofMinutes(10)));
        table.add(hash(3), BOB, Instant.now().plus(Duration.ofDays(10)));

        assertThat(table.token(hash(1))).isEqualTo(ANN);
        assertThat(table.token(hash(4))).isNull();
        assertThat(count("expires_at = created_at + interval '12 hours'")).isEqualTo(2);
        assertThat(count("expires_at < now() + interval '11 minutes'")).isOne();
    }

    @Test
    void the_oldest_of_more_than_twenty_sessions_of_a_token_is_removed() {
        table.add(hash(500), BOB, null);
        for (int i = 1; i <= 23; i++) {
            table.add(hash(i), ANN, null);
        }
        assertThat(count("true")).isEqualTo(21);
        assertThat(table.token(hash(3))).isNull();
        assertThat(table.token(hash(4))).isEqualTo(ANN);
        assertThat(table.token(hash(500))).isEqualTo(BOB);
    }

    @Test
    void ended_sessions_are_invalid_and_removed_by_the_retention() {
        table.add(hash(1), ANN, null);
        table.add(hash(2), ANN, null);
        table.add(hash(3), ANN, null);
        assertThat(table.remove(hash(1))).isTrue();
        assertThat(table.remove(hash(1))).isFalse();
        TestDatabase.execute(
                database,
                "update console_session set expires_at = now() - interval '1 second' where id_hash = decode('" + hash(2)
                        + "', 'hex')");
        assertThat(table.token(hash(2))).isNull();
        assertThat(count("true")).isEqualTo(2);
        try (Retention retention = new Retention(database, Duration.ofDays(14))) {
            var _ = retention.sliceAndPause();
        }
        assertThat(count("true")).isOne();
        assertThat(table.token(hash(3))).isEqualTo(ANN);
    }

    @Test
    void a_restored_database_has_no_valid_sessions() {
        table.add(hash(1), ANN, null);
        assertThat(new Failover(database).parkRestored()).isZero();
        assertThat(table.token(hash(1))).isNull();
    }
}
