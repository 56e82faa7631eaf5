package dev.entente.lab.demo;

import dev.entente.demo.ShopService;
import dev.entente.lab.crash.CrashJob;
import dev.entente.lab.crash.CrashWorkload;
import dev.entente.lab.crash.Customers;
import dev.entente.lab.judge.ShopInvariants;
import dev.entente.lab.plans.Purchase;
import dev.entente.lab.plans.Trouble;
import dev.entente.lab.scenario.Checks;
import dev.entente.lab.scenario.GlobalScenario;
import dev.entente.lab.scenario.Playbill;
import dev.entente.lab.scenario.Result;
import dev.entente.lab.scenario.Stage;
import dev.entente.rig.Victim;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.Transaction;
import java.util.List;
import java.util.Map;
import shop.v1.Fault;

/** A participant is dead when it is needed, and comes back. */
final class ParticipantDown implements GlobalScenario {
    private static final Playbill PLAYBILL = Playbill.quick(
            "participant-down",
            ShopService.POINTS,
            "The points service is killed before Alice buys again. Her saga waits at that step, and no attempt is"
                    + " counted for calls that nobody received; when the service is back, it goes on.");

    /** The one that may have left on a connection which was not yet known to be broken. */
    private static final int MOST_ATTEMPTS_WHILE_DOWN = 1;

    @Override
    public Playbill playbill() {
        return PLAYBILL;
    }

    @Override
    public void run(Stage stage, Result result) throws Exception {
        long start = System.nanoTime();
        Purchase purchase = new Purchase("demo-participant-down", "alice", "A-2", 1, 900, Map.of());
        stage.shop().kill(ShopService.POINTS);
        result.killed("participant points", start);
        purchase.saga(stage.entente()).submit();
        stage.await(
                "the payment of " + purchase.gid(),
                () -> hasPaid(stage.entente().transactions().get(purchase.gid())));
        Transaction meanwhile = stage.entente().transactions().get(purchase.gid());
        stage.shop().restart(ShopService.POINTS);
        Transaction transaction = stage.await(purchase.gid());

        result.tell(transaction);
        result.check(
                "the step waited while the participant was down, and no attempt was counted for what nobody received",
                hasPaid(meanwhile) && !meanwhile.getTerminal() && attempts(meanwhile) <= MOST_ATTEMPTS_WHILE_DOWN,
                1);
        Checks checks = new Checks(stage.books(), result);
        checks.ended(transaction, Transaction.State.SUCCEEDED);
        checks.effects(purchase.gid(), Purchase.METHODS);
        ShopInvariants invariants = new ShopInvariants(stage.books());
        result.checkAll(List.of(invariants.paymentsConserved(), invariants.pointsConserved()));
    }

    @Override
    public CrashWorkload workload(Stage stage) {
        return new CrashWorkload(gids(), (gid, random) -> {
                    Map<String, Fault> faults = Map.of("add-points", Trouble.slow(random));
                    String account = Customers.account(random);
                    return CrashJob.of(
                            new Purchase(gid, account, Customers.sku(random), 1, 900, faults).saga(stage.entente()));
                })
                .decisionKillEvery(0)
                .killing(Victim.participant(stage.shop(), ShopService.POINTS));
    }

    /** Tells whether the step before is done, so that the participant is needed now. */
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
}
