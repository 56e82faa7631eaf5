package dev.entente.stories.demo;

import dev.entente.client.Entente;
import dev.entente.client.EntenteException;
import dev.entente.client.Filter;
import dev.entente.client.PlanBuilder;
import dev.entente.client.Retry;
import dev.entente.demo.OrderTopic;
import dev.entente.rig.Receiver;
import dev.entente.rig.Wait;
import dev.entente.stories.judge.Customers;
import dev.entente.stories.judge.Databases;
import dev.entente.stories.plans.BankTransfer;
import dev.entente.stories.plans.BigOrder;
import dev.entente.stories.plans.Purchase;
import dev.entente.stories.plans.Transfer;
import dev.entente.v1.CountTransactionsResponse;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import shop.v1.Fault;
import shop.v1.OrderEvent;

/**
 * A load of transactions of all patterns at a constant rate, until its thread is interrupted. Most succeed; some fail
 * in each possible way. The rate falls if the coordinator does not keep up. Few transactions wait for an operator.
 */
final class ContinuousLoad implements Runnable {
    /** The maximum rate, in transactions per second. */
    static final int MAX = 200;

    /** The limit of open transactions: above it the load submits none until some have finished. */
    private static final int MAX_OPEN = 1000;
    /** The limit of parked transactions, and of open approvals: above it the load submits no more of this kind. */
    private static final int MAX_FOR_PEOPLE = 12;
    /** The interval in seconds between two transactions that need a person. */
    private static final int SELDOM = 5;

    private static final int ATTEMPTS = 3;
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Retry SOON_PARKED = Retry.fixed(Duration.ofMillis(300), ATTEMPTS);
    private static final Retry SOON_GIVEN_UP = Retry.fixed(Duration.ofMillis(200), 2);
    /** The topics whose listeners publish no further event. */
    private static final List<OrderTopic> EVENTS = List.of(OrderTopic.ORDER_CONFIRMED, OrderTopic.ORDER_CANCELLED);

    private static final List<String> REGIONS = List.of("eu", "us", "ap");

    private final Entente entente;
    private final int perSecond;
    private final Random random;
    private int made = 10_000;

    ContinuousLoad(Entente entente, int perSecond, Random random) {
        this.entente = entente;
        this.perSecond = perSecond;
        this.random = random;
    }

    /** Creates the accounts and articles, and subscribes the listeners of the events. Blocks. */
    void open(Databases databases) throws SQLException {
        Customers.open(databases);
        EVENTS.forEach(topic -> TopicListener.of(topic).forEach(listener -> listener.subscribe(entente)));
    }

    @Override
    public void run() {
        try {
            for (int second = 0; ; second++) {
                try {
                    work(second);
                } catch (CompletionException | EntenteException refused) {
                    // The coordinator is unavailable or at capacity. The pause is random; the next second tries again.
                    System.err.println("the load pauses: " + refused.getMessage());
                    Wait.pause(SECOND.plusMillis(random.nextInt(1000)));
                }
            }
        } catch (InterruptedException reported) {
            Thread.currentThread().interrupt();
        }
    }

    /** Submits the transactions of one second, and waits until all are accepted. */
    private void work(int second) throws InterruptedException {
        long began = System.nanoTime();
        CountTransactionsResponse open = entente.transactions().count(Filter.open());
        List<CompletableFuture<?>> accepted = new ArrayList<>();
        if (second % (2 * SELDOM) == 0 && open.getParked() < MAX_FOR_PEOPLE) {
            accepted.add(parking().submitAsync());
        } else if (second % (2 * SELDOM) == SELDOM && open.getAwaitingApproval() < MAX_FOR_PEOPLE) {
            accepted.add(asking().submitAsync());
        }
        for (int i = 0; i < perSecond; i++) {
            Wait.pause(Duration.ofNanos(began - System.nanoTime())
                    .plus(SECOND.multipliedBy(i).dividedBy(perSecond)));
            if (open.getOpen() + i < MAX_OPEN) {
                accepted.add(any().label("region", REGIONS.get(random.nextInt(REGIONS.size())))
                        .submitAsync());
            }
        }
        Wait.pause(SECOND.minusNanos(System.nanoTime() - began));
        CompletableFuture.allOf(accepted.toArray(CompletableFuture[]::new)).join();
    }

