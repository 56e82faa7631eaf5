package dev.entente.server.store.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entente.server.store.Database;
import dev.entente.server.store.TestDatabase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SigningKeysTest {
    private static final String INSERT = "insert into signing_key (purpose, id, secret, created_at) values ('join', ";

    private Database database;
    private SigningKeys keys;

    @BeforeEach
    void open() {
        database = TestDatabase.migrated();
        keys = new SigningKeys(database, "join");
    }

    @AfterEach
    void close() {
        keys.close();
        database.close();
    }

    private void add(int id, String age) {
        TestDatabase.execute(database, INSERT + id + ", sha256('" + id + "'::bytea), now() - interval '" + age + "')");
    }

    @Test
    void a_new_database_has_its_own_key() {
        Database another = Database.of(TestDatabase.empty());
        new Schema(another).migrate();
        try (SigningKeys others = new SigningKeys(another, "join")) {
            assertThat(keys.read()).singleElement().satisfies(key -> {
                assertThat(key.id()).isOne();
                assertThat(key.secret().size()).isEqualTo(32);
                assertThat(key).hasToString("key 1").isNotEqualTo(others.read().getFirst());
            });
        } finally {
            another.close();
        }
    }

    @Test
    void the_newest_key_known_to_all_coordinators_is_first() {
        TestDatabase.execute(database, "update signing_key set created_at = now() - interval '1 day'");
        add(2, "1 hour");
        add(3, "1 minute");
        assertThat(keys.read()).extracting(SigningKeys.Key::id).containsExactly(2, 1, 3);
    }

    @Test
    void a_missing_key_is_reported() {
        TestDatabase.execute(database, "delete from signing_key");
        assertThatThrownBy(keys::read).hasMessageContaining("signing_key").hasMessageContaining("join");
    }
}
