package dev.entente.faults.siege;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.entente.faults.siege.attack.Attack;
import dev.entente.faults.siege.attack.AttackMain;
import dev.entente.rig.ChildFailure;
import dev.entente.rig.ChildProcess;
import dev.entente.rig.JavaCommand;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** Makes attacks one after another, each from a process of its own, and measures what they cost. For one thread. */
final class Campaign {
    private static final Duration WARM_UP = Duration.ofSeconds(10);
    private static final Duration QUIET = Duration.ofSeconds(10);
    /** For connections to go and backlogs to clear, before the next one. */
    private static final Duration CALM = Duration.ofSeconds(2);
    /** Beyond the time that an attack has: for its start and for what waits inside of it. */
    private static final Duration GRACE = Duration.ofSeconds(60);

    /** An attacker does not compute on the machine that it attacks; this one does, so it comes last. */
    private static final List<String> BEHIND_ALL_OTHERS = List.of("nice", "-n", "19");

    private final Besieged besieged;
    private final int seconds;
    private final Consumer<String> progress;
    private double quietP99;

    /** @param progress told a line for each attack */
    Campaign(Besieged besieged, int seconds, Consumer<String> progress) {
        this.besieged = besieged;
        this.seconds = seconds;
        this.progress = progress;
    }

    /** The good client's p99 without an attack, in milliseconds. */
    double quietP99() {
        return quietP99;
    }

    List<AttackReport> run(List<Attack> wanted, boolean isTimed) throws Exception {
        progress.accept(
                "%-22s %-6s %9s %8s %8s %8s %8s".formatted("attack", "", "tries", "p99", "rss", "livez ms", "lines/s"));
        List<AttackReport> reports = new ArrayList<>();
        try (GoodClient good = new GoodClient(besieged.client())) {
            Thread.sleep(isTimed ? WARM_UP : WARM_UP.dividedBy(4));
            var _ = good.take();
            Quiet quiet = quiet(good, isTimed);
            for (Attack attack : wanted) {
                AttackReport report = make(attack, good, quiet, isTimed);
                progress.accept(report.toText(isTimed));
                reports.add(report);
                Thread.sleep(isTimed ? CALM : CALM.dividedBy(4));
                var _ = good.take();
            }
        }
        return reports;
    }

    /** How it is without an attack. */
    private record Quiet(long residentKib, Set<String> lives) {}

    private Quiet quiet(GoodClient good, boolean isTimed) throws Exception {
        try (Watchman watchman = new Watchman(besieged.ready(), besieged.log())) {
            Thread.sleep(isTimed ? QUIET : QUIET.dividedBy(4));
            List<String> failures = good.takeFailures();
            if (!failures.isEmpty()) {
                throw new ChildFailure("not even in quiet does all go well: " + failures, 1);
            }
            quietP99 = GoodClient.p99(good.take());
            return new Quiet(watchman.residentKib(), besieged.lives());
        }
    }

    private AttackReport make(Attack attack, GoodClient good, Quiet quiet, boolean isTimed) throws Exception {
        List<String> command = new ArrayList<>(isTimed ? BEHIND_ALL_OTHERS : List.of());
        command.addAll(JavaCommand.small(
                "512m",
                AttackMain.class,
                List.of(
                        "--attack",
                        attack.name(),
                        "--seconds",
                        Integer.toString(seconds),
                        "--front",
                        besieged.front().toJson())));
        Path log = besieged.folder().resolve("attack-" + attack.name() + ".log");
        long began = System.nanoTime();
        try (Watchman watchman = new Watchman(besieged.ready(), besieged.log());
                ChildProcess attacker = ChildProcess.start(attack.name(), command, Map.of(), log)) {
            JsonObject result = JsonParser.parseString(
                            attacker.awaitFirstLine(Duration.ofSeconds(seconds).plus(GRACE)))
                    .getAsJsonObject();
            List<String> broke = new ArrayList<>();
            result.getAsJsonArray("broke").asList().stream()
                    .map(JsonElement::getAsString)
                    .forEach(broke::add);
            broke.addAll(good.takeFailures());
            if (besieged.entered("forged") > 0) {
                broke.add("the participant has done what no coordinator asked for");
            }
            double lasted = (System.nanoTime() - began) / 1e9;
            return new AttackReport(
                    attack.name(),
                    result.get("tries").getAsLong(),
                    broke,
                    GoodClient.p99(good.take()) / quietP99,
                    (double) watchman.residentKib() / quiet.residentKib(),
                    watchman.slowestMillis(),
                    watchman.wasAnswered(),
                    !besieged.lives().equals(quiet.lives()),
                    watchman.linesSince() / lasted);
        }
    }
}
