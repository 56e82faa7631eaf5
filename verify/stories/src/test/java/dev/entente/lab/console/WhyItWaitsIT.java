package dev.entente.lab.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.options.ColorScheme;
import dev.entente.backends.LoopbackPorts;
import dev.entente.lab.console.WaitWitness.Expected;
import dev.entente.rig.AskedDatabase;
import dev.entente.rig.Playground;
import dev.entente.rig.RigCoordinator;
import dev.entente.v1.Parked;
import dev.entente.v1.Waiting;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Every kind of a wait, brought about from outside at one coordinator, and told by another one: on the page of the
 * transaction, which is open all the time, by the RPCs and by the commands. So are the reasons to be parked, but those
 * that a damaged row, a defect, a failover or a restore has.
 */
@Tag("deep")
@Tag("console")
final class WhyItWaitsIT {
    private static final StringBuilder FIGURES = new StringBuilder("figures: ms until a wait is told");
    private static final String NEVER = "\"policy\":{\"timeout\":\"3600s\",\"schedule\":[\"3600s\"]}";
    private static final String ONCE = "\"policy\":{\"timeout\":\"3600s\",\"max_attempts\":1}";
    /** As many broken links in a row open a circuit, and some more. */
    private static final int BROKEN = 25;

    /** Takeovers come late, and participants may announce themselves. */
    private static final Map<String, String> OPTIONS =
            Map.of("lease", "1m", "--take-announcements", "", "participants.narrow.maxInFlight", "1");

    private static Chromium chromium;
    private static Tab tab;
    private static Playground playground;
    private static AnsweringService shop;
    private static ServerSocket unheard;
    private static Map<String, String> targets;
    private static Site site;

    /** The coordinator that works, and what another one tells. */
    private record Site(RigCoordinator working, WaitWitness witness) {
        static Site of(RigCoordinator working, RigCoordinator asked) {
            return new Site(working, playground.keep(new WaitWitness(asked, tab.page(), FIGURES)));
        }

        /** Asks with JSON over HTTP, and has to be answered well. */
        String ask(String method, String json) throws Exception {
            HttpRequest request = HttpRequest.newBuilder(
                            URI.create("http://" + working.ready().http() + "/entente.v1." + method))
                    .header("Content-Type", "application/json")
                    .POST(BodyPublishers.ofString(json))
                    .build();
            try (HttpClient client = HttpClient.newHttpClient()) {
                HttpResponse<String> answer = client.send(request, BodyHandlers.ofString());
                assertThat(answer.statusCode())
                        .as(method + json + answer.body())
                        .isEqualTo(200);
                return answer.body();
            }
        }

        void plan(String method, String gid, String pattern) throws Exception {
            String json = "{\"plan\":{\"gid\":\"%s\",\"name\":\"waits\",%s}}".formatted(gid, pattern);
            ask("TransactionService/" + method, json);
        }

        void submit(String gid, String steps) throws Exception {
            plan("SubmitTransaction", gid, "\"saga\":{\"steps\":[" + steps + "]}");
        }

        /** Submits a saga that asks somebody before its other steps. */
        void submitGated(String gid, String steps) throws Exception {
            submit(gid, "{\"id\":\"go\",\"approval\":{\"within\":\"3600s\"}}," + steps);
        }

        void act(String method, String gid, String more) throws Exception {
            ask(method, "{\"gid\":\"" + gid + "\"" + more + "}");
        }

        void go(String gid) throws Exception {
            act("TransactionService/DecideApproval", gid, ",\"branch\":\"go\",\"approved\":true");
        }

        void operate(String act, String gid) throws Exception {
            act("OperatorService/" + act + "Transaction", gid, ",\"reason\":\"a test\"");
        }

        void commit(String gid, String branches) throws Exception {
            act("TransactionService/CommitTransaction", gid, ",\"branches\":[" + branches + "]");
        }

        void awaits(String gid, Waiting.Kind kind) {
            String told = "\"kind\":\"" + kind + "\"";
            await(gid + " " + kind)
                    .until(() -> ask("TransactionService/GetTransaction", "{\"gid\":\"" + gid + "\"}")
                            .replace(" ", "")
                            .contains(told));
        }
    }

    // ---- what is said

    private static String call(String participant, String path, String policy) {
        return """
            {"http":{"participant":"%s","path":"%s"},"json":{},%s}\
            """.formatted(participant, path, policy);
    }

