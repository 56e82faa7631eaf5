package dev.entente.torture;

import dev.entente.rig.KillCycles;
import dev.entente.rig.StreamOption;
import dev.entente.torture.check.Evidence;
import dev.entente.torture.check.Standing;
import dev.entente.torture.inject.FaultSchedule;
import dev.entente.torture.inject.Injector;
import dev.entente.torture.load.Fleet;
import dev.entente.torture.load.Load;
import dev.entente.torture.load.PreviewedActs;
import dev.entente.torture.load.Workload;
import dev.entente.torture.machine.CoordinatorNode;
import dev.entente.torture.machine.Ledger;
import dev.entente.torture.machine.Link;
import dev.entente.torture.machine.TortureRig;
import dev.entente.torture.mutants.Good;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Random;
import java.util.function.Consumer;
import torture.v1.Behaviour;

/** One run: load, faults, peace, then the checker. Used by one thread. */
final class Run {
    /** Far longer than anything takes; on a machine that is short of everything that is long. */
    private static final Duration PEACE = Duration.ofMinutes(5);

    private final TortureRig room;
    private final long seed;
    private final int rate;
    private final Consumer<String> progress;

    /** @param progress told a line now and then */
    Run(TortureRig room, long seed, int rate, Consumer<String> progress) {
        this.room = room;
        this.seed = seed;
        this.rate = rate;
        this.progress = progress;
    }

    /**
     * Blocks until it is judged.
     *
     * @param previews states of what it has left, and of a load after it, in which acts are then drawn and compared with
     *     their previews
     */
    Report run(FaultSchedule timeline, Duration length, int previews) throws Exception {
        try (Fleet fleet = new Fleet(room.nodes(), room.ledgers())) {
            Load load = started(fleet, "t");
            Injector injector = new Injector(room, progress);
            long began = System.currentTimeMillis();
            injector.run(timeline, length);
            makePeace();
            Judgement judgement = inquire(load);
            judgement.explain(load, room.folder());
            PreviewedActs previewed = new PreviewedActs(room, fleet, seed);
            if (previews > 0) {
                preview(previewed, fleet, judgement.evidence(), previews);
            }
            Report.Facts facts =
                    new Report.Facts(seed, began, length, room.nodes().size());
            return new Report(facts, load, injector, judgement, previewed);
        }
    }

    /** Its load is judged by the previews alone: an operator who states what is not true spoils all else. */
    private void preview(PreviewedActs previewed, Fleet fleet, Evidence evidence, int previews) throws Exception {
        progress.accept("drawing acts, and comparing them with their previews");
        Load moving = Load.light(fleet, new Workload(fleet, new Random(seed), "p" + seed + "-"), rate);
        moving.start();
        previewed.draw(
                evidence.gids(EnumSet.range(Standing.SUCCEEDED, Standing.GIVEN_UP)),
                evidence.gids(EnumSet.of(Standing.OPEN, Standing.PARKED)),
                moving,
                previews);
        moving.end(Duration.ZERO);
    }

    /** Load without any fault, for so long, and what the judges are then given. Blocks. */
    Good quiet(Duration length) throws Exception {
        try (Fleet fleet = new Fleet(room.nodes(), room.ledgers())) {
            Load load = started(fleet, "t");
            progress.accept("a quiet run of " + length.toSeconds() + " s");
            Thread.sleep(length);
            Judgement judgement = inquire(load);
            return new Good(judgement.evidence(), load.commissions(), load.witness());
        }
    }

    /** Load, and kills of the first coordinator alone, at moments that hurt. Blocks until it is judged. */
    CrashReport kill(int cycles, StreamOption stream) throws Exception {
        try (Fleet fleet = new Fleet(room.nodes(), room.ledgers(), stream)) {
            Load load = started(fleet, "crash");
            KillCycles.Toll toll = new KillCycles(
                            room.nodes().getFirst().coordinator(), room.target(load::ended), new Random(seed), progress)
                    .run(cycles);
            return new CrashReport(load.accepted(), load.surprises(), inquire(load), toll);
        }
    }

    private Load started(Fleet fleet, String prefix) throws Exception {
        Load load = new Load(fleet, new Workload(fleet, new Random(seed), prefix + seed + "-"), rate);
        fleet.subscribe();
        load.start();
        return load;
    }

    private Judgement inquire(Load load) throws Exception {
        progress.accept("letting everything end");
        load.end(PEACE);
        progress.accept("asking for each, and reading the ledgers");
        return Judgement.of(room, load);
    }

    /** Starts processes again that have ended, as their operator would, and undoes what faults have left behind. */
    private void makePeace() throws Exception {
        room.postgres().revive();
        for (Ledger ledger : room.ledgers()) {
            ledger.signal("CONT");
            if (!ledger.isAlive()) {
                progress.accept(ledger.name() + " was left dead");
                ledger.start();
            }
            ledger.behave(Behaviour.getDefaultInstance());
        }
        for (CoordinatorNode node : room.nodes()) {
            node.lines().all().forEach(Link::calm);
            node.resume();
            if (!node.isAlive()) {
                progress.accept(node.name() + " is started again");
                node.startUntilReady(System.nanoTime() + PEACE.toNanos());
            }
        }
    }
}
