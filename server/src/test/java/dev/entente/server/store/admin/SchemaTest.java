package dev.entente.server.store.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entente.backends.PatientAwaits;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.server.store.Database;
import dev.entente.server.store.DatabaseSettings;
import dev.entente.server.store.StartupFailure;
import dev.entente.server.store.TestDatabase;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SchemaTest {
    private static final Path MIGRATIONS = Path.of("src/main/resources/db/migration");
    private static final Map<String, String> CHECKSUMS = Map.of(
            "V0001__schema.sql", "7de28ca5ba06ea84722debbeeba609db90d6c17c4133d477ed2abd37365b3920",
            "V0002__operations.sql", "98365868d183047ab151a3d366c9bab6e261240c6430f2c51a9390efc88f0834");

    @Test
    void the_architecture_document_names_each_table() throws IOException {
        String page = Files.readString(Path.of("../docs/architecture.md"));
        List<String> tables = new ArrayList<>();
        try (Stream<Path> files = Files.list(MIGRATIONS)) {
            for (Path file : files.toList()) {
                Pattern.compile("create table (\\w+)")
                        .matcher(Files.readString(file))
                        .results()
                        .forEach(found -> tables.add(found.group(1)));
            }
        }
        assertThat(tables)
                .hasSizeGreaterThan(8)
                .allSatisfy(table -> assertThat(page).contains("| `" + table + "` |"));
    }

    @Test
    void each_migration_has_its_recorded_checksum() throws Exception {
        try (Stream<Path> files = Files.list(MIGRATIONS)) {
            for (Path file : files.toList()) {
                assertFrozen(file.getFileName().toString(), Files.readAllBytes(file));
            }
        }
    }

    @Test
    void a_migration_with_one_more_comment_is_detected() throws IOException {
        String changed = Files.readString(MIGRATIONS.resolve("V0001__schema.sql")) + "-- a comment\n";
        assertThatThrownBy(() -> assertFrozen("V0001__schema.sql", changed.getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("V0003");
    }

    private static void assertFrozen(String name, byte[] migration) throws GeneralSecurityException {
        assertThat(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(migration)))
                .as(
                        "SHA-256 of %s: never edit a released migration, write the change as V%04d__NAME.sql."
                                + " If this migration is not released, store its SHA-256 in this test",
                        name, CHECKSUMS.size() + 1)
                .isEqualTo(CHECKSUMS.get(name));
    }

    @Test
    void an_empty_database_counts_as_older_until_its_migration() {
        try (Database database = Database.of(TestDatabase.empty())) {
            Schema schema = new Schema(database);
            assertFails(schema, ErrorCode.SCHEMA_OLDER, "version 0", "entente migrate");
            assertThat(schema.migrate()).isPositive();
            schema.check();
            assertThat(schema.version()).isEqualTo(Schema.VERSION);
            assertThat(schema.migrate()).isZero();
        }
    }

    /** A coordinator does not see rows that a policy hides, and would accept their gids again. */
    @Test
    void a_start_with_row_security_on_any_table_is_refused() {
        try (Database database = Database.of(TestDatabase.empty())) {
            Schema schema = new Schema(database);
            schema.migrate();
            String user = "restricted_" + System.nanoTime();
            TestDatabase.execute(
                    database,
                    "create role " + user + " login password 'secret'",
                    "grant all on all tables in schema public to " + user);
            List<String> tables = database.jdbi()
                    .withHandle(handle -> handle.createQuery("select relname from pg_class"
                                    + " where relkind = 'r' and relnamespace = 'public'::regnamespace")
                            .mapTo(String.class)
                            .list());
            try (Database restricted = Database.of(at(database.settings().jdbcUrl(), user, "secret"))) {
                new Schema(restricted).check();
                for (String table : tables) {
                    TestDatabase.execute(database, "alter table " + table + " enable row level security");
                    assertFails(
                            new Schema(restricted),
                            ErrorCode.DATABASE_UNREACHABLE,
                            '"' + table + '"',
                            "disable row level security");
                    schema.check(); // row security does not apply to the owner
                    TestDatabase.execute(database, "alter table " + table + " disable row level security");
                }
                new Schema(restricted).check();
            } finally {
                TestDatabase.execute(database, "drop owned by " + user, "drop role " + user);
            }
        }
    }

    @Test
    void a_database_with_other_tables_can_be_migrated() {
        try (Database database = Database.of(TestDatabase.empty())) {
            TestDatabase.execute(database, "create table another_table (id int)");
            new Schema(database).migrate();
            new Schema(database).check();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "application_name",
                "statement_timeout",
                "lock_timeout",
                "idle_in_transaction_session_timeout",
                "idle_session_timeout"
            })
    void a_migration_may_exceed_the_limits_of_the_pool_and_of_sessions(String limit) throws SQLException {
        try (Database database = Database.of(TestDatabase.empty());
                Database hurried = Database.of(TestDatabase.hurried(database.settings()));
                Connection other = database.connect("test", 0);
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("create table open_transaction (nobody_knows boolean)");
            TestDatabase.execute(
                    database,
                    "do $$ begin execute format('alter database %I set " + limit
                            + " = 1000', current_database()); end $$");
            CompletableFuture<Integer> migrated = CompletableFuture.supplyAsync(new Schema(hurried)::migrate);
            Awaitility.await().until(() -> migrated.isDone() || TestDatabase.isWaitedFor(database));
            assertThat(migrated).isNotDone();
            other.rollback();
            assertThat(migrated.orTimeout(PatientAwaits.BOUND.toSeconds(), TimeUnit.SECONDS)
                            .join())
                    .isPositive();
        }
    }

    @Test
    void concurrent_migrations_wait_for_each_other() {
        for (int round = 0; round < 5; round++) {
            try (Database database = Database.of(TestDatabase.empty());
                    ExecutorService threads = Executors.newFixedThreadPool(6)) {
                CyclicBarrier start = new CyclicBarrier(6);
                List<Future<Integer>> migrations = IntStream.range(0, 6)
                        .mapToObj(_ -> threads.submit(() -> {
                            start.await();
                            return new Schema(database).migrate();
                        }))
                        .toList();
                assertThat(migrations).allSatisfy(each -> assertThat(each).succeedsWithin(PatientAwaits.BOUND));
                assertThat(migrations.stream().map(Future::resultNow).filter(ran -> ran > 0))
                        .hasSize(1);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"LATIN1", "SQL_ASCII", "EUC_CN", "WIN1252"})
    void a_database_in_another_encoding_than_utf8_is_refused(String encoding) {
        try (Database database = Database.of(TestDatabase.encoded(encoding))) {
            Schema schema = new Schema(database);
            String why = "server_encoding is " + encoding + ", UTF8 is required";
            assertFails(schema, ErrorCode.BAD_VALUE, why, "template0");
            assertThatThrownBy(schema::migrate).hasMessageContaining(why);
            assertThat(TestDatabase.number(database, "select count(*) from pg_tables where schemaname = 'public'"))
                    .isZero();
        }
    }

    @Test
    void read_only_sessions_are_refused_before_the_migration() {
        try (Database database = Database.of(TestDatabase.empty());
                Database readOnly = Database.of(database.settings())) {
            TestDatabase.execute(
                    database,
                    "do $$ begin execute format('alter database %I set default_transaction_read_only = on',"
                            + " current_database()); end $$");
            Schema schema = new Schema(readOnly);
            assertFails(schema, ErrorCode.BAD_VALUE, "read-only", "default_transaction_read_only");
            assertThatThrownBy(schema::migrate).hasMessageContaining("ENT-071");
        }
    }

    @Test
    void a_newer_schema_is_refused_by_check_and_by_migrate() {
        try (Database database = TestDatabase.migrated()) {
            TestDatabase.execute(database, """
                insert into entente_schema_history
                  (installed_rank, version, description, type, script, installed_by, execution_time, success)
                values (99, '0099', 'later', 'SQL', 'V0099__later.sql', 'x', 1, true)\
                """);
            assertFails(new Schema(database), ErrorCode.SCHEMA_NEWER, "version 99", "newer Entente");
            assertThatThrownBy(() -> new Schema(database).migrate())
                    .isInstanceOfSatisfying(
                            StartupFailure.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.SCHEMA_NEWER));
        }
    }

    @Test
    void tables_of_an_unreleased_build_are_refused_with_a_solution() {
        try (Database database = TestDatabase.migrated()) {
            TestDatabase.execute(database, "update entente_schema_history set checksum = checksum + 1");
            assertFails(new Schema(database), ErrorCode.SCHEMA_OLDER, "never released", "empty database", "--data");
            assertThatThrownBy(() -> new Schema(database).migrate()).hasMessageContaining("ENT-073");
        }
    }

    @Test
    void an_unreachable_database_is_named_in_the_failure() {
        DatabaseSettings unreachable = new DatabaseSettings(
                "jdbc:postgresql://localhost:1/entente", "alice", () -> "secret", 2, false, Duration.ofSeconds(1));
        try (Database database = Database.of(unreachable)) {
            assertFails(new Schema(database), ErrorCode.DATABASE_UNREACHABLE, "localhost:1", "alice");
            assertThatThrownBy(new Schema(database)::migrate).hasMessageContaining("ENT-072");
        }
        assertThat(unreachable.toString()).doesNotContain("secret");
    }

    @Test
    void a_database_that_refuses_connections_is_named_with_the_reason() {
        try (Database database = Database.of(TestDatabase.empty())) {
            DatabaseSettings own = database.settings();
            String name = own.jdbcUrl().replaceFirst(".*/", "").replaceFirst("[?].*", "");
            String closed = name + "_closed";
            String role = name + "_stranger";
            TestDatabase.execute(
                    database,
                    "create database " + closed + " allow_connections false",
                    "create role " + role + " login password 'secret'",
                    "revoke connect on database " + name + " from public");
            try (Database refused = Database.of(at(own.jdbcUrl().replace(name, closed), own.user(), own.password()));
                    Database stranger = Database.of(at(own.jdbcUrl(), role, "secret"))) {
                String[] notAStatement = {"a standby", "refuses a statement", "grant that privilege"};
                assertThatThrownBy(new Schema(refused)::migrate)
                        .isInstanceOf(StartupFailure.class)
                        .hasMessageContainingAll("ENT-072", closed, "is not currently accepting connections")
                        .hasMessageNotContainingAny(notAStatement);
                assertThatThrownBy(new Schema(stranger)::migrate)
                        .isInstanceOf(StartupFailure.class)
                        .hasMessageContainingAll("ENT-072", role, "permission denied for database")
                        .hasMessageNotContainingAny(notAStatement);
            } finally {
                TestDatabase.execute(database, "drop database " + closed, "drop role " + role);
            }
        }
    }

    @Test
    void a_missing_create_privilege_is_reported_with_the_grant_statement() {
        try (Database database = Database.of(TestDatabase.empty())) {
            DatabaseSettings own = database.settings();
            String role = own.jdbcUrl().replaceFirst(".*/", "").replaceFirst("[?].*", "") + "_guest";
            TestDatabase.execute(
                    database,
                    "create role " + role + " login password 'secret'",
                    "revoke create on schema public from public");
            try (Database guest = Database.of(at(own.jdbcUrl(), role, "secret"))) {
                assertFails(new Schema(guest), role);
                TestDatabase.execute(database, "grant create on schema \"public\" to \"" + role + "\"");
                assertThat(new Schema(guest).migrate()).isPositive();
            } finally {
                TestDatabase.execute(database, "drop owned by " + role, "drop role " + role);
            }
        }
    }

    private static void assertFails(Schema denied, String role) {
        assertThatThrownBy(denied::migrate)
                .isInstanceOf(StartupFailure.class)
                .hasMessageContainingAll("ENT-073", "permission denied for schema public", "grant user '" + role + "'")
                .hasMessageNotContaining("Flyway");
    }

    private static DatabaseSettings at(String url, String user, String password) {
        return new DatabaseSettings(
                url.replaceFirst("[?].*", ""), user, () -> password, 2, false, Duration.ofSeconds(30));
    }

    private static void assertFails(Schema schema, ErrorCode code, String... words) {
        assertThatThrownBy(schema::check)
                .isInstanceOfSatisfying(
                        StartupFailure.class, e -> assertThat(e.code()).isEqualTo(code))
                .hasMessageContaining(code.id())
                .hasMessageContainingAll(words);
    }
}
