package dev.entente.lab.demo;

import dev.entente.client.ApprovalStep.Expiry;
import dev.entente.client.TransactionRefused;
import dev.entente.demo.ShopService;
import dev.entente.lab.crash.CrashWorkload;
import dev.entente.lab.judge.Invariant;
import dev.entente.lab.judge.ShopInvariants;
import dev.entente.lab.plans.BigOrder;
import dev.entente.lab.scenario.Checks;
import dev.entente.lab.scenario.GlobalScenario;
import dev.entente.lab.scenario.Playbill;
import dev.entente.lab.scenario.Result;
import dev.entente.lab.scenario.Stage;
import dev.entente.rig.Playground;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.Transaction;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import shop.v1.Fault;

/** Orders wait for a manager, who says yes, or no, or nothing; the coordinator dies meanwhile. */
final class ApprovalScenario implements GlobalScenario {
    private static final Playbill PLAYBILL = Playbill.named(
            "approval",
            ShopService.PAYMENT,
            "Three big orders wait for a manager, in the database alone; the coordinator is killed with -9 and started"
                + " again. The first is approved, and goes on. The second is rejected: its goods are released. Nobody"
                + " answers the third in time, which counts as a no.");

    private static final String RESTING =
            "select count(*) from open_transaction where gid = ? and owner is null and due_at > now() + interval '23"
                    + " hours'";
    private static final String AUDITED =
            "select count(*) from audit_entry where gid = ? and act = 'approve' and reason = 'checked with sales'";
    private static final String CHARGED = "select count(*) from payment where gid = ?";

    @Override
    public Playbill playbill() {
        return PLAYBILL;
    }

    @Override
    public void run(Stage stage, Result result) throws Exception {
        long start = System.nanoTime();
        long cents = 20_000L + stage.random().nextInt(1000);
        BigOrder approved = order("demo-approval", cents, Duration.ofHours(24));
        BigOrder rejected = order("demo-approval-no", cents, Duration.ofHours(24));
        for (BigOrder order : List.of(approved, rejected)) {
            order.saga(stage.entente()).submit();
            awaitQuestion(stage, order.gid());
        }
        Checks checks = new Checks(stage.books(), result);
        result.check("an order that waits lies in the database, and no coordinator holds it", isResting(stage), 1);
        checks.number("nothing is charged while it waits", 0, ShopService.PAYMENT, CHARGED, approved.gid());
        stage.coordinator().kill();
        result.killed("coordinator", start);
        stage.coordinator().start(Map.of());

        approve(stage, result, checks, approved);
        reject(stage, result, checks, rejected);
        expire(stage, result, checks, order("demo-approval-late", cents, Duration.ofSeconds(1)));
        ShopInvariants invariants = new ShopInvariants(stage.books());
        result.checkAll(List.of(invariants.paymentsConserved(), invariants.stockHeld()));
    }

    private static BigOrder order(String gid, long cents, Duration within) {
        return new BigOrder(gid, "alice", "A-1", cents, within, Expiry.REJECT, Fault.getDefaultInstance());
    }

    /** Blocks until the manager is asked, and the row has left memory. */
    private static void awaitQuestion(Stage stage, String gid) throws Exception {
        stage.await(
                "the question of " + gid,
                () -> stage.entente().transactions().get(gid).getBranchesList().stream()
                        .anyMatch(branch -> branch.getState() == BranchStatus.State.AWAITING_APPROVAL));
        stage.await(gid + " to rest", () -> count(stage, RESTING, gid) == 1);
    }

    private static boolean isResting(Stage stage) throws SQLException {
        return count(stage, RESTING, "demo-approval") == 1;
    }

    private static void approve(Stage stage, Result result, Checks checks, BigOrder order) throws Exception {
        stage.entente().transactions().approve(order.gid(), BigOrder.APPROVAL, "checked with sales");
        stage.entente().transactions().approve(order.gid(), BigOrder.APPROVAL, "checked with sales");
        Transaction ended = stage.await(order.gid());
        result.tell(ended);
        checks.ended(ended, Transaction.State.SUCCEEDED);
        checks.effects(order.gid(), "StockService/Reserve", "PaymentService/Charge", "ShippingService/Create");
        result.check("the approval stands in the audit, once", count(stage, AUDITED, order.gid()) == 1, 1);
        result.check(
                "the approval stands in the history, with who and why",
                ended.getHistoryList().stream()
                        .anyMatch(event -> event.getKind().equals("APPROVAL_DECIDED")
                                && !event.getActor().isEmpty()
                                && event.getDetail().equals("checked with sales")),
                ended.getHistoryCount());
        result.check("another answer is refused: ENT-043", isTooLate(stage, order.gid()), 1);
    }

    private static boolean isTooLate(Stage stage, String gid) {
        try {
            stage.entente().transactions().reject(gid, BigOrder.APPROVAL, "changed my mind");
            return false;
        } catch (TransactionRefused refused) {
            return refused.code().equals("ENT-043");
        }
    }

    private static void reject(Stage stage, Result result, Checks checks, BigOrder order) throws Exception {
        stage.entente().transactions().reject(order.gid(), BigOrder.APPROVAL, "too dear");
        Transaction ended = stage.await(order.gid());
        result.tell(ended);
        checks.ended(ended, Transaction.State.ABORTED);
        checks.effects(order.gid(), "StockService/Reserve", "StockService/Release");
        checkReason(result, ended, Transaction.AbortReason.APPROVAL_REJECTED);
    }

    private static void expire(Stage stage, Result result, Checks checks, BigOrder order) throws Exception {
        order.saga(stage.entente()).submit();
        Transaction ended = stage.await(order.gid());
        result.tell(ended);
        checks.ended(ended, Transaction.State.ABORTED);
        checks.effects(order.gid(), "StockService/Reserve", "StockService/Release");
        checkReason(result, ended, Transaction.AbortReason.APPROVAL_EXPIRED);
    }

    private static void checkReason(Result result, Transaction ended, Transaction.AbortReason reason) {
        result.check(
                ended.getGid() + " turned because of " + reason,
                ended.getAbortReason() == reason,
                1,
                "it was " + ended.getAbortReason());
    }

    private static long count(Stage stage, String sql, String gid) throws SQLException {
        try (Connection connection = stage.playground().database().connect(Playground.COORDINATOR_DATABASE);
                PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, gid);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        }
    }

    @Override
    public CrashWorkload workload(Stage stage) {
        Managers managers = new Managers(stage.entente());
        return new CrashWorkload(gids(), managers::order).truth(books -> {
            List<Invariant> all = new ArrayList<>(new ShopInvariants(books).all());
            all.add(managers.everyAnswerStands());
            return all;
        });
    }
}