    private String next(String kind) {
        return kind + "-" + ++made;
    }

    /** Returns a purchase that parks before the shipment or before the refund. A retry completes the transaction. */
    private PlanBuilder<?> parking() {
        Fault broken = Fault.newBuilder().setFailTimes(ATTEMPTS).build();
        return purchase(
                        random.nextBoolean()
                                ? Map.of("ship", broken)
                                : Map.of("add-points", PurchaseScenarios.rejecting("POINTS_CLOSED"), "refund", broken))
                .retry(SOON_PARKED);
    }

    private PlanBuilder<?> asking() {
        return new BigOrder(next("order"), account(), Customers.sku(random), 20_000 + cents(), Duration.ofMinutes(10))
                .saga(entente);
    }

    private PlanBuilder<?> any() {
        int drawn = random.nextInt(100);
        if (drawn < 40) {
            return purchase(trouble(drawn));
        } else if (drawn < 58) {
            long cents = drawn < 42 ? 2_000_000_000 : cents();
            Fault settling = drawn < 45 ? failing(2) : Fault.getDefaultInstance();
            return new Transfer(next("transfer"), account(), account(), cents, settling).declared(entente);
        } else if (drawn < 72) {
            long cents = random.nextBoolean() ? cents() : -cents();
            BankTransfer transfer = new BankTransfer(
                    next("bank"), account(), account(), cents, slow(300), drawn < 60 ? failing(1) : slow(100));
            return drawn < 62 ? transfer.threePhase(entente) : transfer.plan(entente);
        } else if (drawn < 88) {
            return event(drawn < 78);
        }
        String path = drawn == 88 ? "/closed" : "/flaky/" + random.nextInt(3);
        return entente.notification("order-paid")
                .gid(next("hook"))
                .post(entente.participant(Receiver.NAME), path)
                .jsonBody("{\"order\":\"order-" + made + "\"}")
                .retry(drawn == 88 ? SOON_GIVEN_UP : Retry.fixed(Duration.ofMillis(500), 10));
    }

    private PlanBuilder<?> purchase(Map<String, Fault> faults) {
        return new Purchase(next("order"), account(), Customers.sku(random), 1, cents(), faults).saga(entente);
    }

    private Map<String, Fault> trouble(int drawn) {
        return switch (drawn) {
            case 0, 1, 2 -> Map.of("add-points", PurchaseScenarios.rejecting("POINTS_CLOSED"), "refund", slow(800));
            case 3, 4 -> Map.of("charge", PurchaseScenarios.rejecting("CARD_DECLINED"));
            case 5, 6 -> Map.of("reserve", failing(1 + random.nextInt(5)));
            case 7 -> Map.of("charge", Fault.newBuilder().setLoseAnswers(1).build());
            case 8, 9, 10, 11 -> Map.of("ship", slow(3000));
            default -> Map.of();
        };
    }

    private PlanBuilder<?> event(boolean isFailing) {
        OrderTopic topic = EVENTS.get(random.nextInt(EVENTS.size()));
        OrderEvent.Builder event =
                OrderEvent.newBuilder().setOrder(next("event")).setAccount(account());
        return entente.message(topic.label())
                .gid(event.getOrder())
                .orderingKey(event.getAccount())
                .retry(Retry.exponential(Duration.ofMillis(200), Duration.ofSeconds(5), 100))
                .toTopic(
                        topic.label(),
                        event.setFault(isFailing ? failing(4) : slow(200)).build());
    }

    private String account() {
        return Customers.account(random);
    }

    private long cents() {
        return 100L + random.nextInt(2000);
    }

    private Fault slow(int mostMillis) {
        return Fault.newBuilder().setDelayMs(random.nextInt(mostMillis)).build();
    }

    private static Fault failing(int times) {
        return Fault.newBuilder().setFailTimes(times).build();
    }
}
