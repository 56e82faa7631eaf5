package dev.entente.lab.scenario;

import dev.entente.lab.crash.CrashLoad;
import dev.entente.lab.crash.CrashWorkload;
import dev.entente.lab.crash.Reckoning;
import dev.entente.lab.judge.Claim;
import dev.entente.lab.judge.LedgerVerdict;
import dev.entente.rig.KillCycles;
import dev.entente.v1.Transaction;
import java.util.List;

/** A scenario's operation again and again, while the coordinator, and who else it names, is killed. */
public final class UnderKills {
    /** The number of transactions to look at for one that was taken over. */
    private static final int LOOKED_AT = 50;

    private UnderKills() {}

    /** Kills the coordinator so often, and checks what is left. Blocks. */
    public static void run(CrashWorkload workload, int kills, Stage stage, Result result) throws Exception {
        CrashLoad load = new CrashLoad(workload, stage.entente(), stage.coordinator(), stage.random());
        KillCycles.Toll toll = load.run(kills, stage.books(), line -> System.err.println("  " + line));
        Reckoning reckoning = Reckoning.of(load, stage.playground().database());
        toll.kills().forEach(result::killed);
        tell(reckoning.claims(), stage, result);
        checkKills(reckoning, toll.openAtKill(), kills, result);
        checkEnds(reckoning, result);
        result.checkAll(reckoning.invariants());
    }

    /** One that was taken over after a kill is told; all are counted. */
    private static void tell(List<Claim> claims, Stage stage, Result result) {
        List<Transaction> looked = claims.stream()
                .filter(claim -> claim.end() != Claim.End.LOST)
                .limit(LOOKED_AT)
                .map(claim -> stage.entente().transactions().describe(claim.gid()))
                .toList();
        looked.stream()
                .filter(UnderKills::wasTakenOver)
                .findFirst()
                .or(() -> looked.stream().findFirst())
                .ifPresent(result::story);
        claims.forEach(claim -> result.count(claim.end().name()));
    }

    public static boolean wasTakenOver(Transaction transaction) {
        return transaction.getHistoryList().stream()
                .anyMatch(event -> event.getKind().equals("ADOPTED"));
    }

    private static void checkKills(Reckoning reckoning, List<Long> openAtKill, int kills, Result result) {
        long least = openAtKill.stream().mapToLong(Long::longValue).min().orElse(0);
        long finished = reckoning.claims().size() - reckoning.ended(Claim.End.LOST) - reckoning.ended(Claim.End.PARKED);
        result.recovered(new Recovery(least, finished, reckoning.verdict().lost(), reckoning.contradictions()));
        result.check(
                "the coordinator was killed " + kills + " times",
                openAtKill.size() == kills,
                kills,
                "open at the kills: " + openAtKill);
    }

    private static void checkEnds(Reckoning reckoning, Result result) {
        LedgerVerdict verdict = reckoning.verdict();
        long checked = reckoning.claims().size();
        String findings = String.join("; ", verdict.findings().stream().limit(5).toList());
        result.check(
                "everything that was accepted ended",
                verdict.lost() == 0 && reckoning.parked().isEmpty(),
                checked,
                "lost " + verdict.lost() + ", parked " + reckoning.parked());
        result.check(
                "every client was told the end that stands",
                reckoning.broken().isEmpty(),
                reckoning.accepted(),
                String.join("; ", reckoning.broken()));
        result.check(
                "every end agrees with what the participants did", verdict.contradictions() == 0, checked, findings);
        result.check("nothing took effect twice", verdict.duplicateEffects() == 0, checked, findings);
    }
}
