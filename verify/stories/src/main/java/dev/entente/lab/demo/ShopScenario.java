package dev.entente.lab.demo;

import dev.entente.demo.ShopService;
import dev.entente.lab.crash.CrashWorkload;
import dev.entente.lab.crash.Customers;
import dev.entente.lab.plans.ShopOrder;
import dev.entente.lab.plans.Trouble;
import dev.entente.lab.scenario.Checks;
import dev.entente.lab.scenario.GlobalScenario;
import dev.entente.lab.scenario.Playbill;
import dev.entente.lab.scenario.Result;
import dev.entente.lab.scenario.Scenario;
import dev.entente.lab.scenario.Stage;
import dev.entente.rig.Victim;
import dev.entente.v1.Transaction;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import shop.v1.Fault;

/**
 * The complete shop: an order from its validation to the notification of the customer, and every way in which it can
 * fail.
 *
 * @param only the step that fails, or null: one order for each way
 */
record ShopScenario(@Nullable ShopFailure only) implements GlobalScenario {
    private static final Playbill PLAYBILL = Playbill.named(
                    "shop",
                    ShopService.STOCK,
                    "Orders go all the way: validated, written with their message in one local transaction, goods"
                        + " reserved, paid, points given, shipped, closed, the customer told. One goes well; each of"
                        + " the others fails at another step, and leaves nothing behind but a cancelled order.")
            .andMail();

    private static final String GIDS = "demo-shop-";

    @Override
    public Playbill playbill() {
        return PLAYBILL;
    }

    @Override
    public Scenario failingAt(String step) {
        return new ShopScenario(ShopFailure.named(step));
    }

    @Override
    public void run(Stage stage, Result result) throws Exception {
        Customers.open(stage.books());
        OrderDesk desk = new OrderDesk(stage);
        Checks checks = new Checks(stage.books(), result);
        List<ShopFailure> ways = only == null ? List.of(ShopFailure.values()) : List.of(only);
        List<ShopFailure> placed = new ArrayList<>();
        for (ShopFailure way : ways) {
            if (way.place(desk, way.order(GIDS + way.label()))) {
                placed.add(way);
            } else {
                checkNothing(checks, way);
            }
        }
        DemoRelay relay = DemoRelay.start(stage, ShopService.ORDER);
        for (ShopFailure way : placed) {
            check(stage, checks, result, way);
        }
        relay.awaitEmpty();
        result.checkAll(desk.invariants(GIDS));
    }

    private static void checkNothing(Checks checks, ShopFailure way) throws SQLException {
        checks.number(
                "failing at " + way.label() + " leaves neither order nor message",
                0,
                ShopService.ORDER,
                "select (select count(*) from orders where id = ?) + (select count(*) from entente_outbox where id ="
                        + " ?)",
                GIDS + way.label(),
                GIDS + way.label());
    }

    private static void check(Stage stage, Checks checks, Result result, ShopFailure way) throws Exception {
        Transaction transaction = stage.awaitKnown(GIDS + way.label());
        result.tell(transaction);
        checks.ended(transaction, way.succeeds() ? Transaction.State.SUCCEEDED : Transaction.State.ABORTED);
        checks.effects(transaction.getGid(), way.effects());
        checks.number(
                "the order is " + (way.succeeds() ? "CREATED" : "CANCELLED"),
                1,
                ShopService.ORDER,
                "select count(*) from orders where id = ? and state = ?",
                transaction.getGid(),
                way.succeeds() ? "CREATED" : "CANCELLED");
    }

    @Override
    public CrashWorkload workload(Stage stage) throws Exception {
        OrderDesk desk = new OrderDesk(stage);
        CrashWorkload orders = new CrashWorkload(gids(), (gid, random) -> {
                    ShopFailure way = only == null ? ShopFailure.any(random) : only;
                    ShopOrder order = slowed(way.order(gid), random);
                    return OrderDesk.job(order, () -> way.place(desk, order));
                })
                .truth(_ -> desk.invariants(gids()));
        return DemoRelay.start(stage, ShopService.ORDER)
                .carrying(orders)
                .killing(Victim.participant(stage.shop(), ShopService.ORDER))
                .killing(Victim.participant(stage.shop(), ShopService.PAYMENT));
    }

    /** Any customer and any article, where the way to fail asks for none in particular. */
    static ShopOrder slowed(ShopOrder order, Random random) {
        Map<String, Fault> faults = new HashMap<>(order.faults());
        faults.put("open", Trouble.slow(random));
        faults.put("refund", Trouble.slow(random));
        return new ShopOrder(
                order.gid(),
                order.account().equals("alice") ? Customers.account(random) : order.account(),
                order.sku().equals("A-1") ? Customers.sku(random) : order.sku(),
                order.quantity(),
                order.cents(),
                faults);
    }
}
