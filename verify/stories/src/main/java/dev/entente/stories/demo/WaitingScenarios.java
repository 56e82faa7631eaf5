package dev.entente.stories.demo;

import dev.entente.client.Notification;
import dev.entente.client.Retry;
import dev.entente.client.Saga;
import dev.entente.client.TransactionRefused;
import dev.entente.demo.ShopService;
import dev.entente.rig.Receiver;
import dev.entente.rig.SqlDatabase;
import dev.entente.stories.judge.Customers;
import dev.entente.stories.judge.Law;
import dev.entente.stories.plans.BigOrder;
import dev.entente.stories.plans.Purchase;
import dev.entente.stories.plans.SaleSaga;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.OperateRequest;
import dev.entente.v1.OperatorServiceGrpc;
import dev.entente.v1.Transaction;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** Scenarios of transactions that wait for an unavailable receiver, for their start time, or for a person's answer. */
final class WaitingScenarios {
    static final List<Scenario> ALL = List.of(
            Scenario.named(
                            "notification",
                            ShopService.STOCK,
                            "A notification reports a paid order to a web hook, which fails twice and then accepts the"
                                    + " call. Another web hook always fails: its notification is given up. After a"
                                    + " repair an operator sends this notification again. Then a saga reserves goods"
                                    + " and sends a notification. The receiver accepts only signed calls.",
                            WaitingScenarios::notify)
                    .with(ShopService.PAYMENT, ShopService.ACCOUNT, ShopService.STOCK),
            Scenario.named(
                    "delayed",
                    ShopService.PAYMENT,
                    "Alice orders for later: her saga is accepted now and starts in five seconds. The coordinator is"
                            + " killed and restarted meanwhile. The saga starts at its start time, and not before."
                            + " Another saga is aborted before its start time: no participant is called.",
                    WaitingScenarios::delay),
            Scenario.named(
                    "approval",
                    ShopService.PAYMENT,
                    "Three big orders wait for a manager, stored only in the database. The coordinator is killed with"
                            + " -9 and restarted. The first is approved, and continues. The second is rejected: its"
                            + " goods are released. The third gets no answer in time, which counts as a rejection.",
                    WaitingScenarios::ask));

    private static final Retry SHORT =
            Retry.schedule(List.of(Duration.ofMillis(100), Duration.ofMillis(200), Duration.ofMillis(400)));
    private static final Duration DELAY = Duration.ofSeconds(5);
    private static final String RESTING =
            "select count(*) from open_transaction where gid = ? and owner is null and due_at > now() + interval '23"
                    + " hours'";
    private static final String ENDED =
            "select gid from finished_transaction where starts_with(gid, 'demo-notification') and pattern = 5"
                    + " and state = ?";
    private static final int SUCCEEDED = 6;
    private static final int GIVEN_UP = 8;

    private WaitingScenarios() {}

    // ---- notification

    private static void notify(ScenarioRun play) throws Exception {
        Customers.open(play.databases());
        notification(play, "demo-notification", "/flaky/2").submit();
        play.reported("demo-notification", Transaction.State.SUCCEEDED);
        received(play, "the receiver was called three times", 3, "request where gid = 'demo-notification'");
        received(play, "the receiver processed the notification once", 1, "acted where gid = 'demo-notification'");
        sendAgain(play, "demo-notification-closed");
        String saga = "demo-notification-saga";
        play.submitted(tellingSaga(play, saga), Transaction.State.SUCCEEDED);
        play.effects(saga, "StockService/Reserve");
        play.ended(play.await(saga + "/tell"), Transaction.State.SUCCEEDED);
        play.number(
                "the goods are reserved", 1, ShopService.STOCK, "select count(*) from reservation where gid = ?", saga);
        received(play, "every request was signed for its time, its key and its body", 0, "request where not genuine");
        List<String> succeededGids = play.stored().texts(ENDED, SUCCEEDED);
        received(
                play,
                "the receiver processed each SUCCEEDED notification, once per key",
                succeededGids.size(),
                "acted where gid = any (?)",
                (Object) succeededGids.toArray(String[]::new));
        List<String> givenUp = play.stored().texts(ENDED, GIVEN_UP);
        received(
                play,
                "each GIVEN_UP notification was sent more than once",
                givenUp.size(),
                "(select gid from request where gid = any (?) group by gid having count(*) > 1) asked",
                (Object) givenUp.toArray(String[]::new));
        received(play, "the receiver processed no GIVEN_UP notification", 0, "acted where gid = any (?)", (Object)
                givenUp.toArray(String[]::new));
    }

