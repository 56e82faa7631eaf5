package dev.entente.stories.demo;

import dev.entente.client.CoordinatorUnavailable;
import dev.entente.client.Submitted;
import dev.entente.client.TwoPhase;
import dev.entente.demo.ShopService;
import dev.entente.rig.HeldDecision;
import dev.entente.rig.Readiness;
import dev.entente.rig.RigCoordinator;
import dev.entente.stories.judge.Law;
import dev.entente.stories.plans.BankTransfer;
import dev.entente.v1.HistoryEvent;
import dev.entente.v1.Transaction;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import shop.v1.BankServiceGrpc;
import shop.v1.Fault;
import shop.v1.GiveUpRequest;

/** Scenarios of two banks with two databases, and a coordinator that dies between the phases. */
final class BankScenarios {
    static final List<Scenario> ALL = List.of(
            Scenario.named(
                            "two-phase",
                            ShopService.WEST,
                            "Alice at bank east sends money to Bob at bank west. Both databases have prepared the"
                                    + " transfer when the coordinator is killed. Its decision is durable, but no commit"
                                    + " has been sent. The next coordinator commits in both databases. Then Alice sends"
                                    + " more than she has: the change that west prepared is rolled back.",
                            BankScenarios::twoPhases)
                    .with(ShopService.EAST, ShopService.WEST),
            Scenario.named(
                            "three-phase",
                            ShopService.WEST,
                            "A transfer between two banks has three phases: prepare, pre-commit, commit. In a second"
                                    + " transfer bank east is prepared when the coordinator is killed, before any"
                                    + " pre-commit. East rolls back by itself and unlocks the account, without the"
                                    + " decision. The next coordinator gets a refusal and rolls back the transfer.",
                            BankScenarios::threePhases)
                    .with(ShopService.EAST, ShopService.WEST));

    private static final Fault NONE = Fault.getDefaultInstance();
    /** Longer than it takes to kill the coordinator during the call, shorter than the call's timeout. */
    private static final Fault SLOW = Fault.newBuilder().setDelayMs(3000).build();

    private static final String CENTS = "select cents from account where id = ?";
    private static final String PREPARED = "select count(*) from pg_prepared_xacts where database = current_database()";
    private static final String GAINED = "select coalesce(sum(cents) - sum(opening_cents), 0) from account";

    private BankScenarios() {}

    private static BankTransfer transfer(String gid, long cents, Fault preparing) {
        return new BankTransfer(gid, "alice", "bob", cents, preparing, NONE);
    }

    private static long cents(ScenarioRun play, ShopService bank, String account) throws SQLException {
        return play.databases().number(bank, CENTS, account);
    }

    private static void checkBanks(ScenarioRun play) throws SQLException {
        long east = play.databases().number(ShopService.EAST, GAINED);
        long west = play.databases().number(ShopService.WEST, GAINED);
        play.check(
                "banks: the money that left one bank arrived at the other",
                east + west == 0,
                2,
                "east gained " + east + ", west " + west);
        play.hold(Law.EAST_BOOKED, Law.WEST_BOOKED, Law.NOTHING_PREPARED);
    }

    // ---- two-phase

    private static void twoPhases(ScenarioRun play) throws Exception {
        BankTransfer transfer = transfer("demo-two-phase", 2000L + play.random().nextInt(1000), NONE);
        long cents = transfer.cents();
        long alice = cents(play, ShopService.EAST, "alice");
        long bob = cents(play, ShopService.WEST, "bob");
        killBetweenPhases(play, transfer.plan(play.entente()), alice);
        play.reported(transfer.gid(), Transaction.State.SUCCEEDED);
        play.effects(transfer.gid(), "BankService/Prepare", "BankService/Prepare");
        play.number("alice has " + cents + " cents less at east", alice - cents, ShopService.EAST, CENTS, "alice");
        play.number("bob has " + cents + " cents more at west", bob + cents, ShopService.WEST, CENTS, "bob");
        BankTransfer tooMuch = transfer("demo-two-phase-refused", 1_000_000, NONE);
        play.submitted(tooMuch.plan(play.entente()), Transaction.State.ABORTED);
        play.number(
                "the refused transfer moved no money",
                0,
                ShopService.WEST,
                "select count(*) from movement where gid = ?",
                tooMuch.gid());
        checkBanks(play);
    }