    private static String step(String participant, String path, String policy, String more) {
        return """
            {"id":"pay","no_undo":true,"action":%s%s}\
            """.formatted(call(participant, path, policy), more);
    }

    private static String message(String path, String policy, String key) {
        return """
            "message":{"deliveries":[%s],"ordering_key":"%s","check_back":%s,"check_back_policy":{"first_after":"3600s",\
            "every":"3600s","limit":1}}\
            """.formatted(call("shop", path, policy), key, call("shop", "/down", ONCE));
    }

    // ---- who answers

    @BeforeAll
    static void start() throws Exception {
        chromium = Chromium.start();
        tab = chromium.open(ColorScheme.LIGHT, 1280, "en");
        playground = Playground.open();
        shop = playground.keep(new AnsweringService());
        unheard = playground.keep(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
        targets = Map.of(
                "shop", shop.url(),
                "narrow", shop.url(),
                "crowd", shop.url(),
                "other", shop.url(),
                "third", shop.url(),
                "unheard", "127.0.0.1:" + unheard.getLocalPort(),
                "gone", "http://127.0.0.1:" + LoopbackPorts.next());
        site = Site.of(coordinator("working"), coordinator("asked"));
    }

    private static RigCoordinator coordinator(String node) throws Exception {
        return playground.startCoordinator(node, 0, 0, targets, OPTIONS);
    }

    @AfterAll
    static void stop() {
        System.out.println(FIGURES);
        if (playground != null) {
            playground.close();
        }
        chromium.close();
    }

    private static AskedDatabase database() {
        return playground.database().ask(Playground.COORDINATOR_DATABASE);
    }

    private static void told(Expected wait, WaitWitness.Deed deed) throws Exception {
        site.witness().tells(wait, deed);
    }

    private static void gated(Expected wait, String steps) throws Exception {
        site.submitGated(wait.gid(), steps);
        told(wait, () -> site.go(wait.gid()));
    }

    // ---- participants

    @Test
    void what_is_asked_of_a_participant() throws Exception {
        gated(
                Expected.of("backoff", Waiting.Kind.BACKOFF, "for shop: 1 attempt without success (HTTP 503", "shop"),
                step("shop", "/down", NEVER, ""));
        gated(
                Expected.of("busy", Waiting.Kind.IN_PROGRESS, "for shop, which says that it is in progress", "shop"),
                step("shop", "/busy", NEVER, ""));
        gated(
                Expected.of("narrow", Waiting.Kind.CALLING, "for narrow's answer", "narrow"),
                step("narrow", "/hold", NEVER, ""));
        gated(
                Expected.of(
                        "limit", Waiting.Kind.IN_FLIGHT_LIMIT, "for narrow: as many other calls as may be", "narrow"),
                step("narrow", "/hold", NEVER, ""));
    }

    @Test
    void who_cannot_be_asked() throws Exception {
        String unheardOf = "{\"id\":\"pay\",\"no_undo\":true,\"action\":{\"grpc\":\"%s/a.Shop/Pay\"," + NEVER + "}}";
        gated(
                Expected.of("connecting", Waiting.Kind.CONNECTING, "for a connection to unheard", "unheard"),
                unheardOf.formatted("unheard"));
        gated(
                Expected.of("unsent", Waiting.Kind.NOT_SENT, "for late: the call did not leave (", "late"),
                unheardOf.formatted("late"));
        for (int i = 0; i < BROKEN; i++) {
            site.submit("gone-" + i, step("gone", "/ok", NEVER, ""));
        }
        site.awaits("gone-0", Waiting.Kind.CIRCUIT_OPEN);
        gated(
                Expected.of("circuit", Waiting.Kind.CIRCUIT_OPEN, "for gone: its circuit is open", "gone"),
                step("gone", "/ok", NEVER, ""));
    }

    // ---- people, clients, clocks, other transactions

    @Test
    void who_decides_and_when_it_starts() throws Exception {
        gated(
                Expected.of("asks", Waiting.Kind.APPROVAL, "for a person to decide manager (so much?), until ", ""),
                "{\"id\":\"manager\",\"approval\":{\"prompt\":\"so much?\",\"within\":\"3600s\"}}");
        site.plan("BeginTransaction", "begun", "\"deadline\":\"3600s\",\"tcc\":{}");
        resumed(Expected.of("begun", Waiting.Kind.CLIENT_DECISION, "for its client to commit or abort it", ""));
        site.plan("BeginTransaction", "checked", message("/ok", NEVER, ""));
        resumed(Expected.of("checked", Waiting.Kind.CHECK_BACK, "for its client's word", "shop"));
        site.plan("SubmitTransaction", "starts", later(3600, step("shop", "/ok", NEVER, "")));
        resumed(Expected.of("starts", Waiting.Kind.START_TIME, "waits for its start at ", ""));
    }

    private static String later(int seconds, String step) {
        return "\"start_time\":\"%s\",\"saga\":{\"steps\":[%s]}"
                .formatted(Instant.now().plusSeconds(seconds), step);
    }

    private static void resumed(Expected wait) throws Exception {
        site.operate("Park", wait.gid());
        told(wait, () -> site.operate("Resume", wait.gid()));
    }

    @Test
    void which_other_transaction_is_before_it() throws Exception {
        site.plan("BeginTransaction", "first", message("/hold", NEVER, "line"));
        site.commit("first", "");
        site.plan("BeginTransaction", "second", message("/hold", NEVER, "line"));
        told(
                Expected.of("second", Waiting.Kind.BLOCKED, "for first, which has the same ordering key", "shop")
                        .behind("first"),
                () -> site.commit("second", ""));

        refuse(database(), "insert", "new.gid like '%/mail'");
        gated(
                Expected.of("parent", Waiting.Kind.CHILD, "for parent/mail to be accepted (", "shop")
                        .behind("parent/mail"),
                "{\"id\":\"mail\",\"no_undo\":true,\"notification\":{\"deliver\":" + call("shop", "/ok", NEVER) + "}}");
    }

    /** The database refuses such a row, and no other. */
    private static void refuse(AskedDatabase database, String write, String when) throws Exception {
        database.change("create function refuse() returns trigger language plpgsql as"
                + " $$ begin raise exception 'refused'; end $$");
        database.change(
                "create trigger refuse before %s on open_transaction for each row when (%s) execute function refuse()"
                        .formatted(write, when));
    }

    // ---- coordinators

    @Test
    void whose_owner_is_silent_or_dead() throws Exception {
        RigCoordinator other = coordinator("other");
        Site there = Site.of(other, other);
        there.submit("silent", step("shop", "/hold", NEVER, ""));
        Expected adopted = Expected.parked(Parked.Reason.ADOPTED_TOO_OFTEN, "");
        there.submit(adopted.gid(), step("shop", "/hold", NEVER, ""));
        site.awaits(adopted.gid(), Waiting.Kind.CALLING);
        site.awaits("silent", Waiting.Kind.CALLING);
        Expected dead = Expected.of(
                "silent", Waiting.Kind.DEAD_OWNER, "for another coordinator: other holds it and has given", "");
        told(dead, () -> other.signal("STOP"));
        other.signal("CONT");
        site.awaits("silent", Waiting.Kind.CALLING);
        told(dead, other::kill);
        told(adopted, () -> {
            database().change("update open_transaction set adoptions = 1000 where gid = ?", adopted.gid());
            other.declareDead();
        });
    }

    @Test
    void where_there_is_no_room() throws Exception {
        Site full = alone("roomless", Map.of("limits.open", "4"));
        for (String each : List.of("shop", "crowd", "other", "third")) {
            String path = each.equals("other") || each.equals("third") ? "/hold/both" : "/hold";
            full.submit("on-" + each, step(each, path, NEVER, ""));
            full.awaits("on-" + each, Waiting.Kind.CALLING);
        }
        full.submitGated("turned-away", step("crowd", "/hold", NEVER, ""));
        full.plan("SubmitTransaction", "untaken", later(5, step("crowd", "/hold", NEVER, "")));
        full.witness()
                .tells(
                        Expected.of("untaken", Waiting.Kind.NO_ROOM, "and no coordinator has room for it", ""),
                        () -> {});
        shop.release("/hold/both");
        full.awaits("untaken", Waiting.Kind.CALLING);
        full.witness()
                .tells(
                        Expected.of("turned-away", Waiting.Kind.NO_ROOM, "for room in memory: too many wait", "crowd"),
                        () -> full.go("turned-away"));
    }

    /** Starts one on a database of its own, which tells of itself. */
    private static Site alone(String database, Map<String, String> more) throws Exception {
        playground.database().create(database);
        RigCoordinator coordinator = beside(database, database, more);
        return Site.of(coordinator, coordinator);
    }

    private static RigCoordinator beside(String database, String node, Map<String, String> more) throws Exception {
        Map<String, String> all = new TreeMap<>(OPTIONS);
        all.put("database.url", playground.database().url(database));
        all.putAll(more);
        return playground.startCoordinator(node, 0, 0, targets, all);
    }

    // ---- what is parked

    @Test
    void why_a_saga_is_parked() throws Exception {
        String pivot =
                "{\"id\":\"a\",\"no_undo\":true,\"pivot\":true,\"action\":%s},".formatted(call("shop", "/ok", ONCE));
        Map<Parked.Reason, String> steps = new TreeMap<>(Map.of(
                Parked.Reason.UNDO_REFUSED, undone("/no") + step("shop", "/no", ONCE, ""),
                Parked.Reason.UNDO_EXHAUSTED, undone("/down") + step("shop", "/no", ONCE, ""),
                Parked.Reason.RETRIABLE_REFUSED, step("shop", "/no", ONCE, ",\"retriable\":true"),
                Parked.Reason.RETRIABLE_EXHAUSTED, step("shop", "/down", ONCE, ",\"retriable\":true"),
                Parked.Reason.FORWARD_REFUSED_PAST_PIVOT, pivot + step("shop", "/no", ONCE, ""),
                Parked.Reason.FORWARD_EXHAUSTED_PAST_PIVOT, pivot + step("shop", "/down", ONCE, ""),
                Parked.Reason.TARGET_MISCONFIGURED, step("shop", "/MISCONFIGURED", ONCE, ""),
                Parked.Reason.BARRIER_EXPIRED, step("shop", "/BARRIER_EXPIRED", ONCE, ""),
                Parked.Reason.BINDING_ABSENT,
                        undone("/ok")
                                + step(
                                        "shop",
                                        "/ok",
                                        ONCE + ",\"bind\":[{\"from\":\"a\",\"from_path\":\"/id\",\"to_path\":\"/id\","
                                                + "\"required\":true}]",
                                        "")));
        for (Map.Entry<Parked.Reason, String> each : steps.entrySet()) {
            gated(Expected.parked(each.getKey(), "shop"), each.getValue());
        }
        gated(
                Expected.parked(Parked.Reason.APPROVAL_TIMED_OUT, ""),
                "{\"id\":\"manager\",\"approval\":{\"within\":\"0.1s\",\"on_expiry\":\"PARK\"}}");
    }

    private static String undone(String path) {
        return "{\"id\":\"a\",\"action\":%s,\"compensate\":%s},"
                .formatted(call("shop", "/ok", ONCE), call("shop", path, ONCE));
    }

    @Test
    void why_others_are_parked() throws Exception {
        Map<Parked.Reason, String> deliveries =
                Map.of(Parked.Reason.DELIVERY_REFUSED, "/no", Parked.Reason.DELIVERY_EXHAUSTED, "/down");
        for (Map.Entry<Parked.Reason, String> each : deliveries.entrySet()) {
            Expected wait = Expected.parked(each.getKey(), "shop");
            site.plan("BeginTransaction", wait.gid(), message(each.getValue(), ONCE, ""));
            told(wait, () -> site.commit(wait.gid(), ""));
        }
        Map<Parked.Reason, String> confirms =
                Map.of(Parked.Reason.COMPLETION_REFUSED, "/no", Parked.Reason.COMPLETION_EXHAUSTED, "/down");
        for (Map.Entry<Parked.Reason, String> each : confirms.entrySet()) {
            Expected wait = Expected.parked(each.getKey(), "shop");
            site.plan("BeginTransaction", wait.gid(), "\"deadline\":\"3600s\",\"tcc\":{}");
            site.act("TransactionService/RegisterBranch", wait.gid(), """
                ,"tcc":{"id":"pay","confirm":%s,"cancel":%s}\
                """.formatted(
                            call("shop", each.getValue(), ONCE), call("shop", "/ok", ONCE)));
            told(wait, () -> site.commit(wait.gid(), "\"pay\""));
        }
        Expected checked = Expected.parked(Parked.Reason.CHECK_BACK_EXHAUSTED, "shop");
        String asking =
                message("/ok", ONCE, "").replace("/down", "/hold/down").replace("after\":\"3600s", "after\":\"0.1s");
        site.plan("BeginTransaction", checked.gid(), asking);
        told(checked, () -> shop.release("/hold/down"));
        Expected byHand = Expected.parked(Parked.Reason.BY_OPERATOR, "");
        site.submitGated(byHand.gid(), step("shop", "/ok", ONCE, ""));
        told(byHand, () -> site.operate("Park", byHand.gid()));
    }
}
