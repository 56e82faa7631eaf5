package dev.entente.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.util.Durations;
import dev.entente.backends.LoopbackPorts;
import dev.entente.server.cli.Cli;
import dev.entente.server.store.AliveLock;
import dev.entente.server.store.DatabaseSettings;
import dev.entente.v1.CountTransactionsRequest;
import dev.entente.v1.CountTransactionsResponse;
import dev.entente.v1.ListTransactionsRequest;
import dev.entente.v1.ListTransactionsResponse;
import dev.entente.v1.LookAtWaitingRequest;
import dev.entente.v1.OperateMatchingRequest;
import dev.entente.v1.OperateMatchingResponse;
import dev.entente.v1.Parked;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionFilter;
import dev.entente.v1.Waiting;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Lists, counts and bulk operations by wait kind, with real participants, over the API and the command line. */
class WaitReportTest {
    private static WaitingShop shop;
    private static LocalCoordinator server;

    @BeforeAll
    static void start() {
        shop = new WaitingShop();
        server = LocalCoordinator.start(
                "participants.shop.target",
                shop.url(),
                "participants.stock.target",
                shop.hostPort(),
                "participants.narrow.target",
                shop.url(),
                "participants.narrow.maxInFlight",
                "1",
                "participants.away.target",
                "127.0.0.1:" + LoopbackPorts.next(),
                "participants.gone.target",
                "http://127.0.0.1:" + LoopbackPorts.next());
    }

    @AfterAll
    static void stop() {
        shop.release();
        server.close();
        shop.close();
    }

    // ---- plans

    private static void saga(String gid, String participant, String path) {
        server.submit(SamplePlans.json("""
            {"gid": "%s", "name": "waits", "saga": {"steps": [{"id": "pay", "no_undo": true,
              "action": {"http": {"participant": "%s", "path": "%s"}, "json": {},
                         "policy": {"timeout": "3600s", "schedule": ["3600s"]}}}]}}
            """.formatted(gid, participant, path)));
    }

    // ---- reported waits

    static TransactionFilter of(String gid, Waiting.Kind kind) {
        return TransactionFilter.newBuilder().setGidPrefix(gid).addWaiting(kind).build();
    }

    static ListTransactionsResponse listed(LocalCoordinator coordinator, TransactionFilter filter) {
        return coordinator
                .transactions()
                .listTransactions(
                        ListTransactionsRequest.newBuilder().setFilter(filter).build());
    }

    /** Verifies a wait with four requests, and repeats all of them because a short wait may end between two. */
    static Waiting awaitReport(LocalCoordinator coordinator, String gid, Waiting.Kind kind, String text) {
        await().untilAsserted(() -> {
            Waiting waiting = coordinator.get(gid).getWaiting();
            assertThat(waiting.getKind()).isEqualTo(kind);
            assertThat(waiting.getSentence()).contains(text);
            assertThat(listed(coordinator, of(gid, kind)).getTransactionsList())
                    .anySatisfy(transaction -> assertThat(transaction.getWaiting())
                            .returns(kind, Waiting::getKind)
                            .returns(waiting.getParticipant(), Waiting::getParticipant)
                            .returns(waiting.getSince(), Waiting::getSince));
            String list = "tx list --waiting " + kind + " --gid-prefix " + gid;
            assertThat(Cli.at(coordinator.target(), list).out()).contains(gid, text);
            assertThat(Cli.at(coordinator.target(), "tx describe " + gid).out()).contains("└ … ", text);
        });
        return coordinator.get(gid).getWaiting();
    }

    private static Waiting awaitReport(String gid, Waiting.Kind kind, String text) {
        return awaitReport(server, gid, kind, text);
    }

    @Test
    void a_waiting_call_reports_the_kind_and_reason_of_its_wait() {
        saga("narrow-1", "narrow", "/hang");
        awaitReport("narrow-1", Waiting.Kind.CALLING, "for the response of narrow");
        saga("narrow-2", "narrow", "/hang");
        awaitReport("narrow-2", Waiting.Kind.IN_FLIGHT_LIMIT, "for narrow: the limit of concurrent calls");

        server.submit(SamplePlans.oneStep("away", SamplePlans.call("away/a.Shop/Pay")));
        awaitReport("away", Waiting.Kind.CONNECTING, "for a connection to away (");
        // this number of consecutive connection failures opens the circuit
        for (int i = 0; i < 25; i++) {
            saga("gone-" + i, "gone", "/pay");
        }
        awaitReport("gone-1", Waiting.Kind.CIRCUIT_OPEN, "for gone: its circuit is open (");
        assertThat(listed(
                                server,
                                of("gone-", Waiting.Kind.CIRCUIT_OPEN).toBuilder()
                                        .setParticipant("shop")
                                        .build())
                        .getTransactionsList())
                .isEmpty();
    }

