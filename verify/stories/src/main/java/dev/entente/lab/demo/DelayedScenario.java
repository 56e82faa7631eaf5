package dev.entente.lab.demo;

import dev.entente.client.Saga;
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
import dev.entente.v1.Transaction;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import shop.v1.Fault;

/** Transactions that are accepted now and start later, though the coordinator that accepted them dies meanwhile. */
final class DelayedScenario implements GlobalScenario {
    private static final Playbill PLAYBILL = Playbill.named(
            "delayed",
            ShopService.PAYMENT,
            "Alice orders for later: her saga is accepted now and starts in five seconds. The coordinator is killed"
                + " meanwhile and started again; the saga starts when its time has come, and not before. Another one"
                + " is aborted before its time: nobody is called for it.");

    private static final Duration DELAY = Duration.ofSeconds(5);
    private static final int CLIENTS = 300;
    private static final String GID = "demo-delayed";
    private static final String EARLY = "select count(*) from ledger where gid = ? and at < ?::timestamptz";

    @Override
    public Playbill playbill() {
        return PLAYBILL;
    }

    @Override
    public void run(Stage stage, Result result) throws Exception {
        Customers.open(stage.books());
        Checks checks = new Checks(stage.books(), result);
        Instant first = Instant.now();
        Transaction aborted = abortedBefore(stage, first.plus(Duration.ofHours(1)));
        // a starved machine needs seconds for what takes others a moment: its saga starts as much later
        Duration pace = Duration.between(first, Instant.now());
        Instant start = Instant.now().plus(DELAY).plus(pace.multipliedBy(4));
        Transaction accepted = submitted(stage, GID, start);
        result.check(
                "it is accepted and SCHEDULED",
                accepted.getState() == Transaction.State.SCHEDULED,
                1,
                "it is " + accepted.getState());
        long began = System.nanoTime();
        stage.coordinator().kill();
        result.killed("coordinator", began);
        stage.coordinator().start(Map.of());

        Transaction done = stage.await(GID);
        result.tell(done);
        checks.ended(done, Transaction.State.SUCCEEDED);
        checks.effects(GID, Purchase.METHODS);
        for (ShopService service : List.of(ShopService.ORDER, ShopService.STOCK, ShopService.SHIPPING)) {
            checks.number(service.label() + " did nothing before its time", 0, service, EARLY, GID, start.toString());
        }
        result.tell(aborted);
        checks.ended(aborted, Transaction.State.ABORTED);
        result.check(
                "nobody was called for it",
                stage.books().effects(aborted.getGid()).isEmpty(),
                1);
        result.checkAll(new ShopInvariants(stage.books()).all());
    }

    private static Transaction submitted(Stage stage, String gid, Instant start) {
        Saga saga = new Purchase(gid, Customers.account(0), Customers.sku(0), 1, 900, Map.of()).saga(stage.entente());
        return saga.startAt(start).submit().transaction();
    }

    private static Transaction abortedBefore(Stage stage, Instant start) {
        String gid = GID + "-aborted";
        submitted(stage, gid, start);
        stage.entente().transactions().abort(gid, "on second thoughts");
        return stage.await(gid);
    }

    @Override
    public CrashWorkload workload(Stage stage) {
        CrashWorkload.Operation later = (gid, random) -> CrashJob.of(
                purchase(gid, random).saga(stage.entente()).delay(Duration.ofMillis(200 + random.nextInt(1500))));
        // so soon after a start, when it dies behind a decision, most of what is asked for has not been accepted again
        return new CrashWorkload(gids(), later).clients(CLIENTS);
    }

    private static Purchase purchase(String gid, Random random) {
        Map<String, Fault> faults = random.nextInt(4) == 0
                ? Map.of("ship", Trouble.rejecting("NOT_TODAY"))
                : Map.of("charge", Trouble.slow(random));
        return new Purchase(gid, Customers.account(random), Customers.sku(random), 1, 1 + random.nextInt(500), faults);
    }
}
