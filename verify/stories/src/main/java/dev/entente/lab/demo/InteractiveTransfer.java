package dev.entente.lab.demo;

import dev.entente.demo.ShopService;
import dev.entente.lab.crash.CrashWorkload;
import dev.entente.lab.crash.Customers;
import dev.entente.lab.crash.Mix;
import dev.entente.lab.judge.ShopInvariants;
import dev.entente.lab.plans.Transfer;
import dev.entente.lab.plans.Trouble;
import dev.entente.lab.scenario.Checks;
import dev.entente.lab.scenario.GlobalScenario;
import dev.entente.lab.scenario.Playbill;
import dev.entente.lab.scenario.Result;
import dev.entente.lab.scenario.Stage;
import dev.entente.v1.Transaction;
import java.util.EnumSet;
import shop.v1.Fault;

/** Two interactive transfers from one account, open at the same time: one is committed, the other taken back. */
final class InteractiveTransfer implements GlobalScenario {
    private static final Playbill PLAYBILL = Playbill.quick(
                    "transfer-interactive",
                    ShopService.ACCOUNT,
                    "Alice opens a transfer to Bob and, while its money is frozen, another to Carol. She commits the"
                            + " second and takes the first back: her account shows exactly the second.")
            .with(EnumSet.of(ShopService.ACCOUNT));

    /** The caller's own reason to take a transfer back. */
    private static final class SecondThoughts extends Exception {
        private static final long serialVersionUID = 1;

        SecondThoughts() {
            super("alice has second thoughts");
        }
    }

    @Override
    public Playbill playbill() {
        return PLAYBILL;
    }

    @Override
    public void run(Stage stage, Result result) throws Exception {
        Transfer first = new Transfer("demo-transfer-taken-back", "alice", "bob", 3000, Fault.getDefaultInstance());
        Transfer second = new Transfer("demo-transfer-committed", "alice", "carol", 700, Fault.getDefaultInstance());
        long before = stage.books().number(ShopService.ACCOUNT, TransferScenario.BALANCE, "alice");
        boolean takenBack = interleave(stage, first, second);

        Transaction committed = stage.await(second.gid());
        Transaction aborted = stage.await(first.gid());
        result.tell(committed);
        result.tell(aborted);
        result.check("the caller's own exception came back to the caller", takenBack, 1);
        check(stage, result, before, committed, aborted);
    }

    @Override
    public CrashWorkload workload(Stage stage) {
        return new CrashWorkload(
                        gids(),
                        (gid, random) -> Mix.interactive(
                                Customers.transfer(gid, random, 1 + random.nextInt(500), Trouble.slow(random)),
                                random.nextInt(3) == 0))
                .truth(books -> new ShopInvariants(books).ofTransfers());
    }

    private static boolean interleave(Stage stage, Transfer first, Transfer second) {
        try {
            first.begun(stage.entente()).execute(outer -> {
                first.tryIn(outer, stage.entente());
                second.begun(stage.entente()).execute(inner -> {
                    second.tryIn(inner, stage.entente());
                    return second.gid();
                });
                throw new SecondThoughts();
            });
            return false;
        } catch (SecondThoughts expected) {
            return true;
        }
    }

    private static void check(Stage stage, Result result, long before, Transaction committed, Transaction aborted)
            throws Exception {
        Checks checks = new Checks(stage.books(), result);
        checks.ended(committed, Transaction.State.SUCCEEDED);
        checks.ended(aborted, Transaction.State.ABORTED);
        checks.effects(committed.getGid(), Transfer.CONFIRMED);
        checks.effects(aborted.getGid(), Transfer.CANCELLED);
        checks.number(
                "alice sent exactly the second: 700 cents",
                before - 700,
                ShopService.ACCOUNT,
                TransferScenario.BALANCE,
                "alice");
        checks.number(
                "nothing of hers stays frozen",
                0,
                ShopService.ACCOUNT,
                "select frozen from account where id = ?",
                "alice");
        result.checkAll(new ShopInvariants(stage.books()).ofTransfers());
    }
}
