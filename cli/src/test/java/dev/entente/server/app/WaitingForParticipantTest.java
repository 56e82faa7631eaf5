package dev.entente.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import dev.entente.backends.LoopbackPorts;
import dev.entente.server.cli.Cli;
import dev.entente.server.store.AliveLock;
import dev.entente.server.store.DatabaseSettings;
import dev.entente.server.store.TestDatabase;
import dev.entente.v1.CountTransactionsRequest;
import dev.entente.v1.ListTransactionsRequest;
import dev.entente.v1.ListTransactionsResponse;
import dev.entente.v1.LookAtWaitingRequest;
import dev.entente.v1.LookAtWaitingResponse;
import dev.entente.v1.OperateMatchingRequest;
import dev.entente.v1.Pattern;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionFilter;
import dev.entente.v1.TransactionServiceGrpc;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The filter by participant, at each of three coordinators that wait for participants in every state. The name of each
 * transaction is the participant for which it waits, so the rows alone give the expected gids.
 */
class WaitingForParticipantTest {
    private static final int REPETITIONS = 20;
    private static WaitingShop shop;
    private static List<LocalCoordinator> coordinators;
    private static int submitted;

    @BeforeAll
    static void start() {
        shop = new WaitingShop();
        DatabaseSettings database = TestDatabase.withSchema();
        coordinators = Stream.of("node-a", "node-b", "node-c")
                .map(node -> LocalCoordinator.start(
                        database,
                        node,
                        "participants.shop.target",
                        shop.url(),
                        "participants.other.target",
                        shop.url(),
                        "participants.gone.target",
                        "http://127.0.0.1:" + LoopbackPorts.next()))
                .toList();
        for (int i = 0; i < 6; i++) {
            saga("calling-" + i, "shop", step("first", "shop", "/hang"));
            saga("backoff-" + i, "shop", step("first", "shop", "/down"));
            saga("busy-" + i, "shop", step("first", "shop", "/busy"));
            saga("second-" + i, "shop", step("first", "other", "/ok") + "," + step("next", "shop", "/hang"));
            message("parked-" + i, "shop", "", call("shop", "/no"));
            message("ordered-" + i, "shop", "key", call("shop", "/hang"));
            message("both-" + i, "both", "", call("gone", "/ok") + "," + call("shop", "/down"));
            saga("past-" + i, "other", step("first", "shop", "/ok") + "," + step("next", "other", "/hang"));
            saga("finished-" + i, "shop", step("first", "shop", "/ok"));
        }
        for (int i = 0; i < 75; i++) { // more than opens the circuit at each coordinator
            saga("gone-" + i, "gone", step("first", "gone", "/ok"));
        }
    }

    @AfterAll
    static void stop() {
        shop.release();
        coordinators.forEach(LocalCoordinator::close);
        shop.close();
    }

    // ---- plans

    private static void saga(String gid, String name, String steps) {
        submit(gid, name, "\"saga\": {\"steps\": [" + steps + "]}");
    }

    private static void message(String gid, String name, String key, String deliveries) {
        submit(gid, name, "\"message\": {\"ordering_key\": \"" + key + "\", \"deliveries\": [" + deliveries + "]}");
    }

    private static void submit(String gid, String name, String pattern) {
        coordinators.get(submitted++ % coordinators.size()).submit(SamplePlans.json("""
            {"gid": "%s", "name": "%s", "labels": {"last": "%s"}, %s}
            """.formatted(
                        gid, name, gid.substring(gid.length() - 1), pattern)));
    }

    private static String step(String id, String participant, String path) {
        return "{\"id\": \"%s\", \"no_undo\": true, \"action\": %s}".formatted(id, call(participant, path));
    }

    private static String call(String participant, String path) {
        return """
            {"http": {"participant": "%s", "path": "%s"}, "json": {},
             "policy": {"timeout": "3600s", "schedule": ["3600s"]}}\
            """.formatted(participant, path);
    }

