package dev.entente.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Holds every statement within what Citus allows on tables that are distributed by bucket, by its text: Citus itself is not asked. */
class DistributionTest {
    private static final Path SOURCES = Path.of("src/main/java/dev/entente/server/store");
    private static final Path MIGRATIONS = Path.of("src/main/resources/db/migration");
    private static final Pattern TEXT_BLOCK = Pattern.compile("\"\"\"\\R(.*?)\"\"\"", Pattern.DOTALL);
    private static final Pattern MEMBER = Pattern.compile("\\n    (?:[\\w<>@.]+ )+(\\w+)(?:\\(| = )");
    /** What runs on a plain PostgreSQL only: its counterparts are in {@link DistributedClaims} and {@link DistributedRetention}. */
    private static final List<String> PLAIN_ONLY = List.of("ORPHANS", "adopt", "removeSlice");

    @Test
    void every_statement_of_the_writer_names_its_bucket_wherever_it_names_gids() throws SQLException {
        try (Database database = TestDatabase.migrated();
                WriterConnection writer = WriterConnection.open(database, 1)) {
            for (BatchStatement statement : writer.statements()) {
                String sql = Distribution.keyed(statement.sql(), 5);
                // An insert of rows goes by their own buckets; entries of the audit have a statement of their own
                // there.
                if (!sql.startsWith("/* accept_insert */") && !sql.startsWith("/* audit */")) {
                    assertThat(sql).contains("bucket = 5").doesNotContain("/* bucket");
                    assertThat(count(sql, "bucket = 5")).as(sql).isEqualTo(count(sql, "gid = any ("));
                }
            }
        }
    }

    private static int count(String text, String part) {
        return text.split(Pattern.quote(part), -1).length - 1;
    }

    @Test
    void nothing_locks_rows_of_more_than_one_bucket() throws IOException {
        List<String> locking = new ArrayList<>();
        for (Path source : sources()) {
            String text = Files.readString(source);
            Matcher block = TEXT_BLOCK.matcher(text);
            while (block.find()) {
                String sql = block.group(1).toLowerCase(Locale.ROOT);
                boolean isDistributed = Distribution.TABLES.stream().anyMatch(sql::contains);
                if (sql.contains("for update") && isDistributed && !PLAIN_ONLY.contains(member(text, block.start()))) {
                    locking.add(sql);
                }
            }
        }
        assertThat(locking).isNotEmpty().allMatch(sql -> sql.contains("bucket = :bucket"));
    }

    /** The name of the method, or constant, that a text stands in. */
    private static String member(String source, int at) {
        Matcher head = MEMBER.matcher(source.substring(0, at));
        String name = "";
        while (head.find()) {
            name = head.group(1);
        }
        return name;
    }

    private static List<Path> sources() throws IOException {
        try (Stream<Path> files = Files.list(SOURCES)) {
            return files.filter(file -> file.toString().endsWith(".java")).toList();
        }
    }

    @Test
    void what_tells_rows_apart_has_the_bucket_in_it_and_there_is_no_trigger() throws IOException {
        String schema = migrations();
        assertThat(schema).doesNotContainIgnoringCase("create trigger");
        for (String table : Distribution.TABLES) {
            Matcher body = Pattern.compile("create table " + table + " \\((.*?)\\n\\)", Pattern.DOTALL)
                    .matcher(schema);
            assertThat(body.find()).as(table).isTrue();
            Matcher key =
                    Pattern.compile("(?:primary key|unique) \\(([^)]*)\\)").matcher(body.group(1));
            while (key.find()) {
                assertThat(key.group(1)).as(table).contains("bucket");
            }
            assertThat(schema).doesNotContainPattern("create unique index \\w+ on " + table + " \\((?![^)]*bucket)");
        }
    }

    private static String migrations() throws IOException {
        try (Stream<Path> files = Files.list(MIGRATIONS)) {
            return files.sorted().map(DistributionTest::text).collect(Collectors.joining("\n"));
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void a_database_without_citus_says_so_and_names_the_way_out() {
        try (Database database = TestDatabase.migrated()) {
            assertThatThrownBy(() -> new Schema(database).distribute())
                    .isInstanceOf(StartupFailure.class)
                    .hasMessageContaining("ENT-071")
                    .hasMessageContaining("create extension citus");
        }
    }

    @Test
    void a_database_that_was_switched_is_known_to_be_by_every_later_connection() {
        try (Database plain = TestDatabase.migrated()) {
            assertThat(plain.isDistributed()).isFalse();
            TestDatabase.execute(plain, Distribution.SWITCH_ON);
            try (Database switched = Database.of(plain.settings())) {
                assertThat(switched.isDistributed()).isTrue();
            }
        }
    }

    @Test
    void on_a_plain_postgresql_statements_stay_as_they_are() throws SQLException {
        try (Database database = TestDatabase.migrated();
                WriterConnection writer = WriterConnection.open(database, 1)) {
            assertThat(writer.isDistributed()).isFalse();
            assertThat(writer.statements())
                    .noneMatch(statement -> statement.sql().contains("bucket ="));
        }
    }
}
