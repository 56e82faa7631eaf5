package dev.entente.stories.demo;

import dev.entente.client.PlanBuilder;
import dev.entente.client.Submitted;
import dev.entente.demo.ShopService;
import dev.entente.stories.judge.Customers;
import dev.entente.stories.judge.Law;
import dev.entente.stories.judge.ParticipantEffect;
import dev.entente.stories.plans.HeldCalls;
import dev.entente.stories.plans.Purchase;
import dev.entente.stories.plans.Transfer;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.Transaction;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import shop.v1.Fault;

/** Scenarios of customers who buy goods: sagas over five services. */
final class PurchaseScenarios {
    static final List<Scenario> REFUSALS = List.of(
            Scenario.quick(
                    "checkout",
                    ShopService.PAYMENT,
                    "Alice buys two A-1. Five services do their work, one after another; shipping is the point of no"
                            + " return.",
                    play -> buy(play, "checkout", "alice", Map.of(), Purchase.METHODS)),
            Scenario.quick(
                    "payment-rejected",
                    ShopService.STOCK,
                    "Carol buys the same, but has only 500 cents. The payment service rejects the call; the earlier"
                            + " steps are undone in reverse order.",
                    play -> buy(
                            play,
                            "payment-rejected",
                            "carol",
                            Map.of(),
                            List.of(
                                    "OrderService/Create",
                                    "StockService/Reserve",
                                    "StockService/Release",
                                    "OrderService/Cancel"))),
            Scenario.quick(
                    "points-fail",
                    ShopService.PAYMENT,
                    "Bob has paid when the points service rejects the call. The payment is refunded by the id that"
                            + " Charge returned, then the goods are released, then the order is cancelled.",
                    play -> buy(
                            play,
                            "points-fail",
                            "bob",
                            Map.of("add-points", rejecting("POINTS_CLOSED")),
                            Purchase.REFUNDED)));

    static final List<Scenario> TROUBLES = List.of(
            Scenario.quick(
                    "recovery",
                    ShopService.STOCK,
                    "120 purchases and transfers are in progress: some forward, some in compensation, some confirming."
                            + " The coordinator is killed with -9 and restarted. Each transaction must finish, and each"
                            + " final state must match the participants' databases.",
                    PurchaseScenarios::recover),
            Scenario.quick(
                    "participant-down",
                    ShopService.POINTS,
                    "The points service is killed before Alice buys again. Her saga waits at the points step. Calls"
                            + " that are not sent do not count as attempts. When the service is available again, the"
                            + " saga continues.",
                    PurchaseScenarios::waitForParticipant));

    static final Scenario OVERSELL = Scenario.quick(
            "oversell",
            ShopService.PAYMENT,
            "Ten pieces are left, and 200 customers check out at the same moment. Exactly ten get one; all other"
                    + " orders are rejected, and these customers pay nothing.",
            PurchaseScenarios::oversell);

    private static final String LEFT = "select coalesce(max(cents), 0) from account where id = ?";
    private static final String POINTS = "select coalesce(max(points), 0) from account where id = ?";
    private static final int UNDER_WAY = 120;
    private static final int CHECKOUTS = 200;
    private static final int PIECES = 10;

    private PurchaseScenarios() {}

    /** Returns a fault that makes a participant reject the call with this reason. */
    static Fault rejecting(String reason) {
        return Fault.newBuilder().setReject(reason).build();
    }

    /** Makes one purchase and checks its effects. */
    private static void buy(
            ScenarioRun play, String name, String account, Map<String, Fault> faults, List<String> effects)
            throws SQLException {
        boolean succeeds = effects.contains("ShippingService/Create");
        long cents = 1500L + play.random().nextInt(500);
        Purchase purchase = new Purchase("demo-" + name, account, "A-1", 2, cents, faults);
        long money = play.databases().number(ShopService.PAYMENT, LEFT, account);
        long points = play.databases().number(ShopService.POINTS, POINTS, account);
        play.submitted(
                purchase.saga(play.entente()), succeeds ? Transaction.State.SUCCEEDED : Transaction.State.ABORTED);
        play.effects(purchase.gid(), effects);
        long done = succeeds ? 1 : 0;
        String end = succeeds ? "CREATED" : "CANCELLED";
        long paid = cents * done;
        long got = purchase.points() * done;
        play.number(account + " paid " + paid + " cents", money - paid, ShopService.PAYMENT, LEFT, account);
        play.number(account + " got " + got + " points", points + got, ShopService.POINTS, POINTS, account);
        play.number(
                "the order is " + end,
                1,
                ShopService.ORDER,
                "select count(*) from orders where id = ? and state = ?",
                purchase.gid(),
                end);
        play.number(
                "goods reserved for the order: " + 2 * done,
                2 * done,
                ShopService.STOCK,
                "select coalesce(sum(quantity), 0) from reservation where gid = ? and state = 'RESERVED'",
                purchase.gid());
        play.number(
                "parcels sent: " + done,
                done,
                ShopService.SHIPPING,
                "select count(*) from shipment where gid = ? and payment_id <> ''",
                purchase.gid());
        play.hold(Law.PAYMENTS, Law.GOODS_HELD, Law.POINTS);
    }