    // ---- what the rows show

    /** Returns the accepted gids that have not finished and match the condition. */
    private static Set<String> unfinished(String condition) throws SQLException {
        DatabaseSettings database = coordinators.getFirst().database;
        Set<String> gids = new HashSet<>();
        try (Connection connection =
                        DriverManager.getConnection(database.jdbcUrl(), database.user(), database.password());
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("select gid from open_transaction where " + condition)) {
            while (row.next()) {
                gids.add(row.getString(1));
            }
        }
        return gids;
    }

    private static Set<String> awaiting(String participant) throws SQLException {
        return unfinished("name in ('both', '" + participant + "')");
    }

    // ---- what a coordinator reports

    private static TransactionFilter.Builder of(String participant) {
        return TransactionFilter.newBuilder().setParticipant(participant);
    }

    /** Returns the gids of all pages. */
    private static List<String> listed(
            LocalCoordinator asked, TransactionFilter filter, ListTransactionsRequest.Order order) {
        Stream.Builder<String> gids = Stream.builder();
        String token = "";
        do {
            ListTransactionsResponse page = asked.transactions()
                    .listTransactions(ListTransactionsRequest.newBuilder()
                            .setFilter(filter)
                            .setOrder(order)
                            .setPageSize(7)
                            .setPageToken(token)
                            .build());
            assertThat(page.getUnansweredList()).isEmpty();
            page.getTransactionsList().stream().map(Transaction::getGid).forEach(gids::add);
            token = page.getNextPageToken();
        } while (!token.isEmpty());
        return gids.build().toList();
    }

    private static void assertFound(LocalCoordinator asked, TransactionFilter filter, Set<String> expected) {
        for (ListTransactionsRequest.Order order :
                List.of(ListTransactionsRequest.Order.ORDER_UNSPECIFIED, ListTransactionsRequest.Order.SLOWEST)) {
            assertThat(listed(asked, filter, order)).containsExactlyInAnyOrderElementsOf(expected);
        }
        assertThat(asked.transactions()
                        .countTransactions(CountTransactionsRequest.newBuilder()
                                .setFilter(filter)
                                .build()))
                .returns((long) expected.size(), counted -> counted.getOpen())
                .returns(0, counted -> counted.getUnansweredCount());
        assertThat(asked.operator().operateMatching(matching(filter)).next().getMatched())
                .isEqualTo(expected.size());
    }

    private static OperateMatchingRequest matching(TransactionFilter filter) {
        return OperateMatchingRequest.newBuilder()
                .setFilter(filter)
                .setOperation("retry")
                .setValidateOnly(true)
                .setLimit(1000)
                .build();
    }

