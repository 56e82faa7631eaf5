package dev.entente.lab.demo;

import dev.entente.client.Entente;
import dev.entente.demo.ShopService;
import dev.entente.lab.crash.CrashJob;
import dev.entente.lab.crash.CrashWorkload;
import dev.entente.lab.crash.Customers;
import dev.entente.lab.judge.ShopInvariants;
import dev.entente.lab.plans.Transfer;
import dev.entente.lab.plans.Trouble;
import dev.entente.lab.scenario.Checks;
import dev.entente.lab.scenario.GlobalScenario;
import dev.entente.lab.scenario.Playbill;
import dev.entente.lab.scenario.Result;
import dev.entente.lab.scenario.Stage;
import dev.entente.v1.Transaction;
import java.sql.SQLException;
import java.util.EnumSet;
import java.util.Random;
import shop.v1.Fault;

/**
 * One declarative TCC transfer.
 *
 * @param from who pays
 * @param succeeds whether there is enough
 */
record TransferScenario(Playbill playbill, String from, boolean succeeds) implements GlobalScenario {
    static final String BALANCE = "select balance from account where id = ?";

    static TransferScenario transfer() {
        return new TransferScenario(
                Playbill.quick(
                                "transfer",
                                ShopService.ACCOUNT,
                                "Alice sends Bob money. Both accounts are tried at once: hers freezes it, his"
                                        + " announces it; then both are confirmed.")
                        .with(EnumSet.of(ShopService.ACCOUNT)),
                "alice",
                true);
    }

    static TransferScenario insufficientFunds() {
        return new TransferScenario(
                Playbill.quick(
                                "insufficient-funds",
                                ShopService.ACCOUNT,
                                "Carol sends Bob more than she has. Her bank's try is rejected, so his is cancelled:"
                                        + " neither account changes.")
                        .with(EnumSet.of(ShopService.ACCOUNT)),
                "carol",
                false);
    }

    @Override
    public void run(Stage stage, Result result) throws Exception {
        long cents = 2000L + stage.random().nextInt(1000);
        Transfer transfer = new Transfer("demo-" + name(), from, "bob", cents, Fault.getDefaultInstance());
        long fromBefore = stage.books().number(ShopService.ACCOUNT, BALANCE, from);
        long toBefore = stage.books().number(ShopService.ACCOUNT, BALANCE, "bob");

        submit(transfer, stage.entente());
        Transaction transaction = stage.await(transfer.gid());

        result.tell(transaction);
        Checks checks = new Checks(stage.books(), result);
        checks.ended(transaction, succeeds ? Transaction.State.SUCCEEDED : Transaction.State.ABORTED);
        checkEffects(checks, transfer.gid());
        long moved = succeeds ? cents : 0;
        checks.number(from + " sent " + moved + " cents", fromBefore - moved, ShopService.ACCOUNT, BALANCE, from);
        checks.number("bob got " + moved + " cents", toBefore + moved, ShopService.ACCOUNT, BALANCE, "bob");
        checks.number(
                "nothing stays frozen",
                0,
                ShopService.ACCOUNT,
                "select count(*) from frozen_record where gid = ?",
                transfer.gid());
        result.checkAll(new ShopInvariants(stage.books()).ofTransfers());
    }

    @Override
    public CrashWorkload workload(Stage stage) {
        return new CrashWorkload(
                        gids(), (gid, random) -> CrashJob.of(any(gid, random).declared(stage.entente())))
                .truth(books -> new ShopInvariants(books).ofTransfers());
    }

    /** Between any two accounts, or more than there is. */
    private Transfer any(String gid, Random random) {
        long cents = succeeds ? 1 + random.nextInt(500) : 2 * Customers.OPENING_CENTS;
        return Customers.transfer(gid, random, cents, Trouble.slow(random));
    }

    private static void submit(Transfer transfer, Entente entente) {
        transfer.declared(entente).submitAndWait(Stage.SUBMIT_WAIT);
    }

    /** A rejected try left nothing, so there is nothing to cancel on that side. */
    private void checkEffects(Checks checks, String gid) throws SQLException {
        if (succeeds) {
            checks.effects(gid, Transfer.CONFIRMED);
        } else {
            checks.effects(gid, "AccountService/TryFreeze", "AccountService/CancelFreeze");
        }
    }
}
