package dev.entente.torture.siege;

import dev.entente.rig.ChildFailure;
import dev.entente.torture.siege.attack.Attack;
import dev.entente.torture.siege.attack.AttackRun;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** A series of attacks, one after another, with their measured cost. For one thread. */
final class Campaign {
    private static final Duration QUIET = Duration.ofSeconds(5);
    /** The pause before the next attack, in which connections close and backlogs clear. */
    private static final Duration CALM = Duration.ofMillis(500);

    private final AttackedNode attackedNode;
    private final Duration length;
    private final Consumer<String> progress;

    /** @param progress gets a line for each attack */
    Campaign(AttackedNode attackedNode, Duration length, Consumer<String> progress) {
        this.attackedNode = attackedNode;
        this.length = length;
        this.progress = progress;
    }

    List<AttackReport> run(List<Attack> wanted) throws Exception {
        progress.accept("%-22s %-6s %9s %8s".formatted("attack", "", "tries", "rss"));
        List<AttackReport> reports = new ArrayList<>();
        try (GoodClient good = new GoodClient(attackedNode.client())) {
            Quiet quiet = quiet(good);
            for (Attack attack : wanted) {
                AttackReport report = make(attack, good, quiet);
                progress.accept(report.toText());
                reports.add(report);
                Thread.sleep(CALM);
            }
        }
        return reports;
    }

    /** The values without an attack. */
    private record Quiet(long residentKib, Set<String> lives) {}

    private Quiet quiet(GoodClient good) throws Exception {
        try (ProcessMonitor watchman = new ProcessMonitor(attackedNode.ready())) {
            Thread.sleep(QUIET);
            List<String> failures = good.takeFailures();
            if (!failures.isEmpty()) {
                throw new ChildFailure("failures without an attack: " + failures, 1);
            }
            return new Quiet(watchman.residentKib(), attackedNode.lives());
        }
    }

    private AttackReport make(Attack attack, GoodClient good, Quiet quiet) throws Exception {
        AttackRun attackRun = new AttackRun(System.nanoTime() + length.toNanos());
        try (ProcessMonitor watchman = new ProcessMonitor(attackedNode.ready())) {
            attack.action().go(attackedNode.target(), attackRun);
            List<String> broke = new ArrayList<>(attackRun.broke());
            broke.addAll(good.takeFailures());
            return new AttackReport(
                    attack.name(),
                    attackRun.tries(),
                    broke,
                    (double) watchman.residentKib() / quiet.residentKib(),
                    watchman.wasAnswered(),
                    !attackedNode.lives().equals(quiet.lives()));
        }
    }
}
