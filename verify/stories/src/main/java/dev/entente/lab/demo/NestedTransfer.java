package dev.entente.lab.demo;

import dev.entente.client.BranchFailed;
import dev.entente.demo.ShopService;
import dev.entente.lab.crash.CrashJob;
import dev.entente.lab.crash.CrashWorkload;
import dev.entente.lab.crash.Customers;
import dev.entente.lab.judge.ShopInvariants;
import dev.entente.lab.plans.FeeTransfer;
import dev.entente.lab.plans.Trouble;
import dev.entente.lab.scenario.Checks;
import dev.entente.lab.scenario.GlobalScenario;
import dev.entente.lab.scenario.Playbill;
import dev.entente.lab.scenario.Result;
import dev.entente.lab.scenario.Stage;
import dev.entente.v1.HistoryEvent;
import dev.entente.v1.Pattern;
import dev.entente.v1.Transaction;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import shop.v1.Fault;

/** TCC with nested branches: parents are confirmed before their children, and cancelled after them. */
final class NestedTransfer implements GlobalScenario {
    private static final Playbill PLAYBILL = Playbill.quick(
                    "nested-tcc",
                    ShopService.ACCOUNT,
                    "Alice sends Bob money and pays a fee: the fee is a branch nested under the debit, the bank's"
                        + " income one under the credit, registered by somebody who only knows the transaction's id."
                        + " One transfer is committed, one taken back, and Carol cannot pay the fee of hers: then"
                        + " nothing of it stays.")
            .with(EnumSet.of(ShopService.ACCOUNT));

    private static final String TRY = "AccountService/TryFreeze";
    private static final String CONFIRM = "AccountService/ConfirmFreeze";
    private static final String CANCEL = "AccountService/CancelFreeze";

    /** The caller's own reason to take a transfer back. */
    private static final class SecondThoughts extends Exception {
        private static final long serialVersionUID = 1;
    }

    @Override
    public Playbill playbill() {
        return PLAYBILL;
    }

    @Override
    public void run(Stage stage, Result result) throws Exception {
        Checks checks = new Checks(stage.books(), result);
        long before = balance(stage, "alice");
        FeeTransfer committed = transfer("demo-nested-tcc", "alice", 5000, 50);
        FeeTransfer takenBack = transfer("demo-nested-tcc-back", "alice", 3000, 30);
        FeeTransfer tooPoor = transfer("demo-nested-tcc-poor", "carol", balance(stage, "carol") - 100, 200);

        commit(stage, committed);
        takeBack(stage, takenBack);
        result.check("the try of a nested branch says no to its caller", !isAffordable(stage, tooPoor), 1);

        Transaction done = told(stage, result, checks, committed, Transaction.State.SUCCEEDED);
        checks.effects(committed.gid(), TRY, TRY, TRY, TRY, CONFIRM, CONFIRM, CONFIRM, CONFIRM);
        checkOrder(result, done, "confirm", "debit", "debit/fee");
        checkOrder(result, done, "confirm", "credit", "credit/income");
        Transaction undone = told(stage, result, checks, takenBack, Transaction.State.ABORTED);
        checks.effects(takenBack.gid(), TRY, TRY, TRY, TRY, CANCEL, CANCEL, CANCEL, CANCEL);
        checkOrder(result, undone, "cancel", "debit/fee", "debit");
        checkOrder(result, undone, "cancel", "credit/income", "credit");
        told(stage, result, checks, tooPoor, Transaction.State.ABORTED);
        checks.effects(tooPoor.gid(), TRY, CANCEL);
        checks.number(
                "alice paid exactly the committed one and its fee",
                before - 5050,
                ShopService.ACCOUNT,
                TransferScenario.BALANCE,
                "alice");
        result.checkAll(new ShopInvariants(stage.books()).ofTransfers());
    }

    private static FeeTransfer transfer(String gid, String from, long cents, long fee) {
        return new FeeTransfer(gid, from, "bob", "bob", cents, fee, Fault.getDefaultInstance());
    }

    private static long balance(Stage stage, String account) throws Exception {
        return stage.books().number(ShopService.ACCOUNT, TransferScenario.BALANCE, account);
    }

    private static void commit(Stage stage, FeeTransfer transfer) {
        transfer.begun(stage.entente()).execute(scope -> {
            transfer.tryIn(scope, stage.entente());
            return transfer.gid();
        });
    }

    private static void takeBack(Stage stage, FeeTransfer transfer) {
        try {
            transfer.begun(stage.entente()).execute(scope -> {
                transfer.tryIn(scope, stage.entente());
                throw new SecondThoughts();
            });
        } catch (SecondThoughts itsOwn) {
            // The caller's own exception comes back to the caller.
        }
    }

    private static boolean isAffordable(Stage stage, FeeTransfer transfer) {
        try {
            commit(stage, transfer);
            return true;
        } catch (BranchFailed refused) {
            return false;
        }
    }

    private static Transaction told(
            Stage stage, Result result, Checks checks, FeeTransfer transfer, Transaction.State expected) {
        Transaction transaction = stage.await(transfer.gid());
        result.tell(transaction);
        checks.ended(transaction, expected);
        return transaction;
    }

    private static void checkOrder(Result result, Transaction transaction, String op, String first, String second) {
        int firstAt = finished(transaction, op, first);
        int secondAt = finished(transaction, op, second);
        result.check(
                transaction.getGid() + ": " + op + " of " + first + " came before that of " + second,
                firstAt >= 0 && firstAt < secondAt,
                2);
    }

    private static int finished(Transaction transaction, String op, String branch) {
        List<HistoryEvent> events = transaction.getHistoryList();
        for (int i = 0; i < events.size(); i++) {
            HistoryEvent event = events.get(i);
            if (event.getOp().equals(op) && event.getBranch().equals(branch)) {
                return i;
            }
        }
        return -1;
    }

    @Override
    public CrashWorkload workload(Stage stage) {
        return new CrashWorkload(gids(), NestedTransfer::job).truth(books -> new ShopInvariants(books).ofTransfers());
    }

    private static CrashJob job(String gid, Random random) {
        int sender = random.nextInt(Customers.COUNT);
        boolean takesBack = random.nextInt(3) == 0;
        FeeTransfer transfer = new FeeTransfer(
                gid,
                Customers.account(sender),
                Customers.account((sender + 1) % Customers.COUNT),
                Customers.account((sender + 2) % Customers.COUNT),
                1 + random.nextInt(500),
                1 + random.nextInt(5),
                Trouble.slow(random));
        return new CrashJob(gid, Pattern.TCC, FeeTransfer.BRANCHES, (entente, accepted) -> {
            try {
                transfer.begun(entente).execute(scope -> {
                    accepted.run();
                    transfer.tryIn(scope, entente);
                    if (takesBack) {
                        throw new SecondThoughts();
                    }
                    return transfer.gid();
                });
            } catch (SecondThoughts itsOwn) {
                // The client's own exception comes back to the client.
            }
        });
    }
}
