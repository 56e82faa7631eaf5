package dev.entente.idempotency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.entente.participant.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;

class JdbcKeyStoreTest extends KeyStoreContract {
    private final DataSource database = TestDatabase.schema("idempotency");
    private final JdbcKeyStore store =
            TestDatabase.isMariadb() ? JdbcKeyStore.mariadb(database) : JdbcKeyStore.postgres(database);

    @BeforeEach
    void createTable() throws SQLException {
        store.createTable();
        store.createTable();
    }

    @Override
    KeyStore store() {
        return store;
    }

    @Test
    void a_purge_deletes_only_expired_keys() throws Exception {
        claim("kept", IdempotencyKeys.digest("one"), "owner");
        store.claim(key("old"), IdempotencyKeys.digest("one"), "owner", Duration.ofMillis(1));
        claim("also kept", IdempotencyKeys.digest("one"), "owner");
        TestDatabase.text(database, TestDatabase.sql("select pg_sleep(0.05)", "select sleep(0.05)"));

        assertThat(store.purge()).isEqualTo(1);
        assertThat(TestDatabase.text(database, "select count(*) from entente_idempotency"))
                .isEqualTo("2");
    }

    @Test
    void the_error_for_a_missing_table_has_its_definition_in_the_cause() throws SQLException {
        TestDatabase.execute(database, "drop table entente_idempotency");
        assertThatThrownBy(() -> claim("k", IdempotencyKeys.digest("one"), "owner"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("ENT-094: misconfigured: the table entente_idempotency is missing")
                .hasMessageNotContaining("create table")
                .rootCause()
                .hasMessageContaining("create table if not exists entente_idempotency");
    }

    @ParameterizedTest
    @ValueSource(strings = {"read committed", "repeatable read", "serializable"})
    void each_isolation_level_takes_a_key_that_expires_during_the_claim(String level) throws Exception {
        assumeFalse(TestDatabase.isMariadb());
        PGSimpleDataSource strict = new PGSimpleDataSource();
        strict.setUrl(((PGSimpleDataSource) database).getURL());
        strict.setUser("postgres");
        strict.setOptions("-c default_transaction_isolation=" + level.replace(" ", "\\ "));
        ExecutorService threads = Executors.newSingleThreadExecutor();
        try (Connection other = database.getConnection()) {
            claim("k", IdempotencyKeys.digest("one"), "first");
            other.setAutoCommit(false);
            try (Statement touch = other.createStatement()) {
                touch.execute("update entente_idempotency set owner = owner, expires_at = now() - interval '1 hour'");
            }
            Future<KeyClaim> second = threads.submit(() -> JdbcKeyStore.postgres(strict)
                    .claim(key("k"), IdempotencyKeys.digest("one"), "second", Duration.ofMinutes(1)));
            await().until(() -> "1"
                    .equals(TestDatabase.text(
                            database,
                            "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
                                    + " and query like 'insert into entente_idempotency%'")));
            other.commit();
            assertThat(second.get()).isEqualTo(KeyClaim.TAKEN);
        } finally {
            threads.shutdownNow();
        }
    }
}
