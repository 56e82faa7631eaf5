package dev.entente.lab.demo;

import dev.entente.demo.ShopService;
import dev.entente.lab.crash.CrashJob;
import dev.entente.lab.crash.CrashWorkload;
import dev.entente.lab.crash.Customers;
import dev.entente.lab.judge.Books;
import dev.entente.lab.judge.ShopInvariants;
import dev.entente.lab.plans.Purchase;
import dev.entente.lab.plans.Trouble;
import dev.entente.lab.scenario.Checks;
import dev.entente.lab.scenario.GlobalScenario;
import dev.entente.lab.scenario.Playbill;
import dev.entente.lab.scenario.Result;
import dev.entente.lab.scenario.Stage;
import dev.entente.v1.Transaction;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import shop.v1.Fault;

/**
 * One purchase, and what it leaves behind.
 *
 * @param account who buys
 * @param faults trouble by step
 * @param effects the methods that leave a row in a ledger
 */
record OrderScenario(Playbill playbill, String account, Map<String, Fault> faults, List<String> effects)
        implements GlobalScenario {
    private static final String LEFT = "select coalesce(max(cents), 0) from account where id = ?";
    private static final String POINTS = "select coalesce(max(points), 0) from account where id = ?";

    static OrderScenario checkout() {
        return new OrderScenario(
                Playbill.quick(
                        "checkout",
                        ShopService.PAYMENT,
                        "Alice buys two A-1. Five services do their part, one after another; shipping is the point of"
                                + " no return."),
                "alice",
                Map.of(),
                Purchase.METHODS);
    }

    static OrderScenario paymentRejected() {
        return new OrderScenario(
                Playbill.quick(
                        "payment-rejected",
                        ShopService.STOCK,
                        "Carol wants the same, but has only 500 cents. The payment service says no; what was done is"
                                + " undone in reverse order."),
                "carol",
                Map.of(),
                List.of("OrderService/Create", "StockService/Reserve", "StockService/Release", "OrderService/Cancel"));
    }

    static OrderScenario pointsFail() {
        return new OrderScenario(
                Playbill.quick(
                        "points-fail",
                        ShopService.PAYMENT,
                        "Bob has paid when the points service refuses. The money goes back (by the payment id that"
                                + " Charge answered), then the goods, then the order."),
                "bob",
                Map.of("add-points", Trouble.rejecting("POINTS_CLOSED")),
                List.of(
                        "OrderService/Create",
                        "StockService/Reserve",
                        "PaymentService/Charge",
                        "PaymentService/Refund",
                        "StockService/Release",
                        "OrderService/Cancel"));
    }

    private boolean succeeds() {
        return effects.contains("ShippingService/Create");
    }

    @Override
    public void run(Stage stage, Result result) throws Exception {
        long cents = 1500L + stage.random().nextInt(500);
        Purchase purchase = new Purchase("demo-" + name(), account, "A-1", 2, cents, faults);
        long moneyBefore = stage.books().number(ShopService.PAYMENT, LEFT, account);
        long pointsBefore = stage.books().number(ShopService.POINTS, POINTS, account);

        purchase.saga(stage.entente()).submitAndWait(Stage.SUBMIT_WAIT);
        Transaction transaction = stage.await(purchase.gid());

        result.tell(transaction);
        Checks checks = new Checks(stage.books(), result);
        checks.ended(transaction, succeeds() ? Transaction.State.SUCCEEDED : Transaction.State.ABORTED);
        checks.effects(purchase.gid(), effects);
        checkTraces(checks, purchase, moneyBefore, pointsBefore);
        checkBooks(stage.books(), result);
    }

    /** Carol is the one who cannot pay; who else buys has enough for any number. */
    @Override
    public CrashWorkload workload(Stage stage) {
        return new CrashWorkload(gids(), (gid, random) -> {
                    Map<String, Fault> trouble = new HashMap<>(faults);
                    trouble.put("reserve", Trouble.slow(random));
                    trouble.put("release", Trouble.slow(random));
                    String buyer = account.equals("carol") ? account : Customers.account(random);
                    long cents = 1500L + random.nextInt(500);
                    return CrashJob.of(
                            new Purchase(gid, buyer, Customers.sku(random), 2, cents, trouble).saga(stage.entente()));
                })
                .decisionKillEvery(succeeds() ? 0 : 3);
    }

    private void checkTraces(Checks checks, Purchase purchase, long moneyBefore, long pointsBefore)
            throws SQLException {
        long done = succeeds() ? 1 : 0;
        checks.number(
                account + " paid " + purchase.cents() * done + " cents",
                moneyBefore - purchase.cents() * done,
                ShopService.PAYMENT,
                LEFT,
                account);
        checks.number(
                account + " got " + purchase.points() * done + " points",
                pointsBefore + purchase.points() * done,
                ShopService.POINTS,
                POINTS,
                account);
        checks.number(
                "the order is " + (succeeds() ? "CREATED" : "CANCELLED"),
                1,
                ShopService.ORDER,
                "select count(*) from orders where id = ? and state = ?",
                purchase.gid(),
                succeeds() ? "CREATED" : "CANCELLED");
        checks.number(
                "goods set aside for it: " + purchase.quantity() * done,
                purchase.quantity() * done,
                ShopService.STOCK,
                "select coalesce(sum(quantity), 0) from reservation where gid = ? and state = 'RESERVED'",
                purchase.gid());
        checks.number(
                "parcels sent: " + done,
                done,
                ShopService.SHIPPING,
                "select count(*) from shipment where gid = ? and payment_id <> ''",
                purchase.gid());
    }

    private static void checkBooks(Books books, Result result) throws SQLException {
        ShopInvariants invariants = new ShopInvariants(books);
        result.checkAll(List.of(invariants.paymentsConserved(), invariants.stockHeld(), invariants.pointsConserved()));
    }
}
