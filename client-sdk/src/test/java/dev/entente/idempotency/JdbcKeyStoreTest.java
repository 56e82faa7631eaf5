package dev.entente.idempotency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entente.participant.TestDatabase;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

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
    void purge_deletes_what_has_expired_alone() throws Exception {
        claim("kept", IdempotencyKeys.digest("one"), "owner");
        store.claim(key("old"), IdempotencyKeys.digest("one"), "owner", Duration.ofMillis(1));
        claim("also kept", IdempotencyKeys.digest("one"), "owner");
        TestDatabase.text(database, TestDatabase.sql("select pg_sleep(0.05)", "select sleep(0.05)"));

        assertThat(store.purge()).isEqualTo(1);
        assertThat(TestDatabase.text(database, "select count(*) from entente_idempotency"))
                .isEqualTo("2");
    }

    @Test
    void a_store_that_is_not_there_says_so() throws SQLException {
        TestDatabase.execute(database, "drop table entente_idempotency");
        assertThatThrownBy(() -> claim("k", IdempotencyKeys.digest("one"), "owner"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("entente_idempotency");
    }
}
