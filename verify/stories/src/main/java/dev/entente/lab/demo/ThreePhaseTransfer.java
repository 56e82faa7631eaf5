package dev.entente.lab.demo;

import dev.entente.client.CoordinatorUnavailable;
import dev.entente.client.Submitted;
import dev.entente.demo.ShopService;
import dev.entente.lab.crash.CrashJob;
import dev.entente.lab.crash.CrashWorkload;
import dev.entente.lab.judge.BankInvariants;
import dev.entente.lab.plans.BankTransfer;
import dev.entente.lab.scenario.Checks;
import dev.entente.lab.scenario.GlobalScenario;
import dev.entente.lab.scenario.Playbill;
import dev.entente.lab.scenario.Result;
import dev.entente.lab.scenario.Stage;
import dev.entente.rig.Victim;
import dev.entente.v1.HistoryEvent;
import dev.entente.v1.Transaction;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import java.sql.SQLException;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import shop.v1.BankServiceGrpc;
import shop.v1.Fault;
import shop.v1.GiveUpRequest;

/**
 * The same banks with a third phase: what is prepared, and not pre-committed, frees itself while no coordinator lives.
 */
final class ThreePhaseTransfer implements GlobalScenario {
    private static final Playbill PLAYBILL = Playbill.named(
                    "three-phase",
                    ShopService.WEST,
                    "A transfer between two banks in three phases: prepared, pre-committed, committed. Of a second one"
                            + " the bank east is prepared when the coordinator dies, before anything is pre-committed:"
                            + " east gives up by itself and its account is free, although nobody tells it the decision."
                            + " The next coordinator is refused, and rolls back.")
            .with(EnumSet.of(ShopService.EAST, ShopService.WEST));

    private static final Fault NONE = Fault.getDefaultInstance();
    /** Longer than it takes to kill the coordinator meanwhile, shorter than its call waits. */
    private static final Fault SLOW = Fault.newBuilder().setDelayMs(3000).build();

    private static final String PREPARED = "select count(*) from pg_prepared_xacts where database = current_database()";

    @Override
    public Playbill playbill() {
        return PLAYBILL;
    }

    @Override
    public void run(Stage stage, Result result) throws Exception {
        Checks checks = new Checks(stage.books(), result);
        long cents = 2000L + stage.random().nextInt(1000);
        long alice = stage.books().number(ShopService.EAST, TwoPhaseTransfer.CENTS, "alice");
        long bob = stage.books().number(ShopService.WEST, TwoPhaseTransfer.CENTS, "bob");
        commit(stage, checks, result, cents);
        checks.number("alice has less at east", alice - cents, ShopService.EAST, TwoPhaseTransfer.CENTS, "alice");
        checks.number("bob has more at west", bob + cents, ShopService.WEST, TwoPhaseTransfer.CENTS, "bob");

        giveUp(stage, checks, result, cents);
        checks.number("alice has the same", alice - cents, ShopService.EAST, TwoPhaseTransfer.CENTS, "alice");
        checks.number("and bob", bob + cents, ShopService.WEST, TwoPhaseTransfer.CENTS, "bob");
        result.checkAll(new BankInvariants(stage.books()).all());
    }

    private static void commit(Stage stage, Checks checks, Result result, long cents) throws Exception {
        BankTransfer transfer = new BankTransfer("demo-three-phase", "alice", "bob", cents, NONE, NONE);
        transfer.threePhase(stage.entente()).submitAndWait(Stage.SUBMIT_WAIT);
        Transaction committed = stage.await(transfer.gid());
        result.tell(committed);
        checks.ended(committed, Transaction.State.SUCCEEDED);
        List<String> operations = committed.getHistoryList().stream()
                .filter(event -> event.getKind().equals("CALL_FINISHED"))
                .map(HistoryEvent::getOp)
                .toList();
        result.check(
                "both banks were prepared, then both pre-committed, then both committed",
                operations.equals(List.of("prepare", "prepare", "pre_commit", "pre_commit", "commit", "commit")),
                operations.size(),
                operations.toString());
    }

    private static void giveUp(Stage stage, Checks checks, Result result, long cents) throws Exception {
        BankTransfer transfer = new BankTransfer("demo-three-phase-orphan", "alice", "bob", cents, SLOW, NONE);
        long start = System.nanoTime();
        CompletableFuture<Submitted> answer =
                transfer.threePhase(stage.entente()).submitAsync();
        stage.await("east to be prepared", () -> stage.books().number(ShopService.EAST, PREPARED) == 1);
        boolean isPrepared = stage.books().number(ShopService.EAST, PREPARED) == 1;
        stage.coordinator().kill();
        result.killed("coordinator, between the phases", start);
        result.check("east was prepared when the coordinator died", isPrepared, 1);

        result.check("east gives up by itself", givenUp(stage) == 1, 1);
        checks.number("no lock stands at east", 0, ShopService.EAST, PREPARED);
        stage.coordinator().start(Map.of());
        answer.exceptionally(unanswered -> submittedAgain(transfer, stage, unanswered))
                .join();
        Transaction ended = stage.await(transfer.gid());
        result.tell(ended);
        checks.ended(ended, Transaction.State.ABORTED);
        checks.number("nothing stands at east", 0, ShopService.EAST, PREPARED);
        checks.number("nothing stands at west", 0, ShopService.WEST, PREPARED);
    }

    /** Unanswered or not, the same gid is the same transaction. */
    private static Submitted submittedAgain(BankTransfer transfer, Stage stage, Throwable unanswered) {
        if (unanswered.getCause() instanceof CoordinatorUnavailable || unanswered instanceof CoordinatorUnavailable) {
            return transfer.threePhase(stage.entente()).submit();
        }
        throw new IllegalStateException("not submitted", unanswered);
    }

    private static int givenUp(Stage stage) {
        ManagedChannel bank = Grpc.newChannelBuilder(
                        stage.shop().target(ShopService.EAST), InsecureChannelCredentials.create())
                .build();
        try {
            return BankServiceGrpc.newBlockingStub(bank)
                    .giveUp(GiveUpRequest.getDefaultInstance())
                    .getGivenUp();
        } finally {
            bank.shutdownNow();
        }
    }

    @Override
    public CrashWorkload workload(Stage stage) throws SQLException {
        TwoPhaseTransfer.openAccounts(stage);
        return new CrashWorkload(
                        gids(),
                        (gid, random) ->
                                CrashJob.of(TwoPhaseTransfer.any(gid, random).threePhase(stage.entente())))
                .truth(books -> new BankInvariants(books).all())
                .withoutCustomers()
                .decisionKillEvery(2)
                .killing(Victim.participant(stage.shop(), ShopService.EAST))
                .killing(Victim.participant(stage.shop(), ShopService.WEST));
    }
}
