package dev.entente.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import dev.entente.outbox.Outbox;
import dev.entente.server.store.DatabaseSettings;
import dev.entente.server.store.TestDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/** Tests {@code entente outbox} on a real outbox. */
class OutboxCommandTest {
    private final PGSimpleDataSource postgres = new PGSimpleDataSource();
    private String url;

    @BeforeEach
    void start() throws SQLException {
        DatabaseSettings database = TestDatabase.empty();
        postgres.setUrl(database.jdbcUrl());
        postgres.setUser(database.user());
        postgres.setPassword(database.password());
        url = database.jdbcUrl();
        Outbox.postgres().createTables(postgres);
        execute("""
            insert into entente_outbox (id, ordering_key, kind, address, method, headers, payload, parked_at, last_error, attempts)
            select 'm-' || n, 'k-' || n, 'http', 'http://shop', 'POST', '', '', now() + n * interval '1 s', 'HTTP 400', 1
            from generate_series(1, 3) n
            """);
    }

    @Test
    void parked_messages_are_listed_retried_and_skipped() throws SQLException {
        Cli listed = Cli.run("outbox", "list", "--jdbc", url, "-o", "json");
        assertThat(listed.exit()).isZero();
        JsonArray parked = listed.json().getAsJsonArray("parked");
        assertThat(parked).hasSize(3);
        assertThat(parked.get(0).getAsJsonObject().get("id").getAsString()).isEqualTo("m-1");
        assertThat(parked.get(0).getAsJsonObject().get("destination").getAsString())
                .isEqualTo("http http://shop POST");
        assertThat(Cli.run("outbox", "list", "--jdbc", url).out()).contains("ID", "m-2", "k-3", "HTTP 400");

        assertThat(Cli.run("outbox", "skip", "m-1", "--reason", "sent by hand", "--jdbc", url)
                        .exit())
                .isZero();
        assertThat(text("select outcome || ' ' || note from entente_outbox_sent"))
                .isEqualTo("skipped sent by hand");
        Cli some = Cli.run("outbox", "retry", "m-2", "m-9", "--jdbc", url, "-o", "json");
        assertThat(some.exit()).isEqualTo(1);
        assertThat(some.json().get("retried").getAsInt()).isEqualTo(1);
        Cli all = Cli.run("outbox", "retry", "--all", "--jdbc", url);
        assertThat(all.exit()).isZero();
        assertThat(all.out()).contains("retried: 1");
        assertThat(text("select count(*) from entente_outbox where due_at is not null"))
                .isEqualTo("2");
        assertThat(Cli.run("outbox", "skip", "m-2", "--reason", "x", "--jdbc", url)
                        .exit())
                .isEqualTo(1);
    }

    @Test
    void wrong_usage_a_missing_table_and_an_unreachable_database_exit_differently() throws SQLException {
        assertThat(Cli.run("outbox", "retry", "--jdbc", url).exit()).isEqualTo(2);
        assertThat(Cli.run("outbox", "list", "--jdbc", "nonsense").exit()).isEqualTo(2);
        Cli unavailable = Cli.run("outbox", "list", "--jdbc", "jdbc:postgresql://127.0.0.1:1/none?user=unknown");
        assertThat(unavailable.exit()).isEqualTo(3);
        assertThat(unavailable.err()).contains("the database of the outbox");
        Cli unavailableAsJson =
                Cli.run("outbox", "list", "--jdbc", "jdbc:postgresql://127.0.0.1:1/none?user=unknown", "-o", "json");
        assertThat(unavailableAsJson.exit()).isEqualTo(3);
        assertThat(unavailableAsJson.err()).isEmpty();
        assertThat(unavailableAsJson.json().getAsJsonObject("error").get("code").isJsonNull())
                .isTrue();
        assertThat(unavailableAsJson.message()).contains("the database of the outbox");
        execute("drop table entente_outbox");
        Cli missing = Cli.run("outbox", "list", "--jdbc", url);
        assertThat(missing.exit()).isEqualTo(4);
        assertThat(missing.err()).contains("ENT-094");
        Cli missingAsJson = Cli.run("outbox", "retry", "--all", "--jdbc", url, "-o", "json");
        assertThat(missingAsJson.exit()).isEqualTo(4);
        assertThat(missingAsJson.err()).isEmpty();
        assertThat(missingAsJson.code()).isEqualTo("ENT-094");
    }

    private void execute(String sql) throws SQLException {
        try (Connection connection = postgres.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private String text(String sql) throws SQLException {
        try (Connection connection = postgres.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? String.valueOf(row.getString(1)) : "";
        }
    }
}
