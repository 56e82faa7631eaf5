package dev.entente.lab.crash;

import dev.entente.client.Entente;
import dev.entente.lab.judge.Books;
import dev.entente.lab.judge.Invariant;
import dev.entente.lab.judge.ShopInvariants;
import dev.entente.lab.plans.Purchase;
import dev.entente.lab.plans.Transfer;
import dev.entente.v1.Pattern;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import shop.v1.Fault;

/** An endless, seeded mix of everything that can happen to sagas and TCC transactions. Thread-safe. */
public final class Mix implements CrashWorkload {
    private static final int CLIENTS = 300;

    private final String gids;
    private final Entente entente;
    private final Books books;
    private final Random random;
    private long made;

    /** @param gids all gids of the load start so */
    public Mix(String gids, Entente entente, Books books, Random random) {
        this.gids = gids;
        this.entente = entente;
        this.books = books;
        this.random = random;
    }

    @Override
    public String gids() {
        return gids;
    }

    @Override
    public void prepare() throws SQLException {
        Customers.open(books);
    }

    @Override
    public int clients() {
        return CLIENTS;
    }

    @Override
    public List<Invariant> invariants() throws SQLException {
        return new ShopInvariants(books).all();
    }

    @Override
    public synchronized CrashJob next() {
        String gid = gids + made++;
        Fault slow = Fault.newBuilder().setDelayMs(50 + random.nextInt(400)).build();
        return switch (random.nextInt(10)) {
            case 0 -> CrashJob.of(purchase(gid, Map.of()).saga(entente));
            case 1 ->
                CrashJob.of(purchase(gid, Map.of("reserve", slow))
                        .saga(entente)
                        .delay(Duration.ofMillis(random.nextInt(500))));
            case 2 ->
                CrashJob.of(purchase(
                                gid,
                                Map.of(
                                        "charge",
                                        slow.toBuilder().setLoseAnswers(1).build()))
                        .saga(entente));
            case 3 ->
                CrashJob.of(purchase(gid, Map.of("add-points", rejected(), "refund", slow))
                        .saga(entente));
            case 4 ->
                CrashJob.of(purchase(gid, Map.of("ship", rejected(), "release", slow))
                        .saga(entente));
            case 5 ->
                CrashJob.of(purchase(
                                gid,
                                Map.of(
                                        "charge",
                                        rejected(),
                                        "cancel-order",
                                        slow.toBuilder().setFailTimes(1).build()))
                        .saga(entente));
            case 6 -> CrashJob.of(transfer(gid, 1 + random.nextInt(500), slow).declared(entente));
            case 7 ->
                CrashJob.of(transfer(gid, 2 * Customers.OPENING_CENTS, slow).declared(entente));
            case 8 ->
                CrashJob.of(transfer(gid, 1, slow.toBuilder().setLoseAnswers(1).build())
                        .declared(entente));
            default -> interactive(transfer(gid, 1 + random.nextInt(500), slow), false);
        };
    }

    /**
     * The client calls the tries itself, and decides.
     *
     * @param takenBack whether it decides against it
     */
    public static CrashJob interactive(Transfer transfer, boolean takenBack) {
        return new CrashJob(transfer.gid(), Pattern.TCC, Transfer.BRANCHES, (entente, accepted) -> {
            try {
                transfer.begun(entente).execute(scope -> {
                    accepted.run();
                    transfer.tryIn(scope, entente);
                    if (takenBack) {
                        throw new SecondThoughts();
                    }
                    return transfer.gid();
                });
            } catch (SecondThoughts itsOwn) {
                // The client's own exception comes back to the client.
            }
        });
    }

    private static final class SecondThoughts extends Exception {
        private static final long serialVersionUID = 1;
    }

    private Purchase purchase(String gid, Map<String, Fault> faults) {
        return new Purchase(gid, Customers.account(random), Customers.sku(random), 1, 1 + random.nextInt(500), faults);
    }

    private Transfer transfer(String gid, long cents, Fault settling) {
        int from = random.nextInt(Customers.COUNT);
        return new Transfer(
                gid, Customers.account(from), Customers.account((from + 1) % Customers.COUNT), cents, settling);
    }

    private static Fault rejected() {
        return Fault.newBuilder().setReject("NOT_TODAY").build();
    }
}
