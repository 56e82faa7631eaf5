package dev.entente.stories.console;

import static dev.entente.stories.console.WaitSite.NEVER;
import static dev.entente.stories.console.WaitSite.ONCE;
import static dev.entente.stories.console.WaitSite.call;
import static dev.entente.stories.console.WaitSite.message;
import static dev.entente.stories.console.WaitSite.step;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.options.ColorScheme;
import dev.entente.backends.LoopbackPorts;
import dev.entente.rig.Playground;
import dev.entente.rig.RigCoordinator;
import dev.entente.rig.ServerJar;
import dev.entente.rig.SqlDatabase;
import dev.entente.stories.console.WaitReports.Expected;
import dev.entente.v1.Parked;
import dev.entente.v1.Waiting;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Every kind of wait and every reason to be parked: caused from outside at one coordinator and reported by another
 * coordinator, on the open page of the transaction, by the RPCs and by the commands.
 */
@Tag("deep")
@Tag("console")
final class WaitReasonsIT {
    private static final StringBuilder FIGURES = new StringBuilder("figures: ms until a wait is told");
    /** More than the number of consecutive failed connections that opens a circuit. */
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
    private static WaitSite site;

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
        site = site(coordinator("working"), coordinator("asked"));
    }

    private static WaitSite site(RigCoordinator working, RigCoordinator asked) {
        return new WaitSite(working, playground.keep(new WaitReports(asked, tab.page(), FIGURES)));
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

    private static SqlDatabase database() {
        return playground.database().ask(Playground.COORDINATOR_DATABASE);
    }

    private static void reported(Expected wait, WaitReports.Trigger trigger) throws Exception {
        site.waitReports().verify(wait, trigger);
    }

    private static void afterApproval(Expected wait, String steps) throws Exception {
        site.submitWithApproval(wait.gid(), steps);
        reported(wait, () -> site.go(wait.gid()));
    }

    // ---- participants

    @Test
    void waits_for_a_called_participant_are_reported() throws Exception {
        afterApproval(
                Expected.of(
                        "backoff",
                        Waiting.Kind.BACKOFF,
                        "for the next call to shop, 1 attempt without success (HTTP 503",
                        "shop"),
                step("shop", "/down", NEVER, ""));
        afterApproval(
                Expected.of(
                        "busy",
                        Waiting.Kind.IN_PROGRESS,
                        "for shop, which reports that the call is in progress",
                        "shop"),
                step("shop", "/busy", NEVER, ""));
        afterApproval(
                Expected.of("narrow", Waiting.Kind.CALLING, "for the response of narrow", "narrow"),
                step("narrow", "/hold", NEVER, ""));
        afterApproval(
                Expected.of(
                        "limit",
                        Waiting.Kind.IN_FLIGHT_LIMIT,
                        "for narrow: the limit of concurrent calls is reached",
                        "narrow"),
                step("narrow", "/hold", NEVER, ""));
    }

    @Test
    void waits_for_an_unreachable_participant_are_reported() throws Exception {
        String unheardOf = "{\"id\":\"pay\",\"no_undo\":true,\"action\":{\"grpc\":\"%s/a.Shop/Pay\"," + NEVER + "}}";
        afterApproval(
                Expected.of("connecting", Waiting.Kind.CONNECTING, "for a connection to unheard", "unheard"),
                unheardOf.formatted("unheard"));
        afterApproval(
                Expected.of("unsent", Waiting.Kind.NOT_SENT, "for late: the call could not be sent (", "late"),
                unheardOf.formatted("late"));
        for (int i = 0; i < BROKEN; i++) {
            site.submit("gone-" + i, step("gone", "/ok", NEVER, ""));
        }
        site.awaits("gone-0", Waiting.Kind.CIRCUIT_OPEN);
        afterApproval(
                Expected.of("circuit", Waiting.Kind.CIRCUIT_OPEN, "for gone: its circuit is open", "gone"),
                step("gone", "/ok", NEVER, ""));
    }

    // ---- people, clients, clocks, other transactions

    @Test
    void waits_for_a_decision_or_a_start_time_are_reported() throws Exception {
        afterApproval(
                Expected.of("asks", Waiting.Kind.APPROVAL, "for the approval manager (so much?), until ", ""),
                "{\"id\":\"manager\",\"approval\":{\"prompt\":\"so much?\",\"within\":\"3600s\"}}");
        site.plan("BeginTransaction", "begun", "\"deadline\":\"3600s\",\"tcc\":{}");
        resumed(Expected.of("begun", Waiting.Kind.CLIENT_DECISION, "for the client to commit or abort", ""));
        site.plan("BeginTransaction", "checked", message("/ok", NEVER, ""));
        resumed(Expected.of("checked", Waiting.Kind.CHECK_BACK, "for the check-back response of the client", "shop"));
        site.plan("SubmitTransaction", "starts", later(tomorrow(), step("shop", "/ok", NEVER, "")));
        resumed(Expected.of("starts", Waiting.Kind.START_TIME, "waits for its start time, ", ""));
    }

    private static Instant tomorrow() {
        return Instant.now().plus(1, ChronoUnit.DAYS);
    }

    private static String later(Instant start, String step) {
        return "\"start_time\":\"%s\",\"saga\":{\"steps\":[%s]}".formatted(start, step);
    }

    private static void resumed(Expected wait) throws Exception {
        site.operate("Park", wait.gid());
        reported(wait, () -> site.operate("Resume", wait.gid()));
    }

    @Test
    void waits_for_another_transaction_are_reported() throws Exception {
        site.plan("BeginTransaction", "first", message("/hold", NEVER, "line"));
        site.commit("first", "");
        site.plan("BeginTransaction", "second", message("/hold", NEVER, "line"));
        reported(
                Expected.of("second", Waiting.Kind.BLOCKED, "for first, which has the same ordering key", "shop")
                        .behind("first"),
                () -> site.commit("second", ""));

        refuse(database(), "insert", "new.gid like '%/mail'");
        afterApproval(
                Expected.of("parent", Waiting.Kind.CHILD, "for parent/mail to be accepted", "shop")
                        .behind("parent/mail"),
                "{\"id\":\"mail\",\"no_undo\":true,\"notification\":{\"deliver\":" + call("shop", "/ok", NEVER) + "}}");
        site.awaits("parent", "parent/mailtobeaccepted("); // and the reason, after the database's timeout
    }

    /** Makes the database refuse each row that matches the condition. */
    private static void refuse(SqlDatabase database, String write, String when) throws Exception {
        database.change("create or replace function refuse() returns trigger language plpgsql as"
                + " $$ begin raise exception 'refused'; end $$");
        database.change(
                "create trigger refuse_%s before %s on open_transaction for each row when (%s) execute function refuse()"
                        .formatted(write, write, when));
    }

    // ---- coordinators

    @Test
    void waits_for_a_silent_or_dead_owner_are_reported() throws Exception {
        RigCoordinator other = coordinator("other");
        WaitSite there = site(other, other);
        there.submit("silent", step("shop", "/hold", NEVER, ""));
        Expected adopted = Expected.parked(Parked.Reason.ADOPTED_TOO_OFTEN, "");
        there.submit(adopted.gid(), step("shop", "/hold", NEVER, ""));
        site.awaits(adopted.gid(), Waiting.Kind.CALLING);
        site.awaits("silent", Waiting.Kind.CALLING);
        Expected dead = Expected.of(
                "silent",
                Waiting.Kind.DEAD_OWNER,
                "for a takeover, or a response of its coordinator other: no heartbeat",
                "");
        reported(dead, () -> other.signal("STOP"));
        other.signal("CONT");
        site.awaits("silent", Waiting.Kind.CALLING);
        reported(dead, other::kill);
        site.awaits(adopted.gid(), Waiting.Kind.DEAD_OWNER); // until the next takeover
        reported(adopted, () -> {
            database().change("update open_transaction set adoptions = 1000 where gid = ?", adopted.gid());
            other.declareDead();
            awaitParked(Playground.COORDINATOR_DATABASE, adopted.gid());
        });
    }

    @Test
    void waits_for_capacity_are_reported() throws Exception {
        WaitSite full = alone("roomless", Map.of("limits.open", "4"));
        for (String each : List.of("shop", "crowd", "other", "third")) {
            String path = each.equals("other") || each.equals("third") ? "/hold/both" : "/hold";
            full.submit("on-" + each, step(each, path, NEVER, ""));
            full.awaits("on-" + each, Waiting.Kind.CALLING);
        }
        full.submitWithApproval("turned-away", step("crowd", "/hold", NEVER, ""));
        Instant due = Instant.now().plusSeconds(5);
        full.plan("SubmitTransaction", "untaken", later(due, step("crowd", "/hold", NEVER, "")));
        full.waitReports()
                .verify(
                        Expected.of("untaken", Waiting.Kind.NO_CAPACITY, "no coordinator has free memory for it", ""),
                        () -> await("its start").until(() -> Instant.now().isAfter(due)));
        shop.release("/hold/both");
        full.awaits("untaken", Waiting.Kind.CALLING);
        full.waitReports()
                .verify(
                        Expected.of(
                                "turned-away",
                                Waiting.Kind.NO_CAPACITY,
                                "for memory: too many transactions wait for crowd",
                                "crowd"),
                        () -> full.go("turned-away"));
    }

    /** Starts a coordinator on its own database, which reports its own waits. */
    private static WaitSite alone(String database, Map<String, String> more) throws Exception {
        playground.database().create(database);
        RigCoordinator coordinator = beside(database, database, more);
        return site(coordinator, coordinator);
    }

    private static RigCoordinator beside(String database, String node, Map<String, String> more) throws Exception {
        Map<String, String> all = new TreeMap<>(OPTIONS);
        all.put("database.url", playground.database().url(database));
        all.putAll(more);
        return playground.startCoordinator(node, 0, 0, targets, all);
    }

    // ---- parked transactions

    private static boolean isParked(String database, String gid) throws Exception {
        return playground
                        .database()
                        .ask(database)
                        .number("select count(*) from open_transaction where parked_at is not null and gid = ?", gid)
                == 1;
    }

    private static void awaitParked(String database, String gid) {
        await(gid + " to be parked").until(() -> isParked(database, gid));
    }

    @Test
    void reasons_of_parked_sagas_are_reported() throws Exception {
        String pivot =
                "{\"id\":\"a\",\"no_undo\":true,\"pivot\":true,\"action\":%s},".formatted(call("shop", "/ok", ONCE));
        Map<Parked.Reason, String> steps = new TreeMap<>(Map.of(
                Parked.Reason.UNDO_REFUSED, compensated("/no") + step("shop", "/no", ONCE, ""),
                Parked.Reason.UNDO_EXHAUSTED, compensated("/down") + step("shop", "/no", ONCE, ""),
                Parked.Reason.RETRIABLE_REFUSED, step("shop", "/no", ONCE, ",\"retriable\":true"),
                Parked.Reason.RETRIABLE_EXHAUSTED, step("shop", "/down", ONCE, ",\"retriable\":true"),
                Parked.Reason.FORWARD_REFUSED_PAST_PIVOT, pivot + step("shop", "/no", ONCE, ""),
                Parked.Reason.FORWARD_EXHAUSTED_PAST_PIVOT, pivot + step("shop", "/down", ONCE, ""),
                Parked.Reason.TARGET_MISCONFIGURED, step("shop", "/MISCONFIGURED", ONCE, ""),
                Parked.Reason.BARRIER_EXPIRED, step("shop", "/BARRIER_EXPIRED", ONCE, ""),
                Parked.Reason.BINDING_ABSENT,
                        compensated("/ok")
                                + step(
                                        "shop",
                                        "/ok",
                                        ONCE + ",\"bind\":[{\"from\":\"a\",\"from_path\":\"/id\",\"to_path\":\"/id\","
                                                + "\"required\":true}]",
                                        "")));
        for (Map.Entry<Parked.Reason, String> each : steps.entrySet()) {
            afterApproval(Expected.parked(each.getKey(), "shop"), each.getValue());
        }
        afterApproval(
                Expected.parked(Parked.Reason.APPROVAL_TIMED_OUT, ""),
                "{\"id\":\"manager\",\"approval\":{\"within\":\"0.1s\",\"on_expiry\":\"PARK\"}}");
    }

    private static String compensated(String path) {
        return "{\"id\":\"a\",\"action\":%s,\"compensate\":%s},"
                .formatted(call("shop", "/ok", ONCE), call("shop", path, ONCE));
    }

    @Test
    void reasons_of_other_parked_transactions_are_reported() throws Exception {
        Map<Parked.Reason, String> deliveries =
                Map.of(Parked.Reason.DELIVERY_REFUSED, "/no", Parked.Reason.DELIVERY_EXHAUSTED, "/down");
        for (Map.Entry<Parked.Reason, String> each : deliveries.entrySet()) {
            Expected wait = Expected.parked(each.getKey(), "shop");
            site.plan("BeginTransaction", wait.gid(), message(each.getValue(), ONCE, ""));
            reported(wait, () -> site.commit(wait.gid(), ""));
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
            reported(wait, () -> site.commit(wait.gid(), "\"pay\""));
        }
        Expected checked = Expected.parked(Parked.Reason.CHECK_BACK_EXHAUSTED, "shop");
        String asking =
                message("/ok", ONCE, "").replace("/down", "/hold/down").replace("after\":\"3600s", "after\":\"0.1s");
        site.plan("BeginTransaction", checked.gid(), asking);
        reported(checked, () -> shop.release("/hold/down"));
        Expected byHand = Expected.parked(Parked.Reason.BY_OPERATOR, "");
        site.submitWithApproval(byHand.gid(), step("shop", "/ok", ONCE, ""));
        reported(byHand, () -> site.operate("Park", byHand.gid()));
    }

    @Test
    void parks_for_an_unreadable_row_or_a_defect_are_reported() throws Exception {
        Expected damaged = Expected.parked(Parked.Reason.UNREADABLE_ROW, "");
        site.plan("SubmitTransaction", damaged.gid(), later(tomorrow(), step("shop", "/ok", ONCE, "")));
        reported(damaged, () -> {
            database()
                    .change("update open_transaction set plan = '\\x0f', due_at = now() where gid = ?", damaged.gid());
            awaitParked(Playground.COORDINATOR_DATABASE, damaged.gid());
        });
        Expected defect = Expected.parked(Parked.Reason.DEFECT, "");
        site.submit(defect.gid(), compensated("/ok").replace("/ok", "/hold/defect") + step("shop", "/hold", NEVER, ""));
        site.awaits(defect.gid(), Waiting.Kind.CALLING);
        reported(defect, () -> {
            refuse(database(), "update", "new.gid = '%s' and new.parked_at is null".formatted(defect.gid()));
            shop.release("/hold/defect");
            AtomicInteger others = new AtomicInteger();
            await("a defect").until(() -> {
                site.submit("beside-" + others.incrementAndGet(), step("shop", "/ok", ONCE, ""));
                return isParked(Playground.COORDINATOR_DATABASE, defect.gid());
            });
        });
    }

    @Test
    void parks_for_lost_commits_or_a_restore_are_reported() throws Exception {
        WaitSite reported = alone("restored", Map.of());
        playground.database().ask("restored").change("update cluster set timeline = timeline - 1");
        parkedByAStart(reported, Parked.Reason.DATABASE_MAY_HAVE_LOST_COMMITS, OPTIONS);
        Map<String, String> parkAll = new TreeMap<>(OPTIONS);
        parkAll.put("--park-all", "");
        parkedByAStart(reported, Parked.Reason.RESTORED, parkAll);
    }

    /** Starts another coordinator, which parks all transactions before it is ready. */
    private static void parkedByAStart(WaitSite reported, Parked.Reason reason, Map<String, String> options)
            throws Exception {
        Expected wait = Expected.parked(reason, "");
        reported.plan("SubmitTransaction", wait.gid(), later(tomorrow(), step("shop", "/ok", ONCE, "")));
        RigCoordinator.Settings settings = new RigCoordinator.Settings(
                ServerJar.find(), wait.gid(), "restored", 0, 0, targets, options, playground.folder());
        try (RigCoordinator starting = new RigCoordinator(playground.database(), settings)) {
            reported.waitReports().verify(wait, () -> {
                starting.launch(Map.of());
                awaitParked("restored", wait.gid());
            });
        }
    }
}