    @ParameterizedTest
    @ValueSource(strings = {"shop", "gone"})
    void each_coordinator_finds_all_that_wait_for_a_participant(String participant) {
        await().untilAsserted(() -> assertThat(unfinished("name = 'shop'")).hasSize(36));
        Set<String> kept = new HashSet<>();
        for (LocalCoordinator asked : coordinators) {
            await().untilAsserted(() -> assertFound(asked, of(participant).build(), awaiting(participant)));
            for (int i = 0; i < REPETITIONS; i++) { // while rows move between memory and table
                listed(asked, of(participant).build(), ListTransactionsRequest.Order.SLOWEST)
                        .forEach(kept::add);
                assertThat(listed(asked, of(participant).build(), ListTransactionsRequest.Order.ORDER_UNSPECIFIED))
                        .hasSameSizeAs(kept);
            }
            assertThat(Cli.at(asked.target(), "tx count --participant " + participant)
                            .out())
                    .contains("open " + kept.size() + ",");
            assertThat(Cli.at(asked.target(), "tx bulk retry --validate-only --limit 1000 --participant " + participant)
                            .err())
                    .isEqualTo(kept.size() + " match\n");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        gid      | gid like 'calling-%'
        label    | gid like '%-3'
        pattern  | pattern = 1
        state    | state = 3
        name     | name = 'both'
        parked   | parked_at is not null
        after    | true
        older    | true
        """)
    void other_conditions_of_the_filter_are_applied_too(String condition, String sql) {
        TransactionFilter.Builder filter = of("shop");
        switch (condition) {
            case "gid" -> filter.setGidPrefix("calling-");
            case "label" -> filter.putLabels("last", "3");
            case "pattern" -> filter.addPatterns(Pattern.SAGA);
            case "state" -> filter.addStates(Transaction.State.RUNNING);
            case "name" -> filter.setName("both");
            case "parked" -> filter.setOnlyParked(true);
            case "after" -> filter.setCreatedAfter(Timestamps.EPOCH);
            default -> filter.setOlderThan(Durations.ZERO);
        }
        await().untilAsserted(() ->
                assertFound(coordinators.getLast(), filter.build(), unfinished("name in ('both', 'shop') and " + sql)));
    }

    @Test
    void a_coordinator_that_does_not_apply_the_filter_is_reported() throws Exception {
        Server old = NettyServerBuilder.forPort(0)
                .addService(new TransactionServiceGrpc.TransactionServiceImplBase() {
                    @Override
                    public void lookAtWaiting(
                            LookAtWaitingRequest request, StreamObserver<LookAtWaitingResponse> observer) {
                        observer.onNext(LookAtWaitingResponse.getDefaultInstance());
                        observer.onCompleted();
                    }
                })
                .build()
                .start();
        DatabaseSettings database = TestDatabase.withSchema();
        try (LocalCoordinator asked =
                        LocalCoordinator.start(database, "node-a", "participants.shop.target", shop.url());
                Connection alive =
                        DriverManager.getConnection(database.jdbcUrl(), database.user(), database.password());
                Statement lock = alive.createStatement()) {
            lock.execute("select pg_advisory_lock(%d, %d)".formatted(AliveLock.SPACE, AliveLock.key(4711)));
            asked.submit(SamplePlans.json("{\"gid\": \"old\", \"name\": \"shop\", \"saga\": {\"steps\": ["
                    + step("first", "shop", "/down") + "]}}"));
            await().until(() -> asked.number("select count(*) from open_transaction where waiting_on = 'shop'") == 1);
            asked.execute("insert into coordinator (incarnation, node, address, beat_at, version) values"
                    + " (4711, 'node-old', '127.0.0.1:" + old.getPort() + "', now(), '0.1.0')");
            String missing = "no response from node-old: transactions that wait in its memory may be missing\n";
            await().untilAsserted(() -> assertThat(Cli.at(asked.target(), "tx count --participant shop"))
                    .returns(missing, Cli::err)
                    .extracting(Cli::out)
                    .asString()
                    .contains("open 1,"));
            assertThat(Cli.at(asked.target(), "tx list --participant shop").err())
                    .contains("no response from node-old: ", "transactions that wait in its memory may be missing");
            assertThat(Cli.at(asked.target(), "tx bulk retry --validate-only --participant shop")
                            .err())
                    .isEqualTo("1 match\n" + missing);
            // The same search, by an examination of each row.
            assertThat(Cli.at(asked.target(), "tx count --waiting BACKOFF --participant shop"))
                    .returns(missing, Cli::err)
                    .extracting(Cli::out)
                    .asString()
                    .contains("open 1,");
            for (String filter :
                    List.of("--name nothing --participant shop", "--waiting APPROVAL --participant shop")) {
                assertThat(Cli.at(asked.target(), "tx bulk retry --validate-only " + filter))
                        .as("no match for " + filter)
                        .doesNotReturn(0, Cli::exit)
                        .extracting(Cli::err)
                        .asString()
                        .contains("ENT-053", "there is no response from node-old");
            }
        } finally {
            old.shutdownNow();
        }
    }
}