    // ---- recovery

    /** Kills the coordinator when all transactions are durable and each waits for a held call. */
    private static void recover(ScenarioRun play) throws Exception {
        long open;
        try (HeldCalls held = HeldCalls.hold()) {
            List<CompletableFuture<Submitted>> accepted = new ArrayList<>();
            for (int i = 0; i < UNDER_WAY; i++) {
                accepted.add(anyOf(play, i, held.fault()).submitAsync());
            }
            CompletableFuture.allOf(accepted.toArray(CompletableFuture[]::new)).join();
            play.killCoordinator();
            open = play.stage().coordinator().open().total();
        }
        play.restartCoordinator();
        List<Transaction> ended = new ArrayList<>();
        for (int i = 0; i < UNDER_WAY; i++) {
            ended.add(play.await("demo-recovery-" + i));
        }
        Transaction reported = ended.stream()
                .filter(PurchaseScenarios::wasTakenOver)
                .findFirst()
                .orElse(ended.getFirst());
        play.result().scenario(reported);
        ended.forEach(transaction -> play.result().count(transaction.getState().name()));
        verify(play, ended, open);
    }

    private static PlanBuilder<?> anyOf(ScenarioRun play, int i, Fault held) {
        String gid = "demo-recovery-" + i;
        String account = i % 2 == 0 ? "alice" : "bob";
        Map<String, Fault> faults = switch (i % 4) {
            case 1 -> Map.of("add-points", rejecting("POINTS_CLOSED"), "refund", held);
            case 2 -> Map.of("charge", held.toBuilder().setLoseAnswers(1).build());
            default -> Map.of("reserve", held);
        };
        return i % 4 == 0
                ? new Transfer(gid, account, "carol", 10, held).declared(play.entente())
                : new Purchase(gid, account, "A-2", 1, 100, faults).saga(play.entente());
    }

    private static boolean wasTakenOver(Transaction transaction) {
        return transaction.getHistoryList().stream()
                .anyMatch(event -> event.getKind().equals("ADOPTED"));
    }

    private static void verify(ScenarioRun play, List<Transaction> ended, long open) throws SQLException {
        List<ParticipantEffect> effects = play.databases().effects("demo-recovery-");
        Map<String, List<String>> found = effects.stream()
                .collect(Collectors.groupingBy(
                        ParticipantEffect::gid, Collectors.mapping(ParticipantEffect::method, Collectors.toList())));
        List<String> wrong = new ArrayList<>();
        for (int i = 0; i < UNDER_WAY; i++) {
            Transaction transaction = ended.get(i);
            boolean isRefused = i % 4 == 1;
            List<String> expected = i % 4 == 0 ? Transfer.CONFIRMED : isRefused ? Purchase.REFUNDED : Purchase.METHODS;
            Transaction.State end = isRefused ? Transaction.State.ABORTED : Transaction.State.SUCCEEDED;
            List<String> methods = found.getOrDefault(transaction.getGid(), List.of());
            if (transaction.getState() != end || !sorted(methods).equals(sorted(expected))) {
                wrong.add(transaction.getGid() + " " + transaction.getState() + " " + methods);
            }
        }
        long twice = effects.size() - effects.stream().distinct().count();
        long finished = ended.stream().filter(Transaction::getTerminal).count();
        long lost = ended.stream()
                .filter(transaction -> !transaction.getTerminal() && !transaction.hasParked())
                .count();
        play.result().recovered(new Result.Recovery(open, finished, lost, wrong.size()));
        play.check("all " + UNDER_WAY + " were open at the kill", open == UNDER_WAY, open);
        play.check("every accepted transaction finished", finished == UNDER_WAY, UNDER_WAY);
        play.check(
                "every final state matches the participants' effects",
                wrong.isEmpty(),
                ended.size(),
                ScenarioRun.shown(wrong));
        play.check("nothing took effect twice", twice == 0, effects.size(), twice + " effects did");
        play.hold(Law.SHOP);
    }