    private static void received(ScenarioRun play, String name, long expected, String from, Object... arguments)
            throws SQLException {
        long found = play.stage().receiver().number("select count(*) from " + from, arguments);
        play.check(name, found == expected, Math.max(1, expected), "found " + found + ", expected " + expected);
    }

    private static Notification notification(ScenarioRun play, String gid, String path) {
        return play.entente()
                .notification("order-paid")
                .gid(gid)
                .post(play.entente().participant(Receiver.NAME), path)
                .header("accept-language", "en")
                .jsonBody("{\"order\":\"" + gid + "\"}")
                .retry(SHORT);
    }

    private static void sendAgain(ScenarioRun play, String gid) throws SQLException {
        notification(play, gid, "/closed").submit();
        Transaction lost = play.reported(gid, Transaction.State.GIVEN_UP);
        play.check(
                "the last error of the GIVEN_UP notification is stored",
                lost.getDetail().contains("404"),
                1,
                lost.getDetail());
        play.stage().receiver().open();
        String first = resent(play, gid);
        String again = resent(play, gid);
        play.reported(first, Transaction.State.SUCCEEDED);
        long acted = play.stage().receiver().number("select count(*) from acted where starts_with(gid, ?)", gid);
        play.check(
                "two resend requests make one transaction, which the receiver processed once",
                acted == 1 && first.equals(gid + "~2") && again.equals(first),
                1,
                "processed " + acted + " times for " + first + " and " + again);
    }

    private static String resent(ScenarioRun play, String gid) {
        ManagedChannel channel = Grpc.newChannelBuilder(
                        play.stage().coordinator().ready().grpc(), InsecureChannelCredentials.create())
                .build();
        try {
            return OperatorServiceGrpc.newBlockingStub(channel)
                    .resendNotification(OperateRequest.newBuilder()
                            .setGid(gid)
                            .setReason("the hook is available again")
                            .build())
                    .getGid();
        } finally {
            channel.shutdownNow();
        }
    }

    private static Saga tellingSaga(ScenarioRun play, String gid) {
        SaleSaga sale = new SaleSaga(
                new Purchase(gid, "alice", Customers.sku(0), 1, 100, Map.of()), play.entente(), "reserve-and-tell");
        sale.reserve();
        sale.saga()
                .step(
                        "tell",
                        play.entente()
                                .notification("order-reserved")
                                .post(play.entente().participant(Receiver.NAME), "/flaky/1")
                                .jsonBody("{\"order\":\"" + gid + "\"}")
                                .retry(SHORT))
                .nothingToUndo();
        return sale.saga();
    }

    // ---- delayed

    private static void delay(ScenarioRun play) throws Exception {
        Customers.open(play.databases());
        String gid = "demo-delayed";
        Instant first = Instant.now();
        submitted(play, gid + "-aborted", first.plus(Duration.ofHours(1)));
        play.entente().transactions().abort(gid + "-aborted", "no longer wanted");
        Transaction aborted = play.await(gid + "-aborted");
        // A slow machine needs seconds for these calls, so the start is later by four times their duration.
        Duration pace = Duration.between(first, Instant.now());
        Instant start = Instant.now().plus(DELAY).plus(pace.multipliedBy(4));
        Transaction accepted = submitted(play, gid, start);
        play.check(
                "the saga is accepted and SCHEDULED",
                accepted.getState() == Transaction.State.SCHEDULED,
                1,
                "its state is " + accepted.getState());
        play.killCoordinator();
        play.restartCoordinator();
        play.reported(gid, Transaction.State.SUCCEEDED);
        play.effects(gid, Purchase.METHODS);
        for (ShopService service : List.of(ShopService.ORDER, ShopService.STOCK, ShopService.SHIPPING)) {
            play.number(
                    service.label() + " did nothing before the start time",
                    0,
                    service,
                    "select count(*) from ledger where gid = ? and at < ?::timestamptz",
                    gid,
                    start.toString());
        }
        play.result().report(aborted);
        play.ended(aborted, Transaction.State.ABORTED);
        play.check(
                "no participant was called for the aborted saga",
                play.databases().methods(aborted.getGid()).isEmpty(),
                1);
        play.hold(Law.SHOP);
    }

