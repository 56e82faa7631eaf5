package dev.entente.lab.demo;

import dev.entente.client.Entente;
import dev.entente.demo.OrderTopic;
import dev.entente.demo.ShopService;
import dev.entente.lab.crash.CrashJob;
import dev.entente.lab.crash.CrashWorkload;
import dev.entente.lab.crash.Customers;
import dev.entente.lab.judge.Claim;
import dev.entente.lab.judge.ParticipantEffect;
import dev.entente.lab.plans.EventPath;
import dev.entente.lab.plans.Trouble;
import dev.entente.lab.scenario.GlobalScenario;
import dev.entente.lab.scenario.Playbill;
import dev.entente.lab.scenario.Result;
import dev.entente.lab.scenario.Stage;
import dev.entente.rig.Readiness;
import dev.entente.rig.StoredTransactions;
import dev.entente.rig.Victim;
import dev.entente.rig.Wait;
import dev.entente.v1.Pattern;
import dev.entente.v1.Transaction;
import dev.entente.wire.Decision;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import shop.v1.Fault;
import shop.v1.OrderEvent;
import shop.v1.OrderEventsGrpc;

/** The checkout as events alone: nobody coordinates, and what was done is taken back by events, too. */
final class ChoreographyScenario implements GlobalScenario {
    private static final Playbill PLAYBILL = Playbill.named(
                    "choreography",
                    ShopService.POINTS,
                    "The checkout without anybody who coordinates: each service takes an event, does its part in one"
                        + " local transaction, and says there what has happened. One order goes well; the others are"
                        + " refused by stock, by payment and by shipping, and what was done before is taken back by"
                        + " events.")
            .andMail();

    /** Each order is several transactions. */
    private static final int CLIENTS = 100;
    /** A chain takes a second or two: nobody asks for its end more often than that. */
    private static final Duration PAUSE = Duration.ofMillis(300);

    private static final String ORDERS = "demo-choreography-";
    /** Whoever takes an event answers nothing at first, so that it comes twice. */
    private static final Fault TWICE = Fault.newBuilder().setLoseAnswers(1).build();
    /** Those who say what has happened. */
    private static final ShopService[] SPEAKERS = {
        ShopService.ORDER, ShopService.STOCK, ShopService.PAYMENT, ShopService.SHIPPING
    };

    @Override
    public Playbill playbill() {
        return PLAYBILL;
    }

    @Override
    public void run(Stage stage, Result result) throws Exception {
        TopicListener.subscribeAll(stage.entente());
        DemoRelay relay = DemoRelay.start(stage, SPEAKERS);
        Map<String, EventPath> placed = new LinkedHashMap<>();
        for (EventPath path : EventPath.values()) {
            String order = ORDERS + path.name().toLowerCase(Locale.ROOT).replace('_', '-');
            place(stage, path.order(order, TWICE));
            placed.put(order, path);
        }
        for (Map.Entry<String, EventPath> order : placed.entrySet()) {
            stage.awaitKnown(order.getValue().last().gid(order.getKey()));
            tell(stage, result, order.getKey(), order.getValue());
        }
        relay.awaitEmpty();
        result.checkAll(new ChoreographyBooks(stage, relay, ORDERS, placed).read());
    }

    /** Tells each event of the order that goes well and of the one that is not paid; counts the others. */
    private static void tell(Stage stage, Result result, String order, EventPath path) throws SQLException {
        List<ParticipantEffect> expected = new ArrayList<>();
        for (OrderTopic topic : path.topics()) {
            Transaction event = stage.await(topic.gid(order));
            result.count(event.getState().name());
            if (path == EventPath.CONFIRMED || path == EventPath.PAYMENT_REFUSED) {
                result.story(event);
            }
            TopicListener.of(topic).forEach(listener -> expected.add(listener.effect(order)));
        }
        List<ParticipantEffect> found = stage.books().effects(order + ".");
        result.check(
                order + ": " + path.topics().size() + " events, each taken once by everybody who listens",
                found.size() == expected.size() && new HashSet<>(found).equals(new HashSet<>(expected)),
                expected.size(),
                "the ledgers hold " + found);
    }

    private static void place(Stage stage, OrderEvent order) {
        OrderEventsGrpc.newBlockingStub(stage.shop().channel(ShopService.ORDER)).place(order);
    }

    @Override
    public CrashWorkload workload(Stage stage) throws Exception {
        TopicListener.subscribeAll(stage.entente());
        DemoRelay relay = DemoRelay.start(stage, SPEAKERS);
        Map<String, EventPath> placed = new ConcurrentHashMap<>();
        CrashWorkload orders = new CrashWorkload(gids(), (order, random) -> job(stage, order, random, placed))
                .truth(_ -> new ChoreographyBooks(stage, relay, gids(), placed).read())
                .followedBy(stored -> claims(stored, placed))
                .decisionKillEvery(0)
                .clients(CLIENTS);
        return relay.carrying(orders)
                .killing(Victim.participant(stage.shop(), ShopService.STOCK))
                .killing(Victim.participant(stage.shop(), ShopService.PAYMENT));
    }

    /** The client waits for the last event that is said of its order. */
    private static CrashJob job(Stage stage, String order, Random random, Map<String, EventPath> placed) {
        EventPath path = EventPath.any(random);
        OrderEvent event = path.order(order, Customers.account(random), Customers.sku(random), trouble(random));
        String last = path.last().gid(order);
        placed.put(order, path);
        return new CrashJob(last, Pattern.MESSAGE, TopicListener.branches(path.last()), (entente, accepted) -> {
            place(stage, event);
            accepted.run();
            awaitKnown(entente, last);
        });
    }

    private static Fault trouble(Random random) {
        Fault.Builder trouble = Trouble.slow(random).toBuilder();
        return random.nextInt(4) == 0 ? trouble.setLoseAnswers(1).build() : trouble.build();
    }

    private static void awaitKnown(Entente entente, String gid) throws InterruptedException {
        long end = System.nanoTime() + Readiness.limit().toNanos();
        while (entente.transactions().decision(gid) == Decision.UNKNOWN && System.nanoTime() < end) {
            Wait.pause(PAUSE);
        }
    }

    /** Returns a claim for every event but the last of each order, which is its client's own. */
    private static List<Claim> claims(StoredTransactions stored, Map<String, EventPath> placed) {
        List<Claim> claims = new ArrayList<>();
        placed.forEach((order, path) -> path.topics().stream()
                .filter(topic -> topic != path.last())
                .forEach(topic -> stored.find(topic.gid(order))
                        .map(event -> new Claim(
                                topic.gid(order),
                                Pattern.MESSAGE,
                                TopicListener.branches(topic),
                                Claim.End.of(event.state(), event.parked() != null)))
                        .ifPresent(claims::add)));
        return claims;
    }
}
