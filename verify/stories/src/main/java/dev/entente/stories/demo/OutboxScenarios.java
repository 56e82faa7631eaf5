package dev.entente.stories.demo;

import dev.entente.demo.ShopService;
import dev.entente.stories.judge.Customers;
import dev.entente.stories.plans.Purchase;
import dev.entente.v1.Transaction;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import shop.v1.CustomerServiceGrpc;
import shop.v1.Fault;
import shop.v1.RegisterRequest;

/** Scenarios of services that write their work and its messages in one local transaction. */
final class OutboxScenarios {
    static final List<Scenario> ALL = List.of(
            Scenario.named(
                            "outbox",
                            ShopService.POINTS,
                            "The shop writes an order and, in the same local transaction, the message that starts its"
                                    + " saga. No coordinator is called; a relay delivers the message later. Another"
                                    + " order is rolled back together with its message. Then the relay is killed in the"
                                    + " middle of a batch.",
                            OutboxScenarios::outbox)
                    .andMail()
                    .killable(),
            Scenario.named(
                            "registration",
                            ShopService.MAIL,
                            "A customer registers. One local transaction writes her row and two messages: a welcome"
                                    + " mail and 100 points. The relay that delivers the messages is killed in the"
                                    + " middle of a batch. Each customer still gets one mail and 100 points.",
                            OutboxScenarios::register)
                    .with(ShopService.CUSTOMER, ShopService.MAIL, ShopService.POINTS)
                    .killable());

    static final Scenario SHOP = Scenario.named(
                    "shop",
                    ShopService.STOCK,
                    "Orders go through all steps: validate, write with their message in one local transaction, reserve"
                            + " goods, pay, add points, ship, close, notify the customer. One order succeeds. Each of"
                            + " the others fails at a different step, and leaves at most a cancelled order.",
                    OutboxScenarios::shop)
            .andMail();

    private static final int BATCH = 120;
    static final int ROLLED_BACK_EVERY = 8;
    private static final String HUNDRED = " points = 100 and starts_with(account_id, ?)";
    private static final String ORDERS = "select count(*) from orders where id = ? and state = ?";

    private OutboxScenarios() {}

    /** Delays a call, so that a kill happens while the call is in flight. */
    private static Fault slow(Random random) {
        return Fault.newBuilder().setDelayMs(50 + random.nextInt(400)).build();
    }

    // ---- outbox

    private static void outbox(ScenarioRun play) throws Exception {
        Customers.open(play.databases());
        OrderIntake intake = new OrderIntake(play);
        String gid = "demo-outbox";
        intake.place(new Purchase(gid, "alice", "A-1", 2, 1800, Map.of()), false);
        intake.place(new Purchase(gid + "-not", "alice", "A-1", 2, 1800, Map.of()), true);
        play.number("the order is stored as PENDING", 1, ShopService.ORDER, ORDERS, gid, "PENDING");
        play.number("its message is in the outbox", 1, ShopService.ORDER, "select count(*) from entente_outbox");
        DemoRelay relay = DemoRelay.start(play, ShopService.ORDER);
        relay.awaitEmpty();
        play.reported(gid, Transaction.State.SUCCEEDED);
        play.number("the order is CREATED", 1, ShopService.ORDER, ORDERS, gid, "CREATED");
        relay.kills(1)
                .during(
                        BATCH,
                        (number, random) ->
                                intake.place(any(gid + "-" + number, random), random.nextInt(ROLLED_BACK_EVERY) == 0));
        relay.awaitEmpty();
        play.awaitEnds(gid + "-");
        intake.check(gid);
    }

    /** Returns a random purchase. The points service rejects one in four, after the payment. */
    static Purchase any(String gid, Random random) {
        Fault points =
                random.nextInt(4) == 0 ? PurchaseScenarios.rejecting("POINTS_CLOSED") : Fault.getDefaultInstance();
        return new Purchase(
                gid,
                Customers.account(random),
                Customers.sku(random),
                1,
                100L + random.nextInt(900),
                Map.of("reserve", slow(random), "refund", slow(random), "points", points));
    }