    @Test
    void a_parked_transaction_is_found_by_its_park_reason() {
        saga("p-operator", "shop", "/down");
        server.park("p-operator");
        server.submit(SamplePlans.json("""
            {"gid": "p-refused", "name": "waits", "message": {"deliveries": [
              {"http": {"participant": "shop", "path": "/no"}, "json": {}}]}}
            """));
        Map<String, Parked.Reason> reasons =
                Map.of("p-operator", Parked.Reason.BY_OPERATOR, "p-refused", Parked.Reason.DELIVERY_REFUSED);
        reasons.forEach((gid, reason) -> {
            awaitReport(gid, Waiting.Kind.PARKED, "for an operator, parked as " + reason + ": ");
            TransactionFilter filter = TransactionFilter.newBuilder()
                    .setGidPrefix("p-")
                    .addParkReasons(reason)
                    .build();
            assertThat(listed(server, filter).getTransactionsList())
                    .extracting(Transaction::getGid)
                    .containsExactly(gid);
            String list = "tx list --gid-prefix p- --park-reason " + reason;
            assertThat(Cli.at(server.target(), list).out())
                    .contains(gid, "\n\n" + reason + ": ")
                    .hasLineCount(4);
        });
    }

    @Test
    void pages_counts_and_bulk_operations_filter_by_wait_kind() {
        for (int i = 0; i < 5; i++) {
            saga("many-" + i, "shop", i % 2 == 0 ? "/down" : "/busy");
        }
        TransactionFilter filter = of("many-", Waiting.Kind.BACKOFF);
        await().untilAsserted(() -> assertThat(counted(filter).getOpen()).isEqualTo(3));
        await().untilAsserted(() -> assertThat(
                        counted(of("many-", Waiting.Kind.IN_PROGRESS)).getOpen())
                .isEqualTo(2));
        assertThat(counted(filter).getByStateMap()).containsExactly(Map.entry("RUNNING", 3L));
        assertThat(counted(filter).getCapped()).isFalse();
        assertThat(counted(filter, 2))
                .returns(2L, CountTransactionsResponse::getOpen)
                .returns(true, CountTransactionsResponse::getCapped);

        ListTransactionsRequest.Builder request =
                ListTransactionsRequest.newBuilder().setFilter(filter).setPageSize(2);
        ListTransactionsResponse first = server.transactions().listTransactions(request.build());
        ListTransactionsResponse second = server.transactions()
                .listTransactions(request.setPageToken(first.getNextPageToken()).build());
        List<String> gids = new ArrayList<>();
        first.getTransactionsList().forEach(each -> gids.add(each.getGid()));
        second.getTransactionsList().forEach(each -> gids.add(each.getGid()));
        assertThat(gids).containsExactly("many-4", "many-2", "many-0");
        assertThat(first.getExamined()).isEqualTo(3);
        assertThat(second.getNextPageToken()).isEmpty();
        assertThat(Cli.at(server.target(), "tx list --waiting BACKOFF,IN_PROGRESS --gid-prefix many- --limit 4")
                        .out())
                .contains("many-4", "many-1", "more: --page-token")
                .doesNotContain("many-0");

        List<OperateMatchingResponse> parked = new ArrayList<>();
        server.operator()
                .operateMatching(OperateMatchingRequest.newBuilder()
                        .setFilter(filter)
                        .setOperation("park")
                        .setReason("as one")
                        .build())
                .forEachRemaining(parked::add);
        assertThat(parked)
                .extracting(OperateMatchingResponse::getGid)
                .containsExactlyInAnyOrder("many-0", "many-2", "many-4");
        assertThat(parked).allMatch(OperateMatchingResponse::getApplied);
        await().untilAsserted(() -> assertThat(
                        counted(of("many-", Waiting.Kind.PARKED)).getParked())
                .isEqualTo(3));
    }

    private static CountTransactionsResponse counted(TransactionFilter filter) {
        return counted(filter, 0);
    }

    private static CountTransactionsResponse counted(TransactionFilter filter, int limit) {
        return server.transactions()
                .countTransactions(CountTransactionsRequest.newBuilder()
                        .setFilter(filter)
                        .setLimit(limit)
                        .build());
    }

    @Test
    void the_older_than_filter_lists_only_older_transactions() {
        server.submit(SamplePlans.asking("old"));
        server.submit(SamplePlans.asking("new"));
        awaitReport("old", Waiting.Kind.APPROVAL, "manager");
        server.execute("update open_transaction set created_at = now() - interval '1 hour' where gid = 'old'");
        TransactionFilter.Builder older = of("", Waiting.Kind.APPROVAL).toBuilder();
        assertThat(listed(server, older.setOlderThan(Durations.fromMinutes(30)).build())
                        .getTransactionsList())
                .extracting(Transaction::getGid)
                .containsExactly("old");
        assertThat(Cli.at(server.target(), "tx list --waiting APPROVAL --older-than 30m")
                        .out())
                .contains("old")
                .doesNotContain("new");
        assertThatThrownBy(() -> listed(
                        server, older.setOlderThan(Durations.fromSeconds(-1)).build()))
                .hasMessageContaining("ENT-001")
                .hasMessageContaining("filter.older_than");
    }

