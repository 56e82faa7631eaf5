package dev.entente.lab.demo;

import dev.entente.client.Submitted;
import dev.entente.demo.ShopService;
import dev.entente.lab.crash.CrashJob;
import dev.entente.lab.crash.CrashWorkload;
import dev.entente.lab.crash.Customers;
import dev.entente.lab.judge.Invariant;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;

/** Many want the few pieces that are left, all at once. */
final class Oversell implements GlobalScenario {
    private static final Playbill PLAYBILL = Playbill.quick(
            "oversell",
            ShopService.PAYMENT,
            "Ten pieces are left, and 200 customers check out at the same moment. Exactly ten get one; all others"
                    + " are turned away, and pay nothing.");

    private static final int CHECKOUTS = 200;
    private static final int PIECES = 10;
    private static final int CLIENTS = 300;
    private static final int ARTICLES = 100;
    private static final String SOLD = "select count(*) from reservation where sku = ? and state = 'RESERVED'";

    @Override
    public Playbill playbill() {
        return PLAYBILL;
    }

    @Override
    public void run(Stage stage, Result result) throws Exception {
        prepare(stage, "demo-last-", 1);
        List<CompletableFuture<Submitted>> accepted = new ArrayList<>();
        for (int i = 0; i < CHECKOUTS; i++) {
            accepted.add(checkout("demo-oversell-" + i, "demo-last-0", stage.random())
                    .saga(stage.entente())
                    .submitAsync());
        }
        CompletableFuture.allOf(accepted.toArray(CompletableFuture[]::new)).join();
        List<Transaction> ended = new ArrayList<>();
        for (int i = 0; i < CHECKOUTS; i++) {
            ended.add(stage.await("demo-oversell-" + i));
        }
        result.story(ended.getFirst());
        ended.forEach(transaction -> result.count(transaction.getState().name()));
        check(stage, result, ended);
    }

    private static void check(Stage stage, Result result, List<Transaction> ended) throws SQLException {
        long succeeded = ended.stream()
                .filter(transaction -> transaction.getState() == Transaction.State.SUCCEEDED)
                .count();
        long aborted = ended.stream()
                .filter(transaction -> transaction.getState() == Transaction.State.ABORTED)
                .count();
        result.check(
                "ten checkouts succeeded, 190 were turned away",
                succeeded == PIECES && aborted == CHECKOUTS - PIECES,
                CHECKOUTS,
                succeeded + " succeeded, " + aborted + " were aborted");
        Checks checks = new Checks(stage.books(), result);
        checks.number("exactly ten pieces are set aside", PIECES, ShopService.STOCK, SOLD, "demo-last-0");
        checks.number(
                "ten parcels left",
                PIECES,
                ShopService.SHIPPING,
                "select count(*) from shipment where starts_with(order_id, ?)",
                "demo-oversell-");
        checks.number(
                "ten customers paid",
                PIECES,
                ShopService.PAYMENT,
                "select count(*) from payment where state = 'CHARGED' and starts_with(gid, ?)",
                "demo-oversell-");
        result.checkAll(new ShopInvariants(stage.books()).all());
    }

    @Override
    public CrashWorkload workload(Stage stage) throws SQLException {
        AtomicLong made = new AtomicLong();
        prepare(stage, "last-", ARTICLES);
        return new CrashWorkload(gids(), (gid, random) -> {
                    String sku = article(made.getAndIncrement());
                    return CrashJob.of(checkout(gid, sku, random).saga(stage.entente()));
                })
                .truth(_ -> invariants(stage, made.get()))
                // most orders are refused soon, so it takes many to have enough open
                .clients(CLIENTS);
    }

    /** Returns the article of a checkout: each article is bought by the same number of checkouts. */
    private static String article(long checkout) {
        return "last-" + checkout / CHECKOUTS % ARTICLES;
    }

    private static void prepare(Stage stage, String prefix, int articles) throws SQLException {
        Customers.open(stage.books());
        for (int i = 0; i < articles; i++) {
            stage.books()
                    .change(
                            ShopService.STOCK,
                            "insert into stock (sku, delivered, on_hand) values (?, ?, ?) on conflict do nothing",
                            prefix + i,
                            PIECES,
                            PIECES);
        }
    }

    private static Purchase checkout(String gid, String sku, Random random) {
        return new Purchase(
                gid,
                Customers.account(random),
                sku,
                1,
                100,
                Map.of("create-order", Trouble.slow(random), "charge", Trouble.slow(random)));
    }

    private static List<Invariant> invariants(Stage stage, long made) throws SQLException {
        long wanted = Math.min(ARTICLES, made / CHECKOUTS);
        long soldOut = stage.books().number(ShopService.STOCK, """
            select count(*) from stock s where starts_with(sku, 'last-') and reserved = ?
              and reserved = (select sum(r.quantity) from reservation r where r.sku = s.sku and r.state = 'RESERVED')\
            """, PIECES);
        List<Invariant> invariants = new ArrayList<>(new ShopInvariants(stage.books()).all());
        invariants.add(new Invariant(
                "of each article that 200 wanted, exactly ten pieces are sold",
                soldOut >= wanted,
                wanted,
                soldOut + " articles are sold out, " + wanted + " should be"));
        return invariants;
    }
}
