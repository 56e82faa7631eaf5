package dev.entente.lab.demo;

import dev.entente.client.PlanBuilder;
import dev.entente.client.Submitted;
import dev.entente.demo.ShopService;
import dev.entente.lab.crash.CrashWorkload;
import dev.entente.lab.crash.Mix;
import dev.entente.lab.judge.Claim;
import dev.entente.lab.judge.LedgerJudge;
import dev.entente.lab.judge.LedgerVerdict;
import dev.entente.lab.judge.ShopInvariants;
import dev.entente.lab.plans.HeldCalls;
import dev.entente.lab.plans.Purchase;
import dev.entente.lab.plans.Transfer;
import dev.entente.lab.plans.Trouble;
import dev.entente.lab.scenario.GlobalScenario;
import dev.entente.lab.scenario.Playbill;
import dev.entente.lab.scenario.Recovery;
import dev.entente.lab.scenario.Result;
import dev.entente.lab.scenario.Stage;
import dev.entente.lab.scenario.UnderKills;
import dev.entente.v1.Pattern;
import dev.entente.v1.Transaction;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import shop.v1.Fault;

/** The coordinator is killed with many transactions under way, and started again. */
final class CoordinatorKilled implements GlobalScenario {
    private static final Playbill PLAYBILL = Playbill.quick(
            "recovery",
            ShopService.STOCK,
            "120 purchases and transfers are under way: some forward, some turning back, some confirming. The"
                    + " coordinator is killed with -9 and started again; each must end, and each end must be true.");

    private static final String GIDS = "demo-recovery-";
    private static final int TRANSACTIONS = 120;
    private static final int CLIENTS = 300;

    @Override
    public Playbill playbill() {
        return PLAYBILL;
    }

    @Override
    public void run(Stage stage, Result result) throws Exception {
        long start = System.nanoTime();
        long open = killedAmidAll(stage, result, start);
        stage.coordinator().start(Map.of());

        List<Transaction> ended = new ArrayList<>();
        for (int i = 0; i < TRANSACTIONS; i++) {
            ended.add(stage.await(GIDS + i));
        }
        tell(ended, result);
        judge(stage, result, ended, open);
    }

    @Override
    public CrashWorkload workload(Stage stage) {
        return new CrashWorkload(gids(), new Mix(stage.entente())).clients(CLIENTS);
    }

    /** Kills it once all are durable, while each waits for a call that is held. Returns how many are open then. */
    private static long killedAmidAll(Stage stage, Result result, long start) throws Exception {
        try (HeldCalls held = HeldCalls.hold()) {
            submitAll(stage, held.fault());
            stage.coordinator().kill();
            result.killed("coordinator", start);
            return stage.coordinator().open().total();
        }
    }

    private static void submitAll(Stage stage, Fault held) {
        List<CompletableFuture<Submitted>> accepted = new ArrayList<>();
        for (int i = 0; i < TRANSACTIONS; i++) {
            accepted.add(plan(stage, i, held).submitAsync());
        }
        CompletableFuture.allOf(accepted.toArray(CompletableFuture[]::new)).join();
    }

    private static PlanBuilder<?> plan(Stage stage, int i, Fault held) {
        Fault losing = held.toBuilder().setLoseAnswers(1).build();
        String account = i % 2 == 0 ? "alice" : "bob";
        Map<String, Fault> faults = switch (i % 4) {
            case 1 -> Map.of("add-points", Trouble.rejecting("POINTS_CLOSED"), "refund", held);
            case 2 -> Map.of("charge", losing);
            default -> Map.of("reserve", held);
        };
        return i % 4 == 0
                ? new Transfer(GIDS + i, account, "carol", 10, held).declared(stage.entente())
                : new Purchase(GIDS + i, account, "A-2", 1, 100, faults).saga(stage.entente());
    }

    /** The first that was taken over after the kill is told; all are counted. */
    private static void tell(List<Transaction> ended, Result result) {
        Transaction told =
                ended.stream().filter(UnderKills::wasTakenOver).findFirst().orElse(ended.getFirst());
        result.tell(told);
        ended.stream()
                .filter(transaction -> !transaction.getGid().equals(told.getGid()))
                .forEach(transaction -> result.count(transaction.getState().name()));
    }

    private static void judge(Stage stage, Result result, List<Transaction> ended, long open) throws Exception {
        List<Claim> claims = ended.stream().map(CoordinatorKilled::claim).toList();
        LedgerVerdict verdict = LedgerJudge.of(claims, stage.books().effects(GIDS));
        long finished = ended.stream().filter(Transaction::getTerminal).count();
        result.recovered(new Recovery(open, finished, verdict.lost(), verdict.contradictions()));
        result.check("all " + TRANSACTIONS + " were open at the kill", open == TRANSACTIONS, open);
        result.check("every accepted transaction ended", finished == TRANSACTIONS, TRANSACTIONS);
        result.check("every end agrees with what the participants did", verdict.contradictions() == 0, claims.size());
        result.check("nothing took effect twice", verdict.duplicateEffects() == 0, claims.size());
        verdict.findings().stream()
                .limit(5)
                .forEach(finding -> result.check("an end agrees with the ledgers", false, 1, finding));
        result.checkAll(new ShopInvariants(stage.books()).all());
    }

    private static Claim claim(Transaction transaction) {
        Set<String> branches = transaction.getPattern() == Pattern.TCC ? Transfer.BRANCHES : Set.copyOf(Purchase.STEPS);
        return new Claim(
                transaction.getGid(),
                transaction.getPattern(),
                branches,
                Claim.End.of(transaction.getState(), transaction.hasParked()));
    }
}
