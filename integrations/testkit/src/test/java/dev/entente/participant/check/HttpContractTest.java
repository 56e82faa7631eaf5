package dev.entente.participant.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import dev.entente.participant.AnswerFormat;
import dev.entente.participant.Barrier;
import dev.entente.participant.BranchHttpFilter;
import dev.entente.participant.TestDatabase;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The contract check of HTTP participants, with real sockets and a real database of either kind. */
class HttpContractTest {
    private static final AnswerFormat<String> JSON = AnswerFormat.text("{}", text -> text, text -> text);

    private final DataSource database = TestDatabase.schema("http_contract");
    private final Barrier barrier = TestDatabase.barrier();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private HttpServer server;
    private URI base;

    @BeforeEach
    void start() throws Exception {
        barrier.createTable(database);
        TestDatabase.execute(database, "create table account (id varchar(10) primary key, cents int not null)");
        TestDatabase.execute(database, "insert into account values ('alice', 100)");
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        guarded("/shop/debits", -10);
        guarded("/shop/debits/undo", 10);
        server.createContext("/bare/debits", exchange -> answer(exchange, () -> changed(-10)));
        server.createContext("/bare/debits/undo", exchange -> answer(exchange, () -> changed(10)));
        server.start();
        base = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    @AfterEach
    void stop() {
        server.stop(0);
        threads.shutdownNow();
    }

    private interface Work {
        String done() throws SQLException;
    }

    private void guarded(String path, int cents) {
        HttpHandler handler = exchange -> answer(
                exchange,
                () -> barrier.run(database, JSON, connection -> {
                    try (var update = connection.prepareStatement("update account set cents = cents + " + cents)) {
                        update.executeUpdate();
                        return "{\"done\":true}";
                    }
                }));
        server.createContext(path, handler).getFilters().add(new BranchHttpFilter());
    }

    private String changed(int cents) throws SQLException {
        TestDatabase.execute(database, "update account set cents = cents + " + cents);
        return "{}";
    }

    private static void answer(com.sun.net.httpserver.HttpExchange exchange, Work work) throws IOException {
        exchange.getRequestBody().readAllBytes();
        byte[] answer;
        try {
            answer = work.done().getBytes(StandardCharsets.UTF_8);
        } catch (SQLException broken) {
            throw new IOException(broken);
        }
        exchange.sendResponseHeaders(200, answer.length);
        exchange.getResponseBody().write(answer);
        exchange.close();
    }

    private List<Finding> check(URI at) throws SQLException {
        return check(at, at);
    }

    private List<Finding> check(URI at, URI undoAt) throws SQLException {
        return new ContractCheck(Witness.query(database, "select id, cents from account"))
                .check(CheckedBranch.saga(
                        "debit",
                        CheckedOperation.http(at, "POST /debits", "{\"account\":\"alice\"}"),
                        CheckedOperation.http(undoAt, "POST /debits/undo", "")));
    }

    @Test
    void a_controller_behind_the_barrier_keeps_every_guarantee() throws SQLException {
        assertThat(check(base.resolve("/shop")))
                .hasSize(9)
                .allMatch(finding -> finding.way() == CallKind.UNARY)
                .allMatch(finding -> finding.verdict() == Finding.Verdict.HOLDS);
    }

    @Test
    void a_controller_without_the_barrier_breaks_guarantees() throws SQLException {
        assertThat(check(base.resolve("/bare/")))
                .filteredOn(finding -> finding.verdict() == Finding.Verdict.BROKEN)
                .extracting(Finding::guarantee)
                .contains(Guarantee.REPEATED_FORWARD_HAS_ONE_EFFECT, Guarantee.LATE_FORWARD_IS_REFUSED);
    }

    @Test
    void a_missing_path_fails_the_undo_guarantee() throws SQLException {
        assertThat(check(base.resolve("/shop"), base.resolve("/nowhere")))
                .filteredOn(finding -> finding.guarantee() == Guarantee.UNDO_TAKES_BACK)
                .singleElement()
                .satisfies(finding -> assertThat(finding.verdict()).isEqualTo(Finding.Verdict.BROKEN));
    }

    @Test
    void an_invalid_http_operation_is_refused() {
        assertThatThrownBy(() -> CheckedOperation.http(base, "/debits", "")).hasMessageContaining("POST /debits");
        assertThatThrownBy(() -> CheckedOperation.http(URI.create("ftp://bank"), "POST /debits", ""))
                .hasMessageContaining("http://host:port");
    }
}
