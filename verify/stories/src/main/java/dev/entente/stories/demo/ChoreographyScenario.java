package dev.entente.stories.demo;

import com.google.protobuf.util.Timestamps;
import dev.entente.client.Filter;
import dev.entente.demo.OrderTopic;
import dev.entente.demo.ShopService;
import dev.entente.stories.judge.Customers;
import dev.entente.stories.judge.Law;
import dev.entente.stories.judge.ParticipantEffect;
import dev.entente.stories.plans.EventPath;
import dev.entente.v1.Transaction;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import shop.v1.Fault;
import shop.v1.OrderEvent;
import shop.v1.OrderEventsGrpc;

/** The checkout with events alone: there is no coordinating service, and events also undo earlier work. */
final class ChoreographyScenario {
    static final Scenario SCENARIO = Scenario.named(
                    "choreography",
                    ShopService.POINTS,
                    "A checkout without a coordinating service. Each service receives an event, does its work in one"
                            + " local transaction, and publishes its own event in the same transaction. One order"
                            + " succeeds. The others are refused by stock, by payment and by shipping, and events"
                            + " compensate the earlier work.",
                    ChoreographyScenario::play)
            .andMail()
            .killable();

    private static final String ORDERS = "demo-choreography-";
    private static final List<EventPath> PATHS = List.of(EventPath.values());
    /** The first response of each event's receiver is lost, so that the event is delivered twice. */
    private static final Fault TWICE = Fault.newBuilder().setLoseAnswers(1).build();

    private ChoreographyScenario() {}

    private static void play(ScenarioRun play) throws Exception {
        Customers.open(play.databases());
        TopicListener.subscribeAll(play.entente());
        DemoRelay relay =
                DemoRelay.start(play, ShopService.ORDER, ShopService.STOCK, ShopService.PAYMENT, ShopService.SHIPPING);
        Map<String, EventPath> orders = new ConcurrentSkipListMap<>();
        for (EventPath path : EventPath.values()) {
            orders.put(order(path), path);
            place(play, path.order(order(path), "alice", "A-1", TWICE));
        }
        awaitLast(play, orders);
        relay.kills(0).during(0, (number, random) -> {
            EventPath path = PATHS.get(random.nextInt(PATHS.size()));
            orders.put(ORDERS + number, path);
            place(play, path.order(ORDERS + number, Customers.account(random), Customers.sku(random), TWICE));
        });
        awaitLast(play, orders);
        play.awaitEnds(ORDERS);
        relay.awaitEmpty();
        for (EventPath path : List.of(EventPath.CONFIRMED, EventPath.PAYMENT_REFUSED)) {
            path.gids(order(path)).forEach(gid -> play.result().scenario(play.await(gid)));
        }
        checkEffects(play, orders);
        checkDatabases(play, orders);
        checkChains(play, orders);
    }

    /** Blocks until the last event of each order is accepted. */
    private static void awaitLast(ScenarioRun play, Map<String, EventPath> orders) throws Exception {
        for (Map.Entry<String, EventPath> order : orders.entrySet()) {
            play.awaitKnown(order.getValue().last().gid(order.getKey()));
        }
    }

    private static void place(ScenarioRun play, OrderEvent order) {
        OrderEventsGrpc.newBlockingStub(play.shop().channel(ShopService.ORDER)).place(order);
    }

