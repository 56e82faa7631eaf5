package dev.entente.participant;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;

/** The database, the pooler and the isolation level of the tests, compared with the settings of the build. */
class SurroundingsTest {
    private final DataSource database = TestDatabase.schema("surroundings");

    @Test
    void the_database_pooler_and_isolation_level_match_the_build_settings() throws SQLException {
        if (!System.getProperty("entente.test.database", "").isEmpty()) {
            assertThat(TestDatabase.text(database, "select version()")).contains("MariaDB");
            return;
        }
        String version = System.getProperty("entente.test.postgres", "18.");
        assertThat(TestDatabase.text(database, "show server_version"))
                .startsWith(version.substring(0, version.indexOf('.') + 1));
        assertThat(TestDatabase.text(database, "show transaction_isolation"))
                .isEqualTo(System.getProperty("entente.test.isolation", "read committed"));
        assertThat(isSessionOfItsOwn()).isNotEqualTo(Boolean.getBoolean("entente.test.pooled"));
    }

    /** A pooler reports another process id to its client than the session has. */
    private boolean isSessionOfItsOwn() throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("select pg_backend_pid()")) {
            row.next();
            return row.getInt(1) == connection.unwrap(PGConnection.class).getBackendPID();
        }
    }
}
