package dev.entente.stories.demo;

import dev.entente.client.BranchFailed;
import dev.entente.demo.ShopService;
import dev.entente.stories.judge.Law;
import dev.entente.stories.plans.FeeTransfer;
import dev.entente.stories.plans.Transfer;
import dev.entente.v1.HistoryEvent;
import dev.entente.v1.Transaction;
import java.sql.SQLException;
import java.util.List;
import shop.v1.Fault;

/** Scenarios of customers who send each other money: TCC transactions of one bank. */
final class TransferScenarios {
    static final List<Scenario> ALL = List.of(
            Scenario.quick(
                            "transfer",
                            ShopService.ACCOUNT,
                            "Alice sends Bob money. Both accounts are tried at once: hers freezes the money, his"
                                    + " announces it; then both are confirmed.",
                            play -> send(play, "transfer", "alice", true))
                    .with(ShopService.ACCOUNT),
            Scenario.quick(
                            "transfer-interactive",
                            ShopService.ACCOUNT,
                            "Alice opens a transfer to Bob and, while its money is frozen, another to Carol. She"
                                    + " commits the second and aborts the first: only the second changes her account.",
                            TransferScenarios::interleave)
                    .with(ShopService.ACCOUNT),
            Scenario.quick(
                            "insufficient-funds",
                            ShopService.ACCOUNT,
                            "Carol sends Bob more than she has. Her bank's try is rejected, so his is cancelled:"
                                    + " neither account changes.",
                            play -> send(play, "insufficient-funds", "carol", false))
                    .with(ShopService.ACCOUNT),
            Scenario.quick(
                            "nested-tcc",
                            ShopService.ACCOUNT,
                            "Alice sends Bob money and pays a fee. The fee is a branch below the debit. The bank's"
                                    + " income is a branch below the credit, registered by a client that knows only the"
                                    + " transaction's id. One transfer is committed, and one is aborted. Carol cannot"
                                    + " pay the fee of her transfer, so the transfer has no effect.",
                            TransferScenarios::nest)
                    .with(ShopService.ACCOUNT));

    private static final String BALANCE = "select balance from account where id = ?";
    private static final String TRY = "AccountService/TryFreeze";
    private static final String CONFIRM = "AccountService/ConfirmFreeze";
    private static final String CANCEL = "AccountService/CancelFreeze";

    private TransferScenarios() {}

    /** The caller's own reason to abort a transfer. */
    private static final class CallerAbort extends Exception {
        private static final long serialVersionUID = 1;
    }

    private static long balance(ScenarioRun play, String account) throws SQLException {
        return play.databases().number(ShopService.ACCOUNT, BALANCE, account);
    }

    /** Sends money and checks the effects. A rejected try leaves no effect, so its branch has nothing to cancel. */
    private static void send(ScenarioRun play, String name, String from, boolean succeeds) throws SQLException {
        long cents = 2000L + play.random().nextInt(1000);
        Transfer transfer = new Transfer("demo-" + name, from, "bob", cents, Fault.getDefaultInstance());
        long before = balance(play, from);
        long bobs = balance(play, "bob");
        play.submitted(
                transfer.declared(play.entente()), succeeds ? Transaction.State.SUCCEEDED : Transaction.State.ABORTED);
        play.effects(transfer.gid(), succeeds ? Transfer.CONFIRMED : List.of(TRY, CANCEL));
        long moved = succeeds ? cents : 0;
        play.number(from + " sent " + moved + " cents", before - moved, ShopService.ACCOUNT, BALANCE, from);
        play.number("bob got " + moved + " cents", bobs + moved, ShopService.ACCOUNT, BALANCE, "bob");
        play.number(
                "nothing stays frozen",
                0,
                ShopService.ACCOUNT,
                "select count(*) from frozen_record where gid = ?",
                transfer.gid());
        play.hold(Law.TRANSFERS, Law.FROZEN);
    }

    // ---- transfer-interactive

