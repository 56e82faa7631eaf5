package dev.entente.lab.demo;

import dev.entente.demo.ShopService;
import dev.entente.lab.crash.CrashWorkload;
import dev.entente.lab.crash.Customers;
import dev.entente.lab.plans.ShopOrder;
import dev.entente.rig.Kill;
import dev.entente.rig.Victim;
import dev.entente.v1.Transaction;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import shop.v1.Fault;

/** An order's row and the message that sets off its saga are one local transaction; a relay hands the message over. */
final class OutboxOrders implements Scenario {
    private static final String GID = "demo-outbox";
    private static final int BATCH = 120;
    private static final String ORDERS = "select count(*) from orders where id = ? and state = ?";

    @Override
    public String name() {
        return "outbox";
    }

    @Override
    public String story() {
        return "The shop writes an order and, in the same local transaction, the message that sets off its saga. No"
            + " coordinator is asked; a relay hands it over later. Another order is rolled back, and its message with"
            + " it. Then the relay is killed in the middle of a batch.";
    }

    @Override
    public ShopService liar() {
        return ShopService.POINTS;
    }

    @Override
    public Set<ShopService> services() {
        return withMail();
    }

    /** The six services of the shop, and mail. */
    static Set<ShopService> withMail() {
        return EnumSet.of(
                ShopService.ORDER,
                ShopService.STOCK,
                ShopService.PAYMENT,
                ShopService.POINTS,
                ShopService.SHIPPING,
                ShopService.ACCOUNT,
                ShopService.MAIL);
    }

    @Override
    public boolean isQuick() {
        return false;
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
        killInABatch(stage, desk, relay, result);
        result.checkAll(desk.invariants(GID));
    }

    private static void killInABatch(Stage stage, OrderDesk desk, DemoRelay relay, Result result) throws Exception {
        long start = System.nanoTime();
        relay.kill();
        for (int i = 0; i < BATCH; i++) {
            desk.place(any(GID + "-" + i, stage.random()), false);
        }
        relay.startAgain();
        long claimed = relay.killInABatch();
        result.killed(
                new Kill(Duration.ofNanos(System.nanoTime() - start).toMillis(), "relay, in a batch of " + claimed));
        result.check("the relay died in the middle of a batch", claimed > 0, claimed);
        relay.startAgain();
        relay.awaitEmpty();
        for (int i = 0; i < BATCH; i++) {
            result.count(stage.await(GID + "-" + i).getState().name());
        }
    }

    @Override
    public CrashWorkload workload(Stage stage) {
        OrderDesk desk = new OrderDesk(stage);
        DemoRelay[] relay = new DemoRelay[1];
        return new Repeated(
                        gids(),
                        stage,
                        (gid, random) -> {
                            ShopOrder order = any(gid, random);
                            boolean changesItsMind = random.nextInt(8) == 0;
                            return OrderDesk.job(order, () -> {
                                desk.place(order, changesItsMind);
                                return !changesItsMind;
                            });
                        },
                        () -> desk.invariants(gids()))
                .preparedBy(() -> {
                    Customers.open(stage.books());
                    relay[0] = DemoRelay.start(stage, ShopService.ORDER);
                })
                .withBacklog(() -> relay[0].pending())
                .decisionKillEvery(3)
                .killing(new Victim("relay", () -> relay[0].killInABatch(), () -> relay[0].startAgain()))
                .killing(Victim.participant(stage.shop(), ShopService.PAYMENT));
    }

    /** Now and then one that the points service refuses, after it was paid. */
    private static ShopOrder any(String gid, Random random) {
        Fault points = random.nextInt(4) == 0
                ? Fault.newBuilder().setReject("POINTS_CLOSED").build()
                : Fault.getDefaultInstance();
        return new ShopOrder(
                gid,
                Customers.account(random),
                Customers.sku(random),
                1,
                100L + random.nextInt(900),
                Map.of("reserve", Repeated.slow(random), "refund", Repeated.slow(random), "points", points));
    }
}
