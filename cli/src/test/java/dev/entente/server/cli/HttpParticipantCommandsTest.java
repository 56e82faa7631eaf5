package dev.entente.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.entente.backends.MariaServer;
import dev.entente.outbox.Outbox;
import dev.entente.participant.AnswerFormat;
import dev.entente.participant.Barrier;
import dev.entente.participant.BranchHttpFilter;
import dev.entente.server.app.LocalCoordinator;
import dev.entente.server.store.DatabaseSettings;
import dev.entente.server.store.TestDatabase;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;

/** Tests commands for participants over HTTP, and for PostgreSQL and MariaDB databases. */
class HttpParticipantCommandsTest {
    private static final AnswerFormat<String> JSON = AnswerFormat.text("{}", text -> text, text -> text);

    @TempDir
    static Path folder;

    private static MariaServer maria;
    private static HttpServer server;
    private static LocalCoordinator coordinator;
    private static final ExecutorService THREADS = Executors.newCachedThreadPool();

    private static volatile @Nullable Service service;

    /** The database of the participant in one test. */
    private record Service(Kind kind, String url, DataSource database, Barrier barrier) {
        void execute(String sql) throws SQLException {
            try (Connection connection = database.getConnection();
                    Statement statement = connection.createStatement()) {
                statement.execute(sql);
            }
        }

        String text(String sql) throws SQLException {
            try (Connection connection = database.getConnection();
                    Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery(sql)) {
                return row.next() ? String.valueOf(row.getString(1)) : "";
            }
        }
    }

    enum Kind {
        POSTGRES,
        MARIADB
    }

    @BeforeAll
    static void start() throws Exception {
        MariaServer.PROGRAM.require();
        maria = MariaServer.started();
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(THREADS);
        serve("/bank/debits", -10);
        serve("/bank/debits/undo", 10);
        server.start();
        coordinator = LocalCoordinator.start("participants.bank.target", base());
    }

    @AfterAll
    static void stop() {
        coordinator.close();
        server.stop(0);
        THREADS.shutdownNow();
        maria.close();
    }

    @AfterEach
    void forget() {
        service = null;
    }

