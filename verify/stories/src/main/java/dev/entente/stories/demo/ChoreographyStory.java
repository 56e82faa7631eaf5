package dev.entente.stories.demo;

import com.google.protobuf.util.Timestamps;
import dev.entente.client.Filter;
import dev.entente.demo.OrderTopic;
import dev.entente.demo.ShopService;
import dev.entente.stories.judge.Law;
import dev.entente.stories.judge.ParticipantEffect;
import dev.entente.stories.plans.EventPath;
import dev.entente.v1.Transaction;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import shop.v1.Fault;
import shop.v1.OrderEventsGrpc;

/** The checkout as events alone: nobody coordinates, and what was done is taken back by events, too. */
final class ChoreographyStory {
    static final Story STORY = Story.named(
                    "choreography",
                    ShopService.POINTS,
                    "The checkout without anybody who coordinates: each service takes an event, does its part in one"
                            + " local transaction, and says there what has happened. One order goes well; the others"
                            + " are refused by stock, by payment and by shipping, and what was done before is taken"
                            + " back by events.",
                    ChoreographyStory::play)
            .andMail();

    private static final String ORDERS = "demo-choreography-";
    /** Whoever takes an event answers nothing at first, so that it comes twice. */
    private static final Fault TWICE = Fault.newBuilder().setLoseAnswers(1).build();

    private ChoreographyStory() {}

    private static void play(Play play) throws Exception {
        TopicListener.subscribeAll(play.entente());
        DemoRelay relay =
                DemoRelay.start(play, ShopService.ORDER, ShopService.STOCK, ShopService.PAYMENT, ShopService.SHIPPING);
        for (EventPath path : EventPath.values()) {
            OrderEventsGrpc.newBlockingStub(play.shop().channel(ShopService.ORDER))
                    .place(path.order(order(path), TWICE));
        }
        for (EventPath path : EventPath.values()) {
            play.awaitKnown(path.last().gid(order(path)));
            tell(play, path);
        }
        relay.awaitEmpty();
        checkDatabases(play);
        checkChains(play);
    }

    private static String order(EventPath path) {
        return ORDERS + path.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Tells each event of the order that goes well and of the one that is not paid; counts the others. */
    private static void tell(Play play, EventPath path) throws SQLException {
        String order = order(path);
        List<ParticipantEffect> expected = new ArrayList<>();
        for (OrderTopic topic : path.topics()) {
            Transaction event = play.await(topic.gid(order));
            play.result().count(event.getState().name());
            if (path == EventPath.CONFIRMED || path == EventPath.PAYMENT_REFUSED) {
                play.result().story(event);
            }
            TopicListener.of(topic).forEach(listener -> expected.add(listener.effect(order)));
        }
        List<ParticipantEffect> found = play.books().effects(order + ".");
        play.check(
                order + ": " + path.topics().size() + " events, each taken once by everybody who listens",
                found.size() == expected.size() && new HashSet<>(found).equals(new HashSet<>(expected)),
                expected.size(),
                "the ledgers hold " + found);
    }

    /** The services' databases agree about the orders once nothing is on its way any more. */
    private static void checkDatabases(Play play) throws SQLException {
        List<String> confirmed = List.of(order(EventPath.CONFIRMED));
        List<String> cancelled = List.of(
                order(EventPath.STOCK_REFUSED), order(EventPath.PAYMENT_REFUSED), order(EventPath.SHIPPING_REFUSED));
        same(
                play,
                "orders that nobody refused are CREATED, and no others",
                confirmed,
                ShopService.ORDER,
                "id from orders where state = 'CREATED' and starts_with(id, ?)");
        same(
                play,
                "orders that somebody refused are CANCELLED, and no others",
                cancelled,
                ShopService.ORDER,
                "id from orders where state = 'CANCELLED' and starts_with(id, ?)");
        same(
                play,
                "CREATED orders are paid once, and no others",
                confirmed,
                ShopService.PAYMENT,
                "substr(id, 3) from payment where state = 'CHARGED' and starts_with(id, 'p-' || ?)");
        same(
                play,
                "the goods of CREATED orders have left once, and no others are held",
                confirmed,
                ShopService.STOCK,
                "substr(id, 3) from reservation where state <> 'RELEASED' and starts_with(id, 'r-' || ?)");
        same(
                play,
                "CREATED orders have one parcel, and no others",
                confirmed,
                ShopService.SHIPPING,
                "order_id from shipment where starts_with(order_id, ?)");
        same(
                play,
                "CREATED orders earned points once, and no others",
                confirmed,
                ShopService.POINTS,
                "left(gid, -length('." + OrderTopic.ORDER_SHIPPED.label() + "')) from entry where starts_with(gid, ?)");
        same(
                play,
                "customers were told once of CREATED orders",
                confirmed,
                ShopService.MAIL,
                "recipient from mail where subject = 'Confirmed' and starts_with(recipient, ?)");
        same(
                play,
                "customers were told once of CANCELLED orders",
                cancelled,
                ShopService.MAIL,
                "recipient from mail where subject = 'Cancelled' and starts_with(recipient, ?)");
        play.hold(Law.PAYMENTS, Law.GOODS, Law.GOODS_HELD, Law.POINTS);
    }

    private static void same(Play play, String name, List<String> expected, ShopService service, String rows)
            throws SQLException {
        play.same(name, expected, service, "select " + rows, ORDERS);
    }

    /**
     * The coordinator's events under each order's label, in the order of their acceptance: no event is accepted before
     * the one that caused it, for nobody was told of that one before.
     */
    private static void checkChains(Play play) {
        List<String> wrong = new ArrayList<>();
        for (EventPath path : EventPath.values()) {
            List<Transaction> events = play.entente()
                    .transactions()
                    .list(Filter.all().label(OrderTopic.CHAIN, order(path)))
                    .sorted(Comparator.comparing(Transaction::getCreateTime, Timestamps.comparator()))
                    .toList();
            List<String> gids = events.stream().map(Transaction::getGid).toList();
            List<String> causes = events.stream()
                    .skip(1)
                    .map(event -> event.getLabelsOrDefault(OrderTopic.CAUSE, ""))
                    .toList();
            List<String> expected = path.gids(order(path));
            if (!gids.equals(expected) || !causes.equals(expected.subList(0, expected.size() - 1))) {
                wrong.add(order(path) + ": " + gids);
            }
        }
        play.check(
                "tx list --label chain=ORDER has the order's events and no others, each behind its cause",
                wrong.isEmpty(),
                EventPath.values().length,
                Play.shown(wrong));
    }
}