    private static void interleave(ScenarioRun play) throws SQLException {
        Transfer first = new Transfer("demo-transfer-taken-back", "alice", "bob", 3000, Fault.getDefaultInstance());
        Transfer second = new Transfer("demo-transfer-committed", "alice", "carol", 700, Fault.getDefaultInstance());
        long before = balance(play, "alice");
        boolean isTakenBack = isTakenBack(play, first, second);
        play.reported(second.gid(), Transaction.State.SUCCEEDED);
        play.reported(first.gid(), Transaction.State.ABORTED);
        play.check("the caller received its own exception", isTakenBack, 1);
        play.effects(second.gid(), Transfer.CONFIRMED);
        play.effects(first.gid(), Transfer.CANCELLED);
        play.number("alice sent only the second: 700 cents", before - 700, ShopService.ACCOUNT, BALANCE, "alice");
        play.number(
                "no money of alice stays frozen",
                0,
                ShopService.ACCOUNT,
                "select frozen from account where id = 'alice'");
        play.hold(Law.TRANSFERS, Law.FROZEN);
    }

    private static boolean isTakenBack(ScenarioRun play, Transfer first, Transfer second) {
        try {
            first.begun(play.entente()).execute(outer -> {
                first.tryIn(outer, play.entente());
                second.begun(play.entente()).execute(inner -> {
                    second.tryIn(inner, play.entente());
                    return second.gid();
                });
                throw new CallerAbort();
            });
            return false;
        } catch (CallerAbort expected) {
            return true;
        }
    }

    // ---- nested-tcc

    private static void nest(ScenarioRun play) throws SQLException {
        long before = balance(play, "alice");
        FeeTransfer committed = feeTransfer("demo-nested-tcc", "alice", 5000, 50);
        FeeTransfer takenBack = feeTransfer("demo-nested-tcc-back", "alice", 3000, 30);
        FeeTransfer tooPoor = feeTransfer("demo-nested-tcc-poor", "carol", balance(play, "carol") - 100, 200);
        var _ = isCommitted(play, committed, true);
        var _ = isCommitted(play, takenBack, false);
        play.check("the rejection of a nested branch reaches its caller", !isCommitted(play, tooPoor, true), 1);
        Transaction done = play.reported(committed.gid(), Transaction.State.SUCCEEDED);
        play.effects(committed.gid(), TRY, TRY, TRY, TRY, CONFIRM, CONFIRM, CONFIRM, CONFIRM);
        checkOrder(play, done, "confirm", "debit", "debit/fee");
        checkOrder(play, done, "confirm", "credit", "credit/income");
        Transaction undone = play.reported(takenBack.gid(), Transaction.State.ABORTED);
        play.effects(takenBack.gid(), TRY, TRY, TRY, TRY, CANCEL, CANCEL, CANCEL, CANCEL);
        checkOrder(play, undone, "cancel", "debit/fee", "debit");
        checkOrder(play, undone, "cancel", "credit/income", "credit");
        play.reported(tooPoor.gid(), Transaction.State.ABORTED);
        play.effects(tooPoor.gid(), TRY, CANCEL);
        play.number(
                "alice paid only the committed transfer and its fee",
                before - 5050,
                ShopService.ACCOUNT,
                BALANCE,
                "alice");
        play.hold(Law.TRANSFERS, Law.FROZEN);
    }

    private static FeeTransfer feeTransfer(String gid, String from, long cents, long fee) {
        return new FeeTransfer(gid, from, "bob", "bob", cents, fee, Fault.getDefaultInstance());
    }

    /** Returns false if a try is rejected, or if the caller aborts after all tries. */
    private static boolean isCommitted(ScenarioRun play, FeeTransfer transfer, boolean isMeant) {
        try {
            transfer.begun(play.entente()).execute(scope -> {
                transfer.tryIn(scope, play.entente());
                if (!isMeant) {
                    throw new CallerAbort();
                }
                return transfer.gid();
            });
            return true;
        } catch (CallerAbort | BranchFailed takenBack) {
            return false;
        }
    }

    private static void checkOrder(ScenarioRun play, Transaction transaction, String op, String first, String second) {
        List<String> finished = transaction.getHistoryList().stream()
                .filter(event -> event.getOp().equals(op))
                .map(HistoryEvent::getBranch)
                .toList();
        play.check(
                transaction.getGid() + ": " + op + " of " + first + " came before that of " + second,
                finished.contains(first) && finished.indexOf(first) < finished.indexOf(second),
                2);
    }
}
