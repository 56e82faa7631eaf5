package dev.entente.lab.crash;

import dev.entente.client.Entente;
import dev.entente.demo.ShopService;
import dev.entente.lab.judge.Books;
import dev.entente.lab.plans.Purchase;
import dev.entente.lab.plans.Transfer;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import shop.v1.Fault;

/** An endless, seeded mix of everything that can happen to a transaction. Thread-safe. */
final class Workload {
    /** All gids of the load start so. */
    static final String GIDS = "crash-";

    private static final int ACCOUNTS = 16;
    private static final long OPENING_CENTS = 1_000_000_000;
    private static final int GOODS = 1_000_000_000;

    private final Entente entente;
    private final Random random;
    private long made;

    Workload(Entente entente, Random random) {
        this.entente = entente;
        this.random = random;
    }

    /** Opens accounts and delivers goods enough for any run. Blocks. */
    static void stockUp(Books books) throws SQLException {
        for (int i = 0; i < ACCOUNTS; i++) {
            books.change(
                    ShopService.PAYMENT,
                    "insert into account (id, opening_cents, cents) values (?, ?, ?)",
                    account(i),
                    OPENING_CENTS,
                    OPENING_CENTS);
            books.change(
                    ShopService.ACCOUNT,
                    "insert into account (id, opening_cents, balance) values (?, ?, ?)",
                    account(i),
                    OPENING_CENTS,
                    OPENING_CENTS);
            books.change(
                    ShopService.STOCK,
                    "insert into stock (sku, delivered, on_hand) values (?, ?, ?)",
                    sku(i),
                    GOODS,
                    GOODS);
        }
    }

    private static String account(int i) {
        return "load-" + i;
    }

    private static String sku(int i) {
        return "L-" + i;
    }

    /** The next job. */
    synchronized Job next() {
        String gid = GIDS + made++;
        Fault slow = Fault.newBuilder().setDelayMs(50 + random.nextInt(400)).build();
        return switch (random.nextInt(10)) {
            case 0 -> Job.of(purchase(gid, Map.of()).saga(entente));
            case 1 ->
                Job.of(purchase(gid, Map.of("reserve", slow))
                        .saga(entente)
                        .delay(Duration.ofMillis(random.nextInt(500))));
            case 2 ->
                Job.of(purchase(
                                gid,
                                Map.of(
                                        "charge",
                                        slow.toBuilder().setLoseAnswers(1).build()))
                        .saga(entente));
            case 3 ->
                Job.of(purchase(gid, Map.of("add-points", rejected(), "refund", slow))
                        .saga(entente));
            case 4 ->
                Job.of(purchase(gid, Map.of("ship", rejected(), "release", slow))
                        .saga(entente));
            case 5 ->
                Job.of(purchase(
                                gid,
                                Map.of(
                                        "charge",
                                        rejected(),
                                        "cancel-order",
                                        slow.toBuilder().setFailTimes(1).build()))
                        .saga(entente));
            case 6 -> Job.of(transfer(gid, 1 + random.nextInt(500), slow).declared(entente));
            case 7 -> Job.of(transfer(gid, 2 * OPENING_CENTS, slow).declared(entente));
            case 8 ->
                Job.of(transfer(gid, 1, slow.toBuilder().setLoseAnswers(1).build())
                        .declared(entente));
            default -> Job.interactive(transfer(gid, 1 + random.nextInt(500), slow));
        };
    }

    private Purchase purchase(String gid, Map<String, Fault> faults) {
        return new Purchase(
                gid,
                account(random.nextInt(ACCOUNTS)),
                sku(random.nextInt(ACCOUNTS)),
                1,
                1 + random.nextInt(500),
                faults);
    }

    private Transfer transfer(String gid, long cents, Fault settling) {
        int from = random.nextInt(ACCOUNTS);
        return new Transfer(gid, account(from), account((from + 1) % ACCOUNTS), cents, settling);
    }

    private static Fault rejected() {
        return Fault.newBuilder().setReject("NOT_TODAY").build();
    }
}