    /** Kills the coordinator when its decision is durable and no commit is sent yet. */
    private static void killBetweenPhases(ScenarioRun play, TwoPhase plan, long alice) throws Exception {
        RigCoordinator coordinator = play.stage().coordinator();
        coordinator.kill();
        CompletableFuture<Submitted> answer;
        boolean isHeld;
        try (HeldDecision decision = HeldDecision.arm(coordinator.database(), 1)) {
            coordinator.start(Map.of());
            answer = plan.submitAsync();
            isHeld = decision.await(Readiness.limit());
            coordinator.kill();
        }
        play.killed("coordinator, between the phases");
        play.check("the coordinator was killed between the phases", isHeld, 1);
        play.number(
                "both databases have prepared the transfer",
                2,
                ShopService.EAST,
                "select count(*) from pg_prepared_xacts");
        play.number("the prepared change is not visible", alice, ShopService.EAST, CENTS, "alice");
        play.restartCoordinator();
        answer.exceptionally(_ -> plan.submit()).join(); // with or without a response: one gid is one transaction
    }

    // ---- three-phase

    private static void threePhases(ScenarioRun play) throws Exception {
        long cents = 2000L + play.random().nextInt(1000);
        long alice = cents(play, ShopService.EAST, "alice");
        long bob = cents(play, ShopService.WEST, "bob");
        Transaction committed = play.submitted(
                transfer("demo-three-phase", cents, NONE).threePhase(play.entente()), Transaction.State.SUCCEEDED);
        List<String> operations = committed.getHistoryList().stream()
                .filter(event -> event.getKind().equals("CALL_FINISHED"))
                .map(HistoryEvent::getOp)
                .toList();
        play.check(
                "both banks were prepared, then both pre-committed, then both committed",
                operations.equals(List.of("prepare", "prepare", "pre_commit", "pre_commit", "commit", "commit")),
                operations.size(),
                operations.toString());
        play.number("alice has less at east", alice - cents, ShopService.EAST, CENTS, "alice");
        play.number("bob has more at west", bob + cents, ShopService.WEST, CENTS, "bob");
        giveUp(play, transfer("demo-three-phase-orphan", cents, SLOW));
        play.number("alice's balance is unchanged", alice - cents, ShopService.EAST, CENTS, "alice");
        play.number("bob's balance is unchanged", bob + cents, ShopService.WEST, CENTS, "bob");
        checkBanks(play);
    }

    private static void giveUp(ScenarioRun play, BankTransfer transfer) throws Exception {
        CompletableFuture<Submitted> answer =
                transfer.threePhase(play.entente()).submitAsync();
        play.await("east to be prepared", () -> play.databases().number(ShopService.EAST, PREPARED) == 1);
        boolean isPrepared = play.databases().number(ShopService.EAST, PREPARED) == 1;
        play.stage().coordinator().kill();
        play.killed("coordinator, between the phases");
        play.check("east was prepared when the coordinator was killed", isPrepared, 1);
        int givenUp = BankServiceGrpc.newBlockingStub(play.shop().channel(ShopService.EAST))
                .giveUp(GiveUpRequest.getDefaultInstance())
                .getGivenUp();
        play.check("east rolls back by itself", givenUp == 1, 1);
        play.number("east holds no lock", 0, ShopService.EAST, PREPARED);
        play.restartCoordinator();
        answer.exceptionally(unanswered -> submittedAgain(play, transfer, unanswered))
                .join();
        play.reported(transfer.gid(), Transaction.State.ABORTED);
        play.number("nothing is prepared at east", 0, ShopService.EAST, PREPARED);
        play.number("nothing is prepared at west", 0, ShopService.WEST, PREPARED);
    }

    /** Submits the transaction again if there was no response: one gid is one transaction. */
    private static Submitted submittedAgain(ScenarioRun play, BankTransfer transfer, Throwable unanswered) {
        if (unanswered.getCause() instanceof CoordinatorUnavailable || unanswered instanceof CoordinatorUnavailable) {
            return transfer.threePhase(play.entente()).submit();
        }
        throw new IllegalStateException("the transfer was not submitted", unanswered);
    }
}
