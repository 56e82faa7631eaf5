package dev.entente.participant;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;

/** The tests run on the PostgreSQL, behind the pooler and at the level that the build says. */
class SurroundingsTest {
    private final DataSource database = TestDatabase.schema("surroundings");

    @Test
    void they_are_those_that_were_asked_for() throws SQLException {
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

    /** A pooler tells its client another number than that of the session. */
    private boolean isSessionOfItsOwn() throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("select pg_backend_pid()")) {
            row.next();
            return row.getInt(1) == connection.unwrap(PGConnection.class).getBackendPID();
        }
    }
}