    private static List<String> sorted(List<String> methods) {
        return methods.stream().sorted().toList();
    }

    // ---- participant-down

    private static void waitForParticipant(ScenarioRun play) throws Exception {
        Purchase purchase = new Purchase("demo-participant-down", "alice", "A-2", 1, 900, Map.of());
        play.shop().kill(ShopService.POINTS);
        play.killed("participant points");
        purchase.saga(play.entente()).submit();
        play.await(
                "the payment of " + purchase.gid(),
                () -> hasPaid(play.entente().transactions().get(purchase.gid())));
        Transaction meanwhile = play.entente().transactions().get(purchase.gid());
        play.shop().restart(ShopService.POINTS);
        play.reported(purchase.gid(), Transaction.State.SUCCEEDED);
        // One attempt may count: the call left on a connection that was not yet known to be broken.
        play.check(
                "the step waited while the participant was down; calls that were not sent did not count as attempts",
                hasPaid(meanwhile) && !meanwhile.getTerminal() && attempts(meanwhile) <= 1,
                1);
        play.effects(purchase.gid(), Purchase.METHODS);
        play.hold(Law.PAYMENTS, Law.POINTS);
    }

    /** Returns whether the previous step is done, so that the participant is needed now. */
    private static boolean hasPaid(Transaction transaction) {
        return transaction.getBranchesList().stream()
                .anyMatch(branch -> branch.getId().equals("charge") && branch.getState() == BranchStatus.State.DONE);
    }

    private static int attempts(Transaction transaction) {
        return transaction.getBranchesList().stream()
                .filter(branch -> branch.getId().equals("add-points"))
                .mapToInt(BranchStatus::getAttempts)
                .sum();
    }

    // ---- oversell

    private static void oversell(ScenarioRun play) throws Exception {
        Customers.open(play.databases());
        play.databases()
                .change(
                        ShopService.STOCK,
                        "insert into stock (sku, delivered, on_hand) values ('demo-last', ?, ?)",
                        PIECES,
                        PIECES);
        List<CompletableFuture<Submitted>> accepted = new ArrayList<>();
        for (int i = 0; i < CHECKOUTS; i++) {
            String customer = Customers.account(play.random());
            accepted.add(new Purchase("demo-oversell-" + i, customer, "demo-last", 1, 100, Map.of())
                    .saga(play.entente())
                    .submitAsync());
        }
        CompletableFuture.allOf(accepted.toArray(CompletableFuture[]::new)).join();
        List<Transaction> ended = new ArrayList<>();
        for (int i = 0; i < CHECKOUTS; i++) {
            ended.add(play.await("demo-oversell-" + i));
        }
        play.result().scenario(ended.getFirst());
        ended.forEach(transaction -> play.result().count(transaction.getState().name()));
        long succeeded = count(ended, Transaction.State.SUCCEEDED);
        long aborted = count(ended, Transaction.State.ABORTED);
        play.check(
                "ten checkouts succeeded, 190 were aborted",
                succeeded == PIECES && aborted == CHECKOUTS - PIECES,
                CHECKOUTS,
                succeeded + " succeeded, " + aborted + " were aborted");
        play.number(
                "exactly ten pieces are reserved",
                PIECES,
                ShopService.STOCK,
                "select count(*) from reservation where sku = 'demo-last' and state = 'RESERVED'");
        play.number(
                "ten parcels were sent",
                PIECES,
                ShopService.SHIPPING,
                "select count(*) from shipment where starts_with(order_id, 'demo-oversell-')");
        play.number(
                "ten customers paid",
                PIECES,
                ShopService.PAYMENT,
                "select count(*) from payment where state = 'CHARGED' and starts_with(gid, 'demo-oversell-')");
        play.hold(Law.SHOP);
    }

    private static long count(List<Transaction> ended, Transaction.State state) {
        return ended.stream()
                .filter(transaction -> transaction.getState() == state)
                .count();
    }
}