    @Test
    void unknown_wait_kinds_and_park_reasons_are_refused() {
        TransactionFilter kind =
                TransactionFilter.newBuilder().addWaitingValue(99).build();
        assertThatThrownBy(() -> listed(server, kind))
                .hasMessageContaining("ENT-001")
                .hasMessageContaining("filter.waiting");
        TransactionFilter reason =
                TransactionFilter.newBuilder().addParkReasonsValue(0).build();
        assertThatThrownBy(() -> listed(server, reason))
                .hasMessageContaining("ENT-001")
                .hasMessageContaining("filter.park_reasons");
        assertThat(Cli.at(server.target(), "tx list --waiting TEA").exit()).isEqualTo(2);
    }

    // ---- reports that need other coordinators or the database

    @Test
    void a_client_cannot_call_look_at_waiting() {
        assertThatThrownBy(() -> server.transactions().lookAtWaiting(LookAtWaitingRequest.getDefaultInstance()))
                .isInstanceOf(StatusRuntimeException.class)
                .hasMessageContaining("ENT-061");
    }

    @Test
    void a_list_names_an_owner_that_does_not_respond() throws SQLException {
        server.submit(SamplePlans.asking("mute"));
        awaitReport(server, "mute", Waiting.Kind.APPROVAL, "manager");
        server.execute("insert into coordinator (incarnation, node, address, beat_at, version) values"
                + " (4711, 'node-mute', '127.0.0.1:" + LoopbackPorts.next() + "', now(), 'x')");
        server.execute("update open_transaction set owner = 4711, due_at = null where gid = 'mute'");

        DatabaseSettings database = server.database;
        try (Connection alive = DriverManager.getConnection(database.jdbcUrl(), database.user(), database.password());
                Statement lock = alive.createStatement()) {
            lock.execute("select pg_advisory_lock(%d, %d)".formatted(AliveLock.SPACE, AliveLock.key(4711)));
            ListTransactionsResponse page = listed(
                    server, TransactionFilter.newBuilder().setGidPrefix("mute").build());
            assertThat(page.getUnansweredList()).containsExactly("node-mute");
            assertThat(page.getTransactions(0).getWaiting())
                    .returns(Waiting.Kind.APPROVAL, Waiting::getKind)
                    .returns(true, Waiting::getAsLastWritten);
            assertThat(server.get("mute"))
                    .returns("node-mute", Transaction::getCoordinator)
                    .returns(true, mute -> mute.getWaiting().getAsLastWritten());
            assertThat(Cli.at(server.target(), "tx list --gid-prefix mute").err())
                    .contains("no response from node-mute");
            assertThat(Cli.at(server.target(), "tx debug mute --for 1m"))
                    .returns(0, Cli::exit)
                    .returns("logged for 60 s\n", Cli::out)
                    .returns("no response from node-mute: its log may lack the transaction\n", Cli::err);
        }
        awaitReport(server, "mute", Waiting.Kind.DEAD_OWNER, "a response of its coordinator node-mute: no heartbeat");
    }

    @Test
    void a_coordinator_reports_waits_of_transactions_owned_by_another_coordinator() throws IOException {
        try (TwoCoordinators both = new TwoCoordinators(null, null)) {
            both.second.submit(SamplePlans.oneStep("theirs", SamplePlans.call("stock/a.Shop/Hang")));
            assertThat(awaitReport(both.first, "theirs", Waiting.Kind.CALLING, "for the response of stock")
                            .getAsLastWritten())
                    .isFalse();
            assertThat(listed(both.first, of("theirs", Waiting.Kind.CALLING)).getUnansweredList())
                    .isEmpty();
        }
    }

    @Test
    void a_transaction_beyond_the_open_limit_waits_with_kind_no_capacity() throws IOException {
        try (ExampleParticipant stock = ExampleParticipant.start();
                LocalCoordinator full = LocalCoordinator.start(fourParticipants(stock.target()))) {
            for (int i = 0; i < 4; i++) {
                full.submit(SamplePlans.oneStep("full-" + i, SamplePlans.call("stock" + i + "/a.Shop/Hang")));
                awaitReport(full, "full-" + i, Waiting.Kind.CALLING, "for the response of stock" + i);
            }
            full.submit(SamplePlans.oneStep("untaken", SamplePlans.call("stock0/a.Shop/Hang")));
            awaitReport(full, "untaken", Waiting.Kind.NO_CAPACITY, "no coordinator has free memory for it");
            full.execute("update open_transaction set held_back_by = 'stock0' where gid = 'untaken'");
            awaitReport(full, "untaken", Waiting.Kind.NO_CAPACITY, "too many transactions wait for stock0");
        }
    }

    private static String[] fourParticipants(String target) {
        Stream<String> targets =
                IntStream.range(0, 4).boxed().flatMap(i -> Stream.of("participants.stock" + i + ".target", target));
        return Stream.concat(Stream.of("limits.open", "4", "calls.timeout", "1h"), targets)
                .toArray(String[]::new);
    }
}
