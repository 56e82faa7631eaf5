package dev.entente.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.server.app.Main;
import dev.entente.server.store.Database;
import dev.entente.server.store.DatabaseSettings;
import dev.entente.server.store.TestDatabase;
import dev.entente.server.store.admin.Schema;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests {@code entente migrate} as a process of this version, and of a next version with one more migration. */
class MigrateCommandTest {
    private static final int NEXT = Schema.VERSION + 1;

    @TempDir
    private Path next;

    private record ProcessResult(int exit, String text) {}

    private static Process migrate(String classPath, DatabaseSettings database) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        classPath,
                        Main.class.getName(),
                        "migrate",
                        "--jdbc-url",
                        database.jdbcUrl(),
                        "--jdbc-user",
                        database.user())
                .redirectErrorStream(true);
        builder.environment().put("ENTENTE_DATABASE_PASSWORD", database.password());
        return builder.start();
    }

    private static ProcessResult result(Process process) throws IOException, InterruptedException {
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new ProcessResult(process.waitFor(), text);
    }

    /** Runs {@code migrate} of the next version. */
    private ProcessResult upgrade(DatabaseSettings database) throws Exception {
        Path migrations = Files.createDirectories(next.resolve("db/migration"));
        Files.writeString(next.resolve("db/version"), Integer.toString(NEXT));
        Files.writeString(
                migrations.resolve("V%04d__next.sql".formatted(NEXT)),
                "create table next_table (id int); alter table open_transaction add column next_column int;");
        return result(migrate(next + File.pathSeparator + System.getProperty("java.class.path"), database));
    }

    @Test
    void only_one_of_three_concurrent_processes_runs_the_migrations() throws Exception {
        DatabaseSettings database = TestDatabase.empty();
        List<Process> processes = IntStream.range(0, 3)
                .mapToObj(_ -> {
                    try {
                        return migrate(System.getProperty("java.class.path"), database);
                    } catch (IOException unstarted) {
                        throw new IllegalStateException(unstarted);
                    }
                })
                .toList();
        int migrations = 0;
        for (Process process : processes) {
            ProcessResult result = result(process);
            assertThat(result.exit()).as(result.text()).isZero();
            migrations += result.text().contains("migrations that ran: 0") ? 0 : 1;
        }
        assertThat(migrations).isOne();
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"$user\", public", "before, public", "before, \"$user\", public, after"})
    void an_upgrade_migrates_the_schema_that_contains_the_tables(String searchPath) throws Exception {
        try (Database database = TestDatabase.migrated()) {
            searchPath(database, searchPath, "before", "after");
            ProcessResult result = upgrade(database.settings());
            assertThat(result.exit()).as(result.text()).isZero();
            assertThat(result.text()).contains("schema version " + NEXT + "; migrations that ran: 1");
            assertThat(tablesOf(database, "public", "next_table")).isOne();
            assertThat(tablesOf(database, "public", "open_transaction")).isOne();
            assertThat(TestDatabase.number(
                            database,
                            "select count(*) from pg_tables where schemaname in"
                                    + " (current_user, 'before', 'after')"))
                    .isZero();
        }
    }

    @Test
    void tables_in_two_schemas_of_the_search_path_are_refused_with_both_names() throws Exception {
        DatabaseSettings settings = TestDatabase.withSchema();
        try (Database database = Database.of(settings)) {
            TestDatabase.execute(database, "create schema \"Other one\"");
            String url = settings.jdbcUrl();
            String own = url + (url.contains("?") ? "&" : "?") + "currentSchema=%22Other%20one%22";
            DatabaseSettings other = TestDatabase.changed(settings, own, 2, settings.timeout());
            assertThat(result(migrate(System.getProperty("java.class.path"), other))
                            .exit())
                    .isZero();
            searchPath(database, "\"Other one\", public");
            ProcessResult refused = upgrade(settings);
            assertThat(refused.exit()).as(refused.text()).isEqualTo(2);
            assertThat(refused.text()).contains("ENT-071", "Other one and public", "?currentSchema=public");
            assertThat(TestDatabase.number(database, "select count(*) from pg_tables where tablename = 'next_table'"))
                    .isZero();
            assertThat(upgrade(other).text()).contains("migrations that ran: 1");
            assertThat(tablesOf(database, "Other one", "next_table")).isOne();
        }
    }

    private static void searchPath(Database database, String path, String... schemas) {
        TestDatabase.execute(
                database,
                "do $$ begin execute format('alter database %I set search_path = " + path
                        + "', current_database()); end $$");
        TestDatabase.execute(database, "do $$ begin execute format('create schema %I', current_user); end $$");
        for (String schema : schemas) {
            TestDatabase.execute(database, "create schema " + schema);
        }
    }

    private static long tablesOf(Database database, String schema, String table) {
        return TestDatabase.number(
                database,
                "select count(*) from pg_tables where schemaname = '" + schema + "' and tablename = '" + table + "'");
    }
}