    // ---- registration

    private static void register(ScenarioRun play) throws Exception {
        String name = "demo-registration";
        register(play, name, Fault.getDefaultInstance());
        play.number(
                "the customer exists", 1, ShopService.CUSTOMER, "select count(*) from customer where name = ?", name);
        play.number("two messages are in the outbox", 2, ShopService.CUSTOMER, "select count(*) from entente_outbox");
        DemoRelay relay = DemoRelay.start(play, ShopService.CUSTOMER);
        relay.awaitEmpty();
        play.reported(name, Transaction.State.SUCCEEDED);
        relay.kills(1).during(BATCH, (number, random) -> register(play, name + "-" + number, slow(random)));
        relay.awaitEmpty();
        play.awaitEnds(name + "-");
        List<String> customers = play.databases()
                .texts(ShopService.CUSTOMER, "select name from customer where starts_with(name, ?)", name);
        play.await(
                "the mails to customers",
                () -> play.databases().number(ShopService.POINTS, "select count(*) from entry where" + HUNDRED, name)
                        >= customers.size());
        play.same(
                "each customer got one welcome mail, and there are no other mails",
                customers,
                ShopService.MAIL,
                "select recipient from mail where starts_with(recipient, ?)",
                name);
        play.same(
                "each customer got 100 points once, and there are no other entries",
                customers,
                ShopService.POINTS,
                "select account_id from entry where" + HUNDRED,
                name);
        play.number(
                "no account has more or less than 100 points",
                0,
                ShopService.POINTS,
                "select count(*) from account where points <> 100 and starts_with(id, ?)",
                name);
        play.number("the outbox is empty", 0, ShopService.CUSTOMER, "select count(*) from entente_outbox");
    }

    private static void register(ScenarioRun play, String name, Fault delivery) {
        CustomerServiceGrpc.newBlockingStub(play.shop().channel(ShopService.CUSTOMER))
                .register(RegisterRequest.newBuilder()
                        .setName(name)
                        .setDelivery(delivery)
                        .build());
    }

    // ---- shop

    private static void shop(ScenarioRun play) throws Exception {
        Customers.open(play.databases());
        OrderIntake intake = new OrderIntake(play);
        List<ShopFailure> placed = new ArrayList<>();
        for (ShopFailure failure : play.stage().ways()) {
            Purchase order = failure.order("demo-shop-" + failure.label());
            if (order.makesSense()) {
                intake.place(order, failure == ShopFailure.CREATE);
            }
            if (failure.isPlaced()) {
                placed.add(failure);
            } else {
                checkNothing(play, failure, order.gid());
            }
        }
        DemoRelay relay = DemoRelay.start(play, ShopService.ORDER);
        for (ShopFailure failure : placed) {
            checkEnd(play, failure, "demo-shop-" + failure.label());
            play.number(
                    "the order is " + (failure.succeeds() ? "CREATED" : "CANCELLED"),
                    1,
                    ShopService.ORDER,
                    ORDERS,
                    "demo-shop-" + failure.label(),
                    failure.succeeds() ? "CREATED" : "CANCELLED");
        }
        relay.awaitEmpty();
        intake.check("demo-shop-");
    }

    private static void checkNothing(ScenarioRun play, ShopFailure failure, String gid) throws SQLException {
        play.number(
                "an order that fails at " + failure.label() + " leaves neither a row nor a message",
                0,
                ShopService.ORDER,
                "select (select count(*) from orders where id = ?) + (select count(*) from entente_outbox where id ="
                        + " ?)",
                gid,
                gid);
    }

    /** Prints an order's transaction, and checks its final state and its effects. */
    static void checkEnd(ScenarioRun play, ShopFailure failure, String gid) throws Exception {
        play.awaitKnown(gid);
        play.reported(gid, failure.succeeds() ? Transaction.State.SUCCEEDED : Transaction.State.ABORTED);
        play.effects(gid, failure.effects());
    }
}
