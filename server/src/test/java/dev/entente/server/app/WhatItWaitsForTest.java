package dev.entente.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.util.Durations;
import dev.entente.backends.LoopbackPorts;
import dev.entente.server.cli.Cli;
import dev.entente.server.participant.http.LoopbackHttp;
import dev.entente.server.participant.http.LoopbackHttp.Answer;
import dev.entente.v1.CountTransactionsRequest;
import dev.entente.v1.CountTransactionsResponse;
import dev.entente.v1.ListTransactionsRequest;
import dev.entente.v1.ListTransactionsResponse;
import dev.entente.v1.OperateMatchingRequest;
import dev.entente.v1.OperateMatchingResponse;
import dev.entente.v1.Parked;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionFilter;
import dev.entente.v1.Waiting;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Waits that are brought about with real participants, and asked for over the API and on the command line. */
class WhatItWaitsForTest {
    private static final CountDownLatch OVER = new CountDownLatch(1);
    private static final Map<String, Answer> ANSWERS = Map.of(
            "/down", Answer.of(503, ""),
            "/busy", new Answer(202, Map.of("Retry-After", "3600"), ""),
            "/no", Answer.of(409, ""));

    private static LoopbackHttp shop;
    private static LocalCoordinator server;

    @BeforeAll
    static void start() {
        shop = LoopbackHttp.start(call -> {
            if (call.path().equals("/hang")) {
                OVER.await();
            }
            return ANSWERS.getOrDefault(call.path(), Answer.of(200, "{}"));
        });
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
        OVER.countDown();
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

    private static void message(String gid, String key, String path) {
        server.submit(SamplePlans.json("""
            {"gid": "%s", "name": "waits", "message": {"ordering_key": "%s", "deliveries": [
              {"http": {"participant": "shop", "path": "%s"}, "json": {}}]}}
            """.formatted(gid, key, path)));
    }

    // ---- what is told

    static TransactionFilter of(String gid, Waiting.Kind kind) {
        return TransactionFilter.newBuilder().setGidPrefix(gid).addWaiting(kind).build();
    }

    static ListTransactionsResponse listed(LocalCoordinator asked, TransactionFilter filter) {
        return asked.transactions()
                .listTransactions(
                        ListTransactionsRequest.newBuilder().setFilter(filter).build());
    }

    /** Asks in four ways; what lasts for moments may be over at one of them, and is asked for again. */
    static Waiting told(LocalCoordinator asked, String gid, Waiting.Kind kind, String said) {
        await().untilAsserted(() -> {
            Waiting waiting = asked.get(gid).getWaiting();
            assertThat(waiting.getKind()).isEqualTo(kind);
            assertThat(waiting.getSentence()).contains(said);
            assertThat(listed(asked, of(gid, kind)).getTransactionsList())
                    .anySatisfy(transaction -> assertThat(transaction.getWaiting())
                            .returns(kind, Waiting::getKind)
                            .returns(waiting.getParticipant(), Waiting::getParticipant)
                            .returns(waiting.getSince(), Waiting::getSince));
            String list = "tx list --waiting " + kind + " --gid-prefix " + gid;
            assertThat(Cli.at(asked.target(), list).out()).contains(gid, said);
            assertThat(Cli.at(asked.target(), "tx describe " + gid).out()).contains("└ … ", said);
        });
        return asked.get(gid).getWaiting();
    }

    private static Waiting told(String gid, Waiting.Kind kind, String said) {
        return told(server, gid, kind, said);
    }

    // ---- participants

    @Test
    void calls_that_are_repeated_say_how_often_and_when_next() {
        saga("backoff", "shop", "/down");
        Waiting backoff = told("backoff", Waiting.Kind.BACKOFF, "for shop: 1 attempt without success (");
        assertThat(backoff.getAttempts()).isOne();
        assertThat(backoff.getBranch()).isEqualTo("pay");
        assertThat(backoff.getParticipant()).isEqualTo("shop");
        assertThat(backoff.getLastError()).isEqualTo("HTTP 503");
        assertThat(backoff.getNextTime())
                .isEqualTo(server.get("backoff").getBranches(0).getNextAttemptTime());
        assertThat(backoff.getAsLastWritten()).isFalse();

        saga("busy", "shop", "/busy");
        told("busy", Waiting.Kind.IN_PROGRESS, "for shop, which says that it is in progress");
        saga("hung", "shop", "/hang");
        told("hung", Waiting.Kind.CALLING, "for shop's answer");
    }

    @Test
    void calls_that_cannot_leave_say_what_keeps_them() {
        saga("narrow-1", "narrow", "/hang");
        told("narrow-1", Waiting.Kind.CALLING, "for narrow's answer");
        saga("narrow-2", "narrow", "/hang");
        told("narrow-2", Waiting.Kind.IN_FLIGHT_LIMIT, "for narrow: as many other calls");

        server.submit(SamplePlans.oneStep("away", SamplePlans.call("away/a.Shop/Pay")));
        told("away", Waiting.Kind.CONNECTING, "for a connection to away (");
        // as many broken links in a row open the circuit
        for (int i = 0; i < 25; i++) {
            saga("gone-" + i, "gone", "/pay");
        }
        told("gone-1", Waiting.Kind.CIRCUIT_OPEN, "for gone: its circuit is open (");
        assertThat(listed(
                                server,
                                of("gone-", Waiting.Kind.CIRCUIT_OPEN).toBuilder()
                                        .setParticipant("shop")
                                        .build())
                        .getTransactionsList())
                .isEmpty();
    }

    // ---- people, clients, clocks, other transactions

    @Test
    void people_clients_and_clocks_are_named() {
        server.submit(SamplePlans.asking("asks"));
        assertThat(told("asks", Waiting.Kind.APPROVAL, "for a person to decide manager, until ")
                        .hasNextTime())
                .isTrue();
        server.submit(SamplePlans.scheduled("starts"));
        told("starts", Waiting.Kind.START_TIME, "waits for its start at ");
        server.begin(SamplePlans.emptyTcc("begun"));
        told("begun", Waiting.Kind.CLIENT_DECISION, "for its client to commit or abort it; undone at ");
        server.begin(SamplePlans.json("""
            {"gid": "checked", "name": "waits", "message": {
              "deliveries": [{"http": {"participant": "shop", "path": "/stock"}, "json": {}}],
              "check_back": {"http": {"participant": "shop", "path": "/down"}},
              "check_back_policy": {"first_after": "0.1s", "every": "3600s", "limit": 3}}}
            """));
        told("checked", Waiting.Kind.CHECK_BACK, "for its client's word: 1 attempt to ask (");
    }

    @Test
    void a_delivery_names_the_message_before_it() {
        message("first", "line", "/no");
        told("first", Waiting.Kind.PARKED, "for an operator, PARKED DELIVERY_REFUSED: ");
        message("second", "line", "/no");
        assertThat(told("second", Waiting.Kind.BLOCKED, "for first, which has the same ordering key")
                        .getBlockedBy())
                .isEqualTo("first");
    }

    @Test
    void what_is_parked_is_found_by_its_reason() {
        saga("p-operator", "shop", "/down");
        server.park("p-operator");
        message("p-refused", "alone", "/no");
        server.submit(SamplePlans.json("""
            {"gid": "p-retriable", "name": "waits", "saga": {"steps": [{"id": "pay", "retriable": true, "no_undo": true,
              "action": {"http": {"participant": "shop", "path": "/no"}, "json": {}}}]}}
            """));
        server.submit(SamplePlans.json("""
            {"gid": "p-asked", "name": "waits", "saga": {"steps": [
              {"id": "manager", "approval": {"within": "0.1s", "on_expiry": "PARK"}}]}}
            """));
        Map<String, Parked.Reason> reasons = Map.of(
                "p-operator", Parked.Reason.BY_OPERATOR,
                "p-refused", Parked.Reason.DELIVERY_REFUSED,
                "p-retriable", Parked.Reason.RETRIABLE_REFUSED,
                "p-asked", Parked.Reason.APPROVAL_TIMED_OUT);
        reasons.forEach((gid, reason) -> {
            told(gid, Waiting.Kind.PARKED, "for an operator, PARKED " + reason + ": ");
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

    // ---- lists, counts, acts

    @Test
    void pages_counts_and_acts_go_by_what_is_waited_for() {
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
        assertThat(first.getLookedAt()).isEqualTo(3);
        assertThat(second.getNextPageToken()).isEmpty();
        assertThat(Cli.at(server.target(), "tx list --waiting BACKOFF,IN_PROGRESS --gid-prefix many- --limit 4")
                        .out())
                .contains("many-4", "many-1", "more: --page-token")
                .doesNotContain("many-0");

        List<OperateMatchingResponse> parked = new ArrayList<>();
        server.operator()
                .operateMatching(OperateMatchingRequest.newBuilder()
                        .setFilter(filter)
                        .setAct("park")
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
    void age_is_told_by_the_databases_clock() {
        server.submit(SamplePlans.asking("old"));
        server.submit(SamplePlans.asking("new"));
        told("old", Waiting.Kind.APPROVAL, "manager");
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
    void unknown_kinds_and_reasons_are_refused() {
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
}
