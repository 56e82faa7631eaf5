package dev.entente.lab.demo;

import dev.entente.lab.crash.CrashRun;
import dev.entente.lab.crash.CrashWorkload;
import dev.entente.lab.crash.KilledRun;
import dev.entente.lab.judge.Claim;
import dev.entente.rig.KillCycles;
import dev.entente.v1.Transaction;
import java.util.List;

/** A scenario's operation again and again, while the coordinator, and who else it names, is killed. */
final class UnderKills {
    /** The number of transactions to look at for one that was taken over. */
    private static final int LOOKED_AT = 50;

    private UnderKills() {}

    /** Kills the coordinator so often, and checks what is left. Blocks. */
    static void run(CrashWorkload workload, int kills, Stage stage, Result result) throws Exception {
        KilledRun report = new CrashRun(
                        workload,
                        stage.entente(),
                        stage.coordinator(),
                        stage.playground().database(),
                        stage.random(),
                        line -> System.err.println("  " + line))
                .run(kills);
        report.toll().kills().forEach(result::killed);
        tell(report, stage, result);
        checkKills(report, kills, result);
        checkEnds(report, result);
        result.checkAll(report.reckoning().invariants());
    }

    /** One that was taken over after a kill is told; all are counted. */
    private static void tell(KilledRun report, Stage stage, Result result) {
        List<Claim> claims = report.reckoning().claims();
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

    static boolean wasTakenOver(Transaction transaction) {
        return transaction.getHistoryList().stream()
                .anyMatch(event -> event.getKind().equals("ADOPTED"));
    }

    private static void checkKills(KilledRun report, int kills, Result result) {
        long least = report.toll().openAtKill().stream()
                .mapToLong(Long::longValue)
                .min()
                .orElse(0);
        long finished = report.reckoning().claims().size()
                - report.reckoning().ended(Claim.End.LOST)
                - report.reckoning().ended(Claim.End.PARKED);
        result.recovered(
                new Recovery(least, finished, report.reckoning().verdict().lost(), report.contradictions()));
        result.check(
                "the coordinator was killed " + kills + " times, each time with at least " + KillCycles.OPEN_AT_LEAST
                        + " open",
                report.toll().openAtKill().size() == kills && least >= KillCycles.OPEN_AT_LEAST,
                kills,
                "open at the kills: " + report.toll().openAtKill());
    }

    private static void checkEnds(KilledRun report, Result result) {
        long checked = report.reckoning().claims().size();
        result.check(
                "everything that was accepted ended",
                report.reckoning().verdict().lost() == 0
                        && report.reckoning().parked().isEmpty(),
                checked,
                "lost " + report.reckoning().verdict().lost() + ", parked "
                        + report.reckoning().parked());
        result.check(
                "every client was told the end that stands",
                report.reckoning().broken().isEmpty(),
                report.reckoning().accepted(),
                String.join("; ", report.reckoning().broken()));
        result.check(
                "every end agrees with what the participants did",
                report.reckoning().verdict().contradictions() == 0,
                checked,
                findings(report));
        result.check(
                "nothing took effect twice",
                report.reckoning().verdict().duplicateEffects() == 0,
                checked,
                findings(report));
    }

    private static String findings(KilledRun report) {
        return String.join(
                "; ", report.reckoning().verdict().findings().stream().limit(5).toList());
    }
}
