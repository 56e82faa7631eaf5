package dev.entente.server.store.writer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.store.Database;
import dev.entente.server.store.DatabaseSettings;
import dev.entente.server.store.NewTransaction;
import dev.entente.server.store.Rows;
import dev.entente.server.store.TestDatabase;
import dev.entente.server.store.admin.Failover;
import java.sql.Connection;
import java.sql.ParameterMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Generic plans of all statements of the hot path, as on the writer's connection: no sequential scan, and no index scan
 * without a condition on gid or bucket. Plans on empty tables are verified too, because PostgreSQL keeps such a plan
 * while the table grows.
 */
class HotPlansTest {
    private static Database database;

    @BeforeAll
    static void startDatabase() {
        database = TestDatabase.migrated();
    }

    @AfterAll
    static void stopDatabase() {
        database.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 20_000})
    void each_statement_of_the_writer_reads_rows_by_key(int rows) throws SQLException {
        fill(rows);
        try (WriterConnection writer = WriterConnection.open(database, 1)) {
            writer.commit(Batch.of(List.of(accept("x1"), accept("x2"))));
            for (BatchStatement statement : writer.statements()) {
                assertReadsByKey(statement.sql(), explain(writer.jdbc(), statement, statement.sql()));
                String one = OneRow.of(statement.sql());
                assertReadsByKey(one, explain(writer.jdbc(), statement, one));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 20_000})
    void claims_and_reads_use_keys(int rows) throws SQLException {
        fill(rows);
        List<String> statements = statementsOfThePool();
        assertThat(statements).hasSizeGreaterThanOrEqualTo(5);
        try (Connection connection = database.connect("test", 30);
                Statement session = connection.createStatement()) {
            // PostgreSQL always scans a table this small sequentially: the test verifies that an index can be used.
            session.execute("set enable_seqscan = off; set plan_cache_mode = force_generic_plan");
            for (String sql : statements) {
                assertReadsByKey(sql, explain(connection, sql));
            }
        }
    }

    /** Returns the statements that were actually sent: pg_prepared_statements of a pool with a single connection. */
    private static List<String> statementsOfThePool() throws SQLException {
        DatabaseSettings given = database.settings();
        DatabaseSettings single = TestDatabase.changed(given, given.jdbcUrl(), 1, Duration.ofSeconds(5));
        try (Database one = Database.of(single)) {
            Reads reads = new Reads(one, 1);
            RowClaims claims = new RowClaims(one, 1, new Failover(one).settle());
            reads.read("unknown");
            claims.due();
            claims.claimDue(1, 10, Long.MAX_VALUE);
            claims.claimHeldBack("hung", false, 10, Long.MAX_VALUE);
            reads.revs(List.of("g1", "g3"));
            claims.adopt(2, "", 10, Long.MAX_VALUE);
            reads.owned("", 10);
            return one.jdbi()
                    .withHandle(handle -> handle.createQuery(
                                    "select statement from pg_prepared_statements where statement like '%_transaction%'"
                                            + " and statement not like '%pg_prepared%'")
                            .mapTo(String.class)
                            .list());
        }
    }

    private static void fill(int rows) {
        TestDatabase.execute(
                database,
                "truncate open_transaction, finished_transaction, transaction_label, coordinator",
                "insert into coordinator (incarnation, node, address, version) values (1, 'n', 'a', 'v')",
                """
                insert into open_transaction (bucket, gid, owner, due_at, pattern, state, name, created_at, request_digest, plan)
                select i & 63, 'g' || i, case when i & 1 = 0 then 1 end, case when i & 1 = 1 then now() end, 1, 3, 'n', now(), '\\x', '\\x'
                from generate_series(1, %d) i\
                """.formatted(rows),
                """
                insert into finished_transaction
                  (bucket, gid, pattern, state, name, created_at, finished_at, request_digest, plan, progress)
                select i & 63, 'f' || i, 1, 6, 'n', now(), now(), '\\x', '\\x', '\\x' from generate_series(1, %d) i\
                """.formatted(rows),
                "insert into transaction_label select i & 63, 'f' || i, 'k', 'v' from generate_series(1, %d) i"
                        .formatted(rows),
                "analyze open_transaction, finished_transaction, transaction_label, coordinator");
    }

    private static Pending accept(String gid) {
        return new Pending.Accept(new NewTransaction(
                gid,
                Pattern.SAGA,
                TransactionState.RUNNING,
                "checkout",
                Map.of("k", "v"),
                null,
                null,
                1,
                Rows.digest(gid),
                ByteString.EMPTY,
                List.of(),
                List.of(),
                null));
    }

    /** Prepares the statement with the types that the batch sends: PostgreSQL plans without the values. */
    private static String explain(Connection connection, BatchStatement statement, String sql) throws SQLException {
        try (PreparedStatement prepared = connection.prepareStatement(sql)) {
            statement.bind(new Parameters(prepared), 1);
            ParameterMetaData types = prepared.getParameterMetaData();
            List<String> names = new ArrayList<>();
            for (int i = 1; i <= types.getParameterCount(); i++) {
                names.add(types.getParameterTypeName(i));
            }
            return explain(connection, sql, "(" + String.join(", ", names) + ")", names.size());
        }
    }

    private static String explain(Connection connection, String sql) throws SQLException {
        int parameters = 0;
        while (sql.contains("$" + (parameters + 1))) {
            parameters++;
        }
        return explain(connection, sql, "", parameters);
    }

    private static String explain(Connection connection, String sql, String types, int parameters) throws SQLException {
        String numbered = sql;
        for (int i = 1; numbered.indexOf('?') >= 0; i++) {
            numbered = numbered.replaceFirst("\\?", "\\$" + i);
        }
        String nulls = IntStream.range(0, parameters).mapToObj(_ -> "null").collect(Collectors.joining(", "));
        try (Statement session = connection.createStatement()) {
            session.execute("deallocate all");
            session.execute("prepare hot " + types + " as " + numbered);
            StringBuilder plan = new StringBuilder();
            try (ResultSet row = session.executeQuery(
                    "explain (costs off) execute hot" + (parameters == 0 ? "" : "(" + nulls + ")"))) {
                while (row.next()) {
                    plan.append(row.getString(1)).append('\n');
                }
            }
            return plan.toString();
        }
    }

    private static void assertReadsByKey(String sql, String plan) {
        assertThat(plan).as(sql).doesNotContain("Seq Scan");
        List<String> lines = plan.lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).contains("Index Scan") || lines.get(i).contains("Index Only Scan")) {
                String condition = i + 1 < lines.size() ? lines.get(i + 1) : "";
                assertThat(condition)
                        .as("%s%n%s%nline %d", sql, plan, i)
                        .containsPattern("Index Cond: .*\\b(gid|before_gid|bucket|incarnation|topic|held_back_by)\\b");
            }
        }
    }

    @Test
    void explain_shows_a_sequential_scan() throws SQLException {
        try (Connection connection = database.connect("test", 30)) {
            String plan = explain(connection, "select count(*) from open_transaction where name = 'x'");
            assertThat(plan).contains("Seq Scan");
            assertThatThrownBy(() -> assertReadsByKey("", plan)).isInstanceOf(AssertionError.class);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Filter: (gid = $1)", "Index Cond: (name = $1)"})
    void an_index_scan_without_a_condition_on_a_key_fails_the_check(String detail) {
        String plan = "Index Scan using some_index on open_transaction\n  " + detail + "\n";
        assertThatThrownBy(() -> assertReadsByKey("", plan)).isInstanceOf(AssertionError.class);
    }
}
