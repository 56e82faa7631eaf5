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
import dev.entente.lab.scenario.Stage;
import dev.entente.rig.Victim;
import dev.entente.v1.Transaction;
import java.util.Map;
import java.util.Random;
import shop.v1.Fault;

/** An order's row and the message that sets off its saga are one local transaction; a relay hands the message over. */
final class OutboxOrders implements GlobalScenario {
    private static final Playbill PLAYBILL = Playbill.named(
                    "outbox",
                    ShopService.POINTS,
                    "The shop writes an order and, in the same local transaction, the message that sets off its saga."
                            + " No coordinator is asked; a relay hands it over later. Another order is rolled back, and"
                            + " its message with it. Then the relay is killed in the middle of a batch.")
            .andMail();

    private static final String GID = "demo-outbox";
    private static final String ORDERS = "select count(*) from orders where id = ? and state = ?";

    @Override
    public Playbill playbill() {
        return PLAYBILL;
    }

    @Override
    public void run(Stage stage, Result result) throws Exception {
        Customers.open(stage.books());
        OrderDesk desk = new OrderDesk(stage);
        Checks checks = new Checks(stage.books(), result);
        desk.place(new ShopOrder(GID, "alice", "A-1", 2, 1800, Map.of()), false);
        desk.place(new ShopOrder(GID + "-not", "alice", "A-1", 2, 1800, Map.of()), true);
        checks.number("the order stands, and waits", 1, ShopService.ORDER, ORDERS, GID, "PENDING");
        checks.number("its message stands beside it", 1, ShopService.ORDER, "select count(*) from entente_outbox");

        DemoRelay relay = DemoRelay.start(stage, ShopService.ORDER);
        relay.awaitEmpty();
        Transaction transaction = stage.await(GID);
        result.tell(transaction);
        checks.ended(transaction, Transaction.State.SUCCEEDED);
        checks.number("the order is through", 1, ShopService.ORDER, ORDERS, GID, "CREATED");
        relay.dieInABatch(GID, gid -> desk.place(any(gid, stage.random()), false), result);
        result.checkAll(desk.invariants(GID));
    }

    @Override
    public CrashWorkload workload(Stage stage) throws Exception {
        OrderDesk desk = new OrderDesk(stage);
        CrashWorkload orders = new CrashWorkload(gids(), (gid, random) -> {
                    ShopOrder order = any(gid, random);
                    boolean changesItsMind = random.nextInt(8) == 0;
                    return OrderDesk.job(order, () -> {
                        desk.place(order, changesItsMind);
                        return !changesItsMind;
                    });
                })
                .truth(_ -> desk.invariants(gids()));
        return DemoRelay.start(stage, ShopService.ORDER)
                .carrying(orders)
                .killing(Victim.participant(stage.shop(), ShopService.PAYMENT));
    }

    /** Now and then one that the points service refuses, after it was paid. */
    private static ShopOrder any(String gid, Random random) {
        Fault points = random.nextInt(4) == 0 ? Trouble.rejecting("POINTS_CLOSED") : Fault.getDefaultInstance();
        return new ShopOrder(
                gid,
                Customers.account(random),
                Customers.sku(random),
                1,
                100L + random.nextInt(900),
                Map.of("reserve", Trouble.slow(random), "refund", Trouble.slow(random), "points", points));
    }
}