    private static String base() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/bank";
    }

    private static void serve(String path, int cents) {
        server.createContext(path, exchange -> {
                    exchange.getRequestBody().readAllBytes();
                    byte[] answer = debit(cents).getBytes(StandardCharsets.UTF_8);
                    exchange.sendResponseHeaders(200, answer.length);
                    exchange.getResponseBody().write(answer);
                    exchange.close();
                })
                .getFilters()
                .add(new BranchHttpFilter());
    }

    private static String debit(int cents) throws IOException {
        Service current = Objects.requireNonNull(service);
        try {
            return current.barrier().run(current.database(), JSON, connection -> {
                try (Statement update = connection.createStatement()) {
                    update.executeUpdate("update account set cents = cents + " + cents);
                    return "{\"done\":true}";
                }
            });
        } catch (SQLException failed) {
            throw new IOException(failed);
        }
    }

    private static Service open(Kind kind, String name) throws SQLException {
        if (kind == Kind.MARIADB) {
            try (Connection connection = DriverManager.getConnection(maria.url(""));
                    Statement statement = connection.createStatement()) {
                statement.execute("create or replace database " + name);
            }
        }
        DatabaseSettings postgres = TestDatabase.empty();
        String url = kind == Kind.MARIADB ? maria.url(name) : postgres.jdbcUrl();
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(postgres.jdbcUrl());
        source.setUser(postgres.user());
        source.setPassword(postgres.password());
        DataSource database = kind == Kind.MARIADB
                ? new com.zaxxer.hikari.util.DriverDataSource(
                        url, "org.mariadb.jdbc.Driver", new java.util.Properties(), null, null)
                : source;
        Service opened =
                new Service(kind, url, database, kind == Kind.MARIADB ? Barrier.mariadb() : Barrier.postgres());
        opened.barrier().createTable(database);
        opened.execute("create table account (id varchar(10) primary key, cents int not null)");
        opened.execute("insert into account values ('alice', 100)");
        service = opened;
        return opened;
    }

    private static Path plan(String gid, String more) throws IOException {
        return Files.writeString(folder.resolve(gid + ".json"), """
            {"gid": "%s", "name": "pay", "saga": {"steps": [{"id": "debit",
              "action": {"http": {"participant": "bank", "path": "/debits"}, "json": {"account": "alice"}},
              "compensate": {"http": {"participant": "bank", "path": "/debits/undo"}, "json": {"account": "alice"}}%s}]}}
            """.formatted(gid, more));
    }

    @ParameterizedTest
    @EnumSource
    void participant_check_verifies_an_http_controller(Kind kind) throws Exception {
        Service opened = open(kind, "checked");
        String[] check = {
            "participant",
            "check",
            "--plan",
            plan("check-" + kind, "").toString(),
            "--participant",
            "bank=" + base(),
            "--jdbc",
            opened.url(),
            "--query",
            "select cents from account",
            "-o",
            "json"
        };
        Cli passed = Cli.run(check);
        assertThat(passed.exit()).as(passed.out() + passed.err()).isZero();
        assertThat(passed.json().getAsJsonArray("findings"))
                .hasSize(9)
                .allMatch(finding ->
                        "HOLDS".equals(finding.getAsJsonObject().get("verdict").getAsString()));

        Cli unknownBranch = Cli.run(Cli.with(new String[] {"--branch", "none"}, check));
        assertThat(unknownBranch.exit()).isEqualTo(2);
        assertThat(unknownBranch.err()).contains("no branch [none]").doesNotContain("\tat ");
    }

    @ParameterizedTest
    @EnumSource
    void reconcile_compares_transactions_with_the_barrier_in_the_database(Kind kind) throws Exception {
        Service opened = open(kind, "compared");
        String gid = "books-" + kind;
        assertThat(Cli.run(
                                "tx",
                                "submit",
                                "-f",
                                plan(gid, "").toString(),
                                "--wait",
                                "5m",
                                "--target",
                                coordinator.target())
                        .exit())
                .isZero();
        String[] reconcile = {
            "reconcile", "--target", coordinator.target(), "--participant", "bank=" + opened.url(), "-o", "json"
        };
        opened.execute("insert into entente_barrier (gid, branch, op, verdict, fence, created_at)"
                + " values ('stranger', 'a', 'action', 'done', 0, timestamp '2026-01-01 00:00:00')");
        assertThat(differences(Cli.run(reconcile)))
                .contains("stranger UNKNOWN_GID")
                .doesNotContain(gid);

        opened.execute("delete from entente_barrier where gid = '" + gid + "'");
        Cli differs = Cli.run(reconcile);
        assertThat(differs.exit()).isEqualTo(1);
        assertThat(differences(differs)).contains(gid + " DONE_HERE_UNKNOWN_THERE");
        opened.execute("drop table entente_barrier");
        Cli unavailable = Cli.run(reconcile);
        assertThat(unavailable.exit()).isEqualTo(3);
        assertThat(unavailable.message()).contains("the barrier of 'bank' cannot be read");
    }

    /** A shell pipe can be read only once. */
    @Test
    void a_password_from_a_pipe_opens_several_databases() throws Exception {
        open(Kind.MARIADB, "first").execute("create or replace user reader identified by 'secret'");
        StringBuilder command = new StringBuilder(
                "exec \"$0\" -cp \"$1\" dev.entente.server.app.Main reconcile --target \"$2\" --user reader"
                        + " --password-file <(echo secret)");
        for (String name : List.of("first", "second", "third")) {
            open(Kind.MARIADB, name).execute("grant select on " + name + ".* to reader");
            command.append(" --participant ")
                    .append(name)
                    .append('=')
                    .append(maria.url())
                    .append(name)
                    .append("?sslMode=disable");
        }
        Process process = new ProcessBuilder(
                        "bash",
                        "-c",
                        command.toString(),
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        System.getProperty("java.class.path"),
                        coordinator.target())
                .redirectErrorStream(true)
                .start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(text).isLessThanOrEqualTo(1);
        assertThat(text).contains("rows of 3 participants read");
    }

    private static String differences(Cli answer) {
        StringBuilder found = new StringBuilder();
        answer.json()
                .getAsJsonArray("differences")
                .forEach(each -> found.append(each.getAsJsonObject().get("gid").getAsString())
                        .append(' ')
                        .append(each.getAsJsonObject().get("kind").getAsString())
                        .append('\n'));
        return found.toString();
    }

    @Test
    void parked_messages_in_mariadb_are_listed_retried_and_skipped() throws Exception {
        Service opened = open(Kind.MARIADB, "parked");
        Outbox.mariadb().createTables(opened.database());
        for (int i = 1; i <= 3; i++) {
            opened.execute(
                    "insert into entente_outbox (id, kind, address, method, headers, payload, enqueued_at, parked_at,"
                            + " last_error, attempts) values ('m-" + i
                            + "', 'http', 'http://shop', 'POST', '', '', now(),"
                            + " now() + interval " + i + " second, 'HTTP 400', 1)");
        }
        String driver = Path.of(org.mariadb.jdbc.Driver.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toURI())
                .toString();
        Cli listed = Cli.run("outbox", "list", "--jdbc", opened.url(), "--driver", driver, "-o", "json");
        assertThat(listed.exit()).as(listed.out() + listed.err()).isZero();
        assertThat(listed.json().getAsJsonArray("parked")).hasSize(3);
        assertThat(Cli.run("outbox", "skip", "m-1", "--reason", "sent by hand", "--jdbc", opened.url())
                        .exit())
                .isZero();
        assertThat(opened.text("select note from entente_outbox_sent")).isEqualTo("sent by hand");
        assertThat(Cli.run("outbox", "retry", "--all", "--jdbc", opened.url()).out())
                .contains("retried: 2");

        opened.execute("drop table entente_outbox");
        Cli missing = Cli.run("outbox", "list", "--jdbc", opened.url(), "-o", "json");
        assertThat(missing.exit()).isEqualTo(4);
        assertThat(missing.code()).isEqualTo("ENT-094");
        Cli unavailable = Cli.run("outbox", "list", "--jdbc", "jdbc:mariadb://127.0.0.1:1/none?user=unknown");
        assertThat(unavailable.exit()).isEqualTo(3);
        assertThat(unavailable.err()).contains("the database of the outbox").doesNotContain("\tat ");
    }

    @Test
    void a_missing_jdbc_driver_is_reported_with_a_solution() throws Exception {
        Cli none = Cli.run("outbox", "list", "--jdbc", "jdbc:mysql://127.0.0.1/shop");
        assertThat(none.exit()).isEqualTo(2);
        assertThat(none.err()).contains("LGPL", "mariadb-java-client", "--driver FILE", "ENTENTE_JDBC_DRIVER");
        Cli missing = Cli.run(
                "outbox",
                "list",
                "--jdbc",
                maria.url("none"),
                "--driver",
                folder.resolve("none.jar").toString());
        assertThat(missing.exit()).isEqualTo(2);
        assertThat(missing.err()).contains("none.jar is not a file").doesNotContain("\tat ");
        Cli secret = Cli.run("outbox", "list", "--jdbc", maria.url("none") + "&password=x");
        assertThat(secret.exit()).isEqualTo(2);
        assertThat(secret.err()).contains("--password-file");
    }

    @Test
    void a_remote_mariadb_requires_tls_unless_the_url_disables_it() throws Exception {
        Outbox.mariadb().createTables(open(Kind.MARIADB, "beyond").database());
        String url = maria.url().replace("127.0.0.1", "0.0.0.0") + "beyond?user=root";
        Cli refused = Cli.run("outbox", "list", "--jdbc", url);
        assertThat(refused.exit()).isEqualTo(3);
        assertThat(refused.err()).matches("(?is).*(ssl|tls|certifi).*");
        assertThat(Cli.run("outbox", "list", "--jdbc", url + "&sslMode=disable").exit())
                .isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1:80|over HTTP; give its address: --participant bank=http://HOST:PORT",
                "http://user:word@host|is not a valid http target",
                "http:// |bank",
                "nonsense|has no port",
                "http://127.0.0.1:1|'bank' at http://127.0.0.1:1 cannot be reached"
            })
    void an_invalid_or_unreachable_http_target_is_reported_with_its_reason(String given) throws Exception {
        String[] parts = given.split("\\|", -1);
        Cli answer = Cli.run(
                "participant",
                "check",
                "--plan",
                plan("wrong", "").toString(),
                "--participant",
                "bank=" + parts[0],
                "--jdbc",
                "jdbc:postgresql://127.0.0.1:1/none?user=unknown",
                "--query",
                "select 1");
        assertThat(answer.exit()).as(answer.err()).isIn(2, 3);
        assertThat(answer.err()).contains(parts[1]).doesNotContain("Exception", "\tat ");
    }

    @Test
    void an_address_without_a_readable_barrier_is_reported_with_a_solution() {
        Cli http = Cli.run("reconcile", "--target", coordinator.target(), "--participant", "bank=" + base());
        assertThat(http.exit()).isEqualTo(2);
        assertThat(http.err())
                .contains("give the JDBC URL of the database with its barrier", "jdbc:mariadb://")
                .doesNotContain("\tat ");
        Cli nonsense = Cli.run("reconcile", "--target", coordinator.target(), "--participant", "bank=nonsense");
        assertThat(nonsense.exit()).isEqualTo(2);
        assertThat(nonsense.err()).contains("has no port").doesNotContain("\tat ");
    }
}
