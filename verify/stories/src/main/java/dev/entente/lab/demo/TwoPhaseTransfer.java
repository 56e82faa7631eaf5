package dev.entente.lab.demo;

import dev.entente.client.Submitted;
import dev.entente.client.TwoPhase;
import dev.entente.demo.ShopService;
import dev.entente.lab.crash.CrashJob;
import dev.entente.lab.crash.CrashWorkload;
import dev.entente.lab.judge.BankInvariants;
import dev.entente.lab.plans.BankTransfer;
import dev.entente.lab.plans.Trouble;
import dev.entente.lab.scenario.Checks;
import dev.entente.lab.scenario.GlobalScenario;
import dev.entente.lab.scenario.Playbill;
import dev.entente.lab.scenario.Result;
import dev.entente.lab.scenario.Stage;
import dev.entente.rig.Readiness;
import dev.entente.rig.Victim;
import dev.entente.v1.Transaction;
import java.sql.SQLException;
import java.util.EnumSet;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import shop.v1.Fault;

/** Two banks, two databases, and a coordinator that dies between the phases. */
final class TwoPhaseTransfer implements GlobalScenario {
    private static final Playbill PLAYBILL = Playbill.named(
                    "two-phase",
                    ShopService.WEST,
                    "Alice at the bank east sends Bob at the bank west money. Both databases have prepared it when the"
                        + " coordinator dies, its decision durable and no commit sent; the next one commits both. Then"
                        + " she sends more than she has: what west prepared is rolled back.")
            .with(EnumSet.of(ShopService.EAST, ShopService.WEST));

    private static final Fault NONE = Fault.getDefaultInstance();
    static final String CENTS = "select cents from account where id = ?";
    /** The coordinator halts once its next decision is durable, before a commit leaves. */
    private static final Map<String, String> HALT_BETWEEN_PHASES = Map.of("ENTENTE_FAULT_HALT_AFTER_DECISIONS", "1");

    private static final int ACCOUNTS = 2000;
    private static final long OPENING_CENTS = 1_000_000;

    @Override
    public Playbill playbill() {
        return PLAYBILL;
    }

    @Override
    public void run(Stage stage, Result result) throws Exception {
        Checks checks = new Checks(stage.books(), result);
        long cents = 2000L + stage.random().nextInt(1000);
        BankTransfer transfer = new BankTransfer("demo-two-phase", "alice", "bob", cents, NONE, NONE);
        long alice = stage.books().number(ShopService.EAST, CENTS, "alice");
        long bob = stage.books().number(ShopService.WEST, CENTS, "bob");

        haltBetweenPhases(transfer.plan(stage.entente()), checks, alice, stage, result);
        Transaction committed = stage.await(transfer.gid());
        result.tell(committed);
        checks.ended(committed, Transaction.State.SUCCEEDED);
        checks.effects(transfer.gid(), "BankService/Prepare", "BankService/Prepare");
        checks.number("alice has " + cents + " cents less at east", alice - cents, ShopService.EAST, CENTS, "alice");
        checks.number("bob has " + cents + " cents more at west", bob + cents, ShopService.WEST, CENTS, "bob");

        rollBack(stage, checks, result);
        result.checkAll(new BankInvariants(stage.books()).all());
    }

    private static void haltBetweenPhases(TwoPhase plan, Checks checks, long alice, Stage stage, Result result)
            throws Exception {
        stage.coordinator().kill();
        stage.coordinator().start(HALT_BETWEEN_PHASES);
        long start = System.nanoTime();
        CompletableFuture<Submitted> answer = plan.submitAsync();
        boolean halted = stage.coordinator().awaitEnd(Readiness.limit());
        result.killed("coordinator, between the phases", start);
        result.check("the coordinator died between the phases", halted, 1);
        checks.number("both databases have it prepared", 2, ShopService.EAST, "select count(*) from pg_prepared_xacts");
        checks.number("and nobody sees it", alice, ShopService.EAST, CENTS, "alice");
        stage.coordinator().start(Map.of());
        answer.exceptionally(_ -> plan.submit()).join(); // Unanswered or not, the same gid is the same transaction.
    }

    private static void rollBack(Stage stage, Checks checks, Result result) throws Exception {
        BankTransfer tooMuch = new BankTransfer("demo-two-phase-refused", "alice", "bob", 1_000_000, NONE, NONE);
        tooMuch.plan(stage.entente()).submitAndWait(Stage.SUBMIT_WAIT);
        Transaction refused = stage.await(tooMuch.gid());
        result.tell(refused);
        checks.ended(refused, Transaction.State.ABORTED);
        checks.number(
                "and moved nothing", 0, ShopService.WEST, "select count(*) from movement where gid = ?", tooMuch.gid());
    }

    @Override
    public CrashWorkload workload(Stage stage) throws SQLException {
        openAccounts(stage);
        return new CrashWorkload(
                        gids(), (gid, random) -> CrashJob.of(any(gid, random).plan(stage.entente())))
                .truth(books -> new BankInvariants(books).all())
                .withoutCustomers()
                .decisionKillEvery(2)
                .killing(Victim.participant(stage.shop(), ShopService.EAST))
                .killing(Victim.participant(stage.shop(), ShopService.WEST));
    }

    /** Now and then more than there is. */
    static BankTransfer any(String gid, Random random) {
        long cents = random.nextInt(8) == 0 ? 2 * OPENING_CENTS : 1 + random.nextInt(100);
        return new BankTransfer(
                gid, account(random), account(random), cents, Trouble.slow(random), Trouble.slow(random));
    }

    private static String account(Random random) {
        return "load-" + random.nextInt(ACCOUNTS);
    }

    /** Opens enough accounts that two movements rarely meet. */
    static void openAccounts(Stage stage) throws SQLException {
        for (ShopService bank : EnumSet.of(ShopService.EAST, ShopService.WEST)) {
            stage.books().change(bank, """
                insert into account (id, opening_cents, cents)
                select 'load-' || n, ?, ? from generate_series(0, ? - 1) n on conflict do nothing\
                """, OPENING_CENTS, OPENING_CENTS, ACCOUNTS);
        }
    }
}