    private static Transaction submitted(ScenarioRun play, String gid, Instant start) {
        return new Purchase(gid, Customers.account(0), Customers.sku(0), 1, 900, Map.of())
                .saga(play.entente())
                .startAt(start)
                .submit()
                .transaction();
    }

    // ---- approval

    private static void ask(ScenarioRun play) throws Exception {
        long cents = 20_000L + play.random().nextInt(1000);
        BigOrder approved = bigOrder("demo-approval", cents, Duration.ofHours(24));
        BigOrder rejected = bigOrder("demo-approval-no", cents, Duration.ofHours(24));
        for (BigOrder order : List.of(approved, rejected)) {
            order.saga(play.entente()).submit();
            awaitQuestion(play, order.gid());
        }
        play.check(
                "a waiting order is stored in the database, and no coordinator has it in memory",
                play.stored().number(RESTING, approved.gid()) == 1,
                1);
        play.number(
                "nothing is charged while the order waits",
                0,
                ShopService.PAYMENT,
                "select count(*) from payment where gid = ?",
                approved.gid());
        play.killCoordinator();
        play.restartCoordinator();
        approve(play, approved.gid());
        play.entente().transactions().reject(rejected.gid(), BigOrder.APPROVAL, "too expensive");
        checkAborted(play, rejected.gid(), Transaction.AbortReason.APPROVAL_REJECTED);
        BigOrder late = bigOrder("demo-approval-late", cents, Duration.ofSeconds(1));
        late.saga(play.entente()).submit();
        checkAborted(play, late.gid(), Transaction.AbortReason.APPROVAL_EXPIRED);
        play.hold(Law.PAYMENTS, Law.GOODS_HELD);
    }

    private static BigOrder bigOrder(String gid, long cents, Duration within) {
        return new BigOrder(gid, "alice", "A-1", cents, within);
    }

    /** Blocks until the manager is asked and no coordinator has the transaction in memory. */
    private static void awaitQuestion(ScenarioRun play, String gid) throws Exception {
        play.await(
                "the approval request of " + gid,
                () -> play.entente().transactions().get(gid).getBranchesList().stream()
                        .anyMatch(branch -> branch.getState() == BranchStatus.State.AWAITING_APPROVAL));
        play.await(
                gid + " to leave the coordinator's memory", () -> play.stored().number(RESTING, gid) == 1);
    }

    private static void approve(ScenarioRun play, String gid) throws SQLException {
        play.entente().transactions().approve(gid, BigOrder.APPROVAL, "checked with sales");
        play.entente().transactions().approve(gid, BigOrder.APPROVAL, "checked with sales");
        Transaction ended = play.reported(gid, Transaction.State.SUCCEEDED);
        play.effects(gid, "StockService/Reserve", "PaymentService/Charge", "ShippingService/Create");
        SqlDatabase stored = play.stored();
        play.number(
                "the audit has the approval once; repetitions are marked as unchanged",
                1,
                stored,
                "select count(*) from audit_entry where gid = ? and operation = 'approve' and reason = 'checked with"
                        + " sales' and after not like '%unchanged'",
                gid);
        play.check(
                "the history contains the approval, with its actor and reason",
                ended.getHistoryList().stream()
                        .anyMatch(event -> event.getKind().equals("APPROVAL_DECIDED")
                                && !event.getActor().isEmpty()
                                && event.getDetail().equals("checked with sales")),
                ended.getHistoryCount());
        play.check("another answer is refused: ENT-043", isTooLate(play, gid), 1);
    }

    private static boolean isTooLate(ScenarioRun play, String gid) {
        try {
            play.entente().transactions().reject(gid, BigOrder.APPROVAL, "changed my mind");
            return false;
        } catch (TransactionRefused refused) {
            return refused.code().equals("ENT-043");
        }
    }

    private static void checkAborted(ScenarioRun play, String gid, Transaction.AbortReason reason) throws SQLException {
        Transaction ended = play.reported(gid, Transaction.State.ABORTED);
        play.effects(gid, "StockService/Reserve", "StockService/Release");
        play.check(
                gid + " switched to undo because of " + reason,
                ended.getAbortReason() == reason,
                1,
                "the reason was " + ended.getAbortReason());
    }
}