    private static String order(EventPath path) {
        return ORDERS + path.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static void checkEffects(ScenarioRun play, Map<String, EventPath> orders) throws SQLException {
        List<ParticipantEffect> wrong = new ArrayList<>(play.databases().effects(ORDERS));
        long expected = 0;
        for (Map.Entry<String, EventPath> order : orders.entrySet()) {
            for (OrderTopic topic : order.getValue().topics()) {
                for (TopicListener listener : TopicListener.of(topic)) {
                    ParticipantEffect effect = listener.effect(order.getKey());
                    expected++;
                    if (!wrong.remove(effect)) {
                        wrong.add(effect);
                    }
                }
            }
        }
        play.check(
                "each listener processed each order's events once", wrong.isEmpty(), expected, "differences: " + wrong);
    }

    /** Checks that the services' databases agree about the orders, after all events are processed. */
    private static void checkDatabases(ScenarioRun play, Map<String, EventPath> orders) throws SQLException {
        List<String> confirmed = new ArrayList<>();
        List<String> cancelled = new ArrayList<>();
        orders.forEach((order, path) -> (path == EventPath.CONFIRMED ? confirmed : cancelled).add(order));
        same(
                play,
                "exactly the orders without a refusal are CREATED",
                confirmed,
                ShopService.ORDER,
                "id from orders where state = 'CREATED' and starts_with(id, ?)");
        same(
                play,
                "exactly the orders with a refusal are CANCELLED",
                cancelled,
                ShopService.ORDER,
                "id from orders where state = 'CANCELLED' and starts_with(id, ?)");
        same(
                play,
                "each CREATED order is paid once, and no other order is paid",
                confirmed,
                ShopService.PAYMENT,
                "substr(id, 3) from payment where state = 'CHARGED' and starts_with(id, 'p-' || ?)");
        same(
                play,
                "the goods of CREATED orders left once, and no other goods are reserved",
                confirmed,
                ShopService.STOCK,
                "substr(id, 3) from reservation where state <> 'RELEASED' and starts_with(id, 'r-' || ?)");
        same(
                play,
                "each CREATED order has one parcel, and no other order has one",
                confirmed,
                ShopService.SHIPPING,
                "order_id from shipment where starts_with(order_id, ?)");
        same(
                play,
                "each CREATED order earned points once, and no other order did",
                confirmed,
                ShopService.POINTS,
                "left(gid, -length('." + OrderTopic.ORDER_SHIPPED.label() + "')) from entry where starts_with(gid, ?)");
        same(
                play,
                "each CREATED order has one confirmation mail, and no other order has one",
                confirmed,
                ShopService.MAIL,
                "recipient from mail where subject = 'Confirmed' and starts_with(recipient, ?)");
        same(
                play,
                "each CANCELLED order has one cancellation mail, and no other order has one",
                cancelled,
                ShopService.MAIL,
                "recipient from mail where subject = 'Cancelled' and starts_with(recipient, ?)");
        play.hold(Law.PAYMENTS, Law.GOODS, Law.GOODS_HELD, Law.POINTS);
    }

    private static void same(ScenarioRun play, String name, List<String> expected, ShopService service, String rows)
            throws SQLException {
        play.same(name, expected, service, "select " + rows, ORDERS);
    }

    /**
     * Checks the coordinator's events under each order's label, in the order of acceptance. An event is accepted after
     * its cause, because its sender receives the cause only after the cause's acceptance.
     */
    private static void checkChains(ScenarioRun play, Map<String, EventPath> orders) {
        List<String> wrong = new ArrayList<>();
        orders.forEach((order, path) -> {
            List<Transaction> events = play.entente()
                    .transactions()
                    .list(Filter.all().label(OrderTopic.CHAIN, order))
                    .sorted(Comparator.comparing(Transaction::getCreateTime, Timestamps.comparator()))
                    .toList();
            List<String> gids = events.stream().map(Transaction::getGid).toList();
            List<String> causes = events.stream()
                    .skip(1)
                    .map(event -> event.getLabelsOrDefault(OrderTopic.CAUSE, ""))
                    .toList();
            List<String> expected = path.gids(order);
            if (!gids.equals(expected) || !causes.equals(expected.subList(0, expected.size() - 1))) {
                wrong.add(order + ": " + gids);
            }
        });
        play.check(
                "tx list --label chain=ORDER lists exactly the order's events, each after its cause",
                wrong.isEmpty(),
                orders.size(),
                ScenarioRun.shown(wrong));
    }
}
