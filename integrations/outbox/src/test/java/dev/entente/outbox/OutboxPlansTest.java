package dev.entente.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.jdbc.Dialect;
import dev.entente.participant.TestDatabase;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The plans of the outbox's statements: none scans the sent messages or the queue behind a parked message. */
class OutboxPlansTest {
    private static final Pattern READ = Pattern.compile("actual[^(]* rows=([0-9]+)(?:\\.[0-9]+)? loops=([0-9]+)");
    private static final int ROWS = 20_000;

    private final OutboxFixture fixture;

    OutboxPlansTest() throws SQLException {
        fixture = new OutboxFixture("outbox_plans");
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    /** Plans the statements as a relay does: generically, while the tables are empty. */
    @Test
    void plans_made_on_empty_tables_read_few_rows_of_full_tables() throws SQLException {
        try (Connection connection = fixture.database.getConnection()) {
            connection.setAutoCommit(false);
            execute(
                    connection,
                    "set enable_seqscan = off; set enable_bitmapscan = off; set plan_cache_mode = force_generic_plan");
            List<String> executions = prepareAll(connection);
            for (String execution : executions) {
                execute(connection, "explain " + execution);
            }
            connection.commit();
            fill();
            for (String execution : executions) {
                List<String> plan = explain(connection, execution);
                assertThat(plan)
                        .as(execution)
                        .noneMatch(line -> line.contains("Seq Scan"))
                        .noneMatch(line -> line.matches(".*Rows Removed by Filter: [0-9]{3,}.*"))
                        .allMatch(line -> rowsRead(line) <= 1001);
            }
        }
    }

    @Test
    void plans_made_on_full_tables_read_few_rows() throws SQLException {
        fill();
        try (Connection connection = fixture.database.getConnection()) {
            connection.setAutoCommit(false);
            execute(
                    connection,
                    "set enable_seqscan = off; set enable_bitmapscan = off; analyze entente_outbox; analyze"
                            + " entente_outbox_sent");
            List<String> executions = prepareAll(connection);
            connection.commit();
            for (String execution : executions) {
                assertThat(explain(connection, execution))
                        .as(execution)
                        .noneMatch(line -> line.contains("Seq Scan"))
                        .noneMatch(line -> line.matches(".*Rows Removed by Filter: [0-9]{3,}.*"))
                        .allMatch(line -> rowsRead(line) <= 1001);
            }
        }
    }

    /** Inserts a key with a parked head and a long queue, many keys in backoff, due messages and many sent messages. */
    private void fill() throws SQLException {
        String insert = "insert into entente_outbox (id, ordering_key, kind, address, method, headers, payload, due_at,"
                + " parked_at, first_tried_at) ";
        TestDatabase.execute(
                fixture.database,
                insert + "values ('stuck', 'stuck', 'http', '', '', '', '', null, now(), now());"
                        + insert + "select 'behind-' || n, 'stuck', 'http', '', '', '', '', null, null, null"
                        + " from generate_series(1, " + ROWS + ") n;"
                        + insert
                        + "select 'backoff-' || n, 'key-' || n, 'http', '', '', '', '', now() + interval '1 h',"
                        + " null, now() from generate_series(1, " + ROWS + ") n;"
                        + insert
                        + "select 'due-' || n, case when n % 2 = 0 then 'due-' || n end, 'http', '', '', '', '',"
                        + " now(), null, null from generate_series(1, 500) n;"
                        + "insert into entente_outbox_sent (id, kind, address, method, attempts, outcome, enqueued_at,"
                        + " ended_at) select n, 'http', '', '', 1, 'sent', now(), now() - n * interval '1 min'"
                        + " from generate_series(1, " + 3 * ROWS + ") n");
    }

    private static List<String> prepareAll(Connection connection) throws SQLException {
        List<String> executions = new ArrayList<>();
        prepare(connection, executions, OutboxSql.DUE, "('{http stuck}', '{10}', 100, '^(http( .*)?)?$')");
        prepare(connection, executions, OutboxSql.TAKE, "(7, 1, '{due-1,due-3}')");
        prepare(connection, executions, OutboxSql.FOLLOWERS, "('{stuck,due-2}', '{1,1}', 50)");
        prepare(connection, executions, OutboxSql.OURS, "('{due-1,due-2}', '{7}')");
        prepare(connection, executions, OutboxSql.SENT, "('{due-1,due-2}', 1, 'sent', '')");
        prepare(connection, executions, OutboxSql.FAILED, "(1, '', 1000, 1000, 'due-3')");
        prepare(connection, executions, OutboxSql.NEXT, "('{stuck,due-2}')");
        prepare(connection, executions, OutboxSql.WAIT, "('{stuck,due-2}')");
        prepare(connection, executions, OutboxSql.GIVE_BACK, "('{due-1,due-3}')");
        prepare(connection, executions, OutboxSql.LIST, "(100)");
        prepare(connection, executions, OutboxSql.BLOCKED, "('stuck', 1)");
        prepare(connection, executions, OutboxSql.PARKED_LONGEST, "(100)");
        prepare(connection, executions, OutboxSql.RETRIED, "('{stuck}')");
        prepare(connection, executions, OutboxSql.PURGE, "(600000000000, 1000)");
        prepare(connection, executions, OutboxSql.UNATTENDED, "(120000000, 60000000, 60000000)");
        prepare(connection, executions, OutboxSql.INSERT, "('stuck', 'new', 'http', '', '', '', '', '')");
        return executions;
    }

    private static void prepare(Connection connection, List<String> executions, OutboxSql statement, String parameters)
            throws SQLException {
        String name = "statement_" + executions.size();
        AtomicInteger parameter = new AtomicInteger();
        String sql = Dialect.POSTGRES.inDialect(statement.on(Dialect.POSTGRES)).replace("{in}", "= any (?)");
        String numbered = Pattern.compile("[?]").matcher(sql).replaceAll(found -> "\\$" + parameter.incrementAndGet());
        execute(connection, "prepare " + name + " as " + numbered);
        executions.add("execute " + name + parameters);
    }

    private static List<String> explain(Connection connection, String execution) throws SQLException {
        List<String> plan = new ArrayList<>();
        try (PreparedStatement explain = connection.prepareStatement("explain (analyze) " + execution);
                ResultSet lines = explain.executeQuery()) {
            while (lines.next()) {
                plan.add(String.valueOf(lines.getString(1)));
            }
        }
        connection.rollback();
        return plan;
    }

    private static long rowsRead(String line) {
        Matcher read = READ.matcher(line);
        return read.find() ? Long.parseLong(read.group(1)) * Long.parseLong(read.group(2)) : 0;
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
