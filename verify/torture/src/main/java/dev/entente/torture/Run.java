package dev.entente.torture;

import dev.entente.rig.KillCycles;
import dev.entente.rig.StreamOption;
import dev.entente.torture.check.Evidence;
import dev.entente.torture.check.ReportedState;
import dev.entente.torture.inject.FaultSchedule;
import dev.entente.torture.inject.Injector;
import dev.entente.torture.load.Fleet;
import dev.entente.torture.load.Load;
import dev.entente.torture.load.OperationPreviewer;
import dev.entente.torture.load.Workload;
import dev.entente.torture.machine.CoordinatorNode;
import dev.entente.torture.machine.Ledger;
import dev.entente.torture.machine.Link;
import dev.entente.torture.machine.TortureRig;
import dev.entente.torture.mutants.FaultlessEvidence;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Random;
import java.util.function.Consumer;
import torture.v1.Behaviour;

/** One run: a load with faults, then a quiet phase, then the checks. Used by one thread. */
final class Run {
    /** Much longer than all work takes, because an overloaded machine is slow. */
    private static final Duration PEACE = Duration.ofMinutes(5);

    private final TortureRig rig;
    private final long seed;
    private final int rate;
    private final Consumer<String> progress;

    /** @param progress gets a line now and then */
    Run(TortureRig rig, long seed, int rate, Consumer<String> progress) {
        this.rig = rig;
        this.seed = seed;
        this.rate = rate;
        this.progress = progress;
    }

    /**
     * Runs and returns the checked result. Blocks.
     *
     * @param previews the number of states to preview: of the run's transactions and of a load after the run; operator
     *     actions are drawn in these states and compared with their previews
     */
    Report run(FaultSchedule timeline, Duration length, int previews) throws Exception {
        try (Fleet fleet = new Fleet(rig.nodes(), rig.ledgers())) {
            Load load = started(fleet, "t");
            Injector injector = new Injector(rig, progress);
            long began = System.currentTimeMillis();
            injector.run(timeline, length);
            makePeace();
            CheckResults checkResults = inquire(load);
            checkResults.explain(load, rig.folder());
            OperationPreviewer previewed = new OperationPreviewer(rig, fleet, seed);
            if (previews > 0) {
                preview(previewed, fleet, checkResults.evidence(), previews);
            }
            Report.Facts facts =
                    new Report.Facts(seed, began, length, rig.nodes().size());
            return new Report(facts, load, injector, checkResults, previewed);
        }
    }

    /** Checks this load by the previews only: an operator's false statements make all other checks invalid. */
    private void preview(OperationPreviewer previewed, Fleet fleet, Evidence evidence, int previews) throws Exception {
        progress.accept("performing random operations, and comparing them with their previews");
        Load moving = Load.light(fleet, new Workload(fleet, new Random(seed), "p" + seed + "-"), rate);
        moving.start();
        previewed.draw(
                evidence.gids(EnumSet.range(ReportedState.SUCCEEDED, ReportedState.GIVEN_UP)),
                evidence.gids(EnumSet.of(ReportedState.OPEN, ReportedState.PARKED)),
                moving,
                previews);
        moving.end(Duration.ZERO);
    }

    /** Runs a load without faults for {@code length} and returns the evidence for the checkers. Blocks. */
    FaultlessEvidence quiet(Duration length) throws Exception {
        try (Fleet fleet = new Fleet(rig.nodes(), rig.ledgers())) {
            Load load = started(fleet, "t");
            progress.accept("a run without faults: " + length.toSeconds() + " s");
            Thread.sleep(length);
            CheckResults checkResults = inquire(load);
            return new FaultlessEvidence(checkResults.evidence(), load.requests(), load.recorder());
        }
    }

    /** Runs a load and kills only the first coordinator, at critical moments. Blocks until the run is checked. */
    CrashReport kill(int cycles, StreamOption stream) throws Exception {
        try (Fleet fleet = new Fleet(rig.nodes(), rig.ledgers(), stream)) {
            Load load = started(fleet, "crash");
            KillCycles.KillStates killStates = new KillCycles(
                            rig.nodes().getFirst().coordinator(), rig.target(load::ended), new Random(seed), progress)
                    .run(cycles);
            return new CrashReport(load.accepted(), load.anomalies(), inquire(load), killStates);
        }
    }

    private Load started(Fleet fleet, String prefix) throws Exception {
        Load load = new Load(fleet, new Workload(fleet, new Random(seed), prefix + seed + "-"), rate);
        fleet.subscribe();
        load.start();
        return load;
    }

    private CheckResults inquire(Load load) throws Exception {
        progress.accept("waiting for all transactions to finish");
        load.end(PEACE);
        progress.accept("reading each transaction and the ledgers");
        return CheckResults.of(rig, load);
    }

    /** Restarts processes that have exited, like an operator, and removes the remaining effects of faults. */
    private void makePeace() throws Exception {
        rig.postgres().revive();
        for (Ledger ledger : rig.ledgers()) {
            ledger.signal("CONT");
            if (!ledger.isAlive()) {
                progress.accept(ledger.name() + " has exited and is restarted");
                ledger.start();
            }
            ledger.behave(Behaviour.getDefaultInstance());
        }
        for (CoordinatorNode node : rig.nodes()) {
            node.lines().all().forEach(Link::calm);
            node.resume();
            if (!node.isAlive()) {
                progress.accept(node.name() + " has exited and is restarted");
                node.startUntilReady(System.nanoTime() + PEACE.toNanos());
            }
        }
    }
}
