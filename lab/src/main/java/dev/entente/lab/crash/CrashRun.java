package dev.entente.lab.crash;

import dev.entente.client.Entente;
import dev.entente.lab.judge.Books;
import dev.entente.rig.EmbeddedDatabase;
import dev.entente.rig.OpenTransactions;
import dev.entente.rig.RigCoordinator;
import dev.entente.rig.Wait;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;

/** One run: load, kills and restarts, then the reckoning. Used by one thread. */
public final class CrashRun {
    /** The number of transactions that must end between two kills: by then clients have found the coordinator again. */
    private static final int TURNOVER = 30;

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    /** How long a fault point is given to come true, where decisions are rare. */
    private static final Duration DECISION_PATIENCE = Duration.ofSeconds(20);
    /**
     * The coordinator halts right after so many decisions became durable, before the first completion or undo of the
     * last one leaves.
     */
    private static final String HALT_AFTER_DECISIONS = "ENTENTE_FAULT_HALT_AFTER_DECISIONS";

    private final CrashWorkload workload;
    private final Entente entente;
    private final RigCoordinator coordinator;
    private final EmbeddedDatabase database;
    private final Random random;
    private final Consumer<String> progress;
    private final List<Kill> kills = new ArrayList<>();
    private final List<Long> openAtKill = new ArrayList<>();
    private final Map<String, Long> openByState = new TreeMap<>();
    private long decisionKills;
    private long startNanos;

    /** @param progress told a line now and then */
    public CrashRun(
            CrashWorkload workload,
            Entente entente,
            RigCoordinator coordinator,
            EmbeddedDatabase database,
            Random random,
            Consumer<String> progress) {
        this.workload = workload;
        this.entente = entente;
        this.coordinator = coordinator;
        this.database = database;
        this.random = random;
        this.progress = progress;
    }

    /** Kills the running coordinator so often under load, and judges what is left. Blocks. */
    public CrashReport run(int cycles) throws Exception {
        workload.prepare();
        startNanos = System.nanoTime();
        CrashLoad load = new CrashLoad(entente, workload);
        load.start();
        for (int cycle = 1; cycle <= cycles; cycle++) {
            runCycle(cycle, cycles, load);
        }
        progress.accept("letting everything end");
        load.stop(PATIENCE);
        workload.settle(PATIENCE);
        Reckoning reckoning = Reckoning.of(load, workload, database, new Books(database));
        return new CrashReport(reckoning, kills, openAtKill, openByState, decisionKills);
    }

    /** Another process dies with the coordinator, or once it is back, so that it finds the one or the other missing. */
    private void runCycle(int cycle, int cycles, CrashLoad load) throws Exception {
        boolean atDecision = end(cycle, load);
        killed("coordinator");
        record(cycle, atDecision);
        List<Victim> victims = workload.victims();
        if (victims.isEmpty()) {
            startAgain(cycle, cycles);
            return;
        }
        Victim victim = victims.get(random.nextInt(victims.size()));
        if (random.nextBoolean()) {
            kill(victim);
            startAgain(cycle, cycles);
        } else {
            startAgain(cycle, cycles);
            kill(victim);
        }
        victim.restart().run();
    }

    private void kill(Victim victim) throws Exception {
        victim.kill().run();
        killed(victim.name());
    }

    private void killed(String what) {
        kills.add(new Kill(Duration.ofNanos(System.nanoTime() - startNanos).toMillis(), what));
    }

    private boolean fallsAtDecision(int cycle) {
        int every = workload.decisionKillEvery();
        return every > 0 && cycle % every == 0 && cycle > 1;
    }

    /** kill -9 at a random moment, or the fault point's halt: then true. */
    private boolean end(int cycle, CrashLoad load) throws Exception {
        if (fallsAtDecision(cycle)) {
            if (coordinator.awaitEnd(DECISION_PATIENCE)) {
                decisionKills++;
                return true;
            }
            progress.accept("the fault point " + HALT_AFTER_DECISIONS + " did not halt the coordinator; killing it");
        } else {
            long endedBefore = load.ended();
            Wait.until(PATIENCE, () -> load.ended() >= endedBefore + TURNOVER);
            Wait.pause(Duration.ofMillis(random.nextInt(500)));
            Wait.until(PATIENCE, this::stopsWithEnoughOpen);
        }
        coordinator.kill();
        return false;
    }

    /** Stopped, for between counting and killing a loaded machine may let half of them end. */
    private boolean stopsWithEnoughOpen() throws Exception {
        if (!hasEnoughOpen()) {
            return false;
        }
        coordinator.signal("STOP");
        if (hasEnoughOpen()) {
            return true;
        }
        coordinator.signal("CONT");
        return false;
    }

    private boolean hasEnoughOpen() throws Exception {
        return workload.open(coordinator) >= workload.clients() / 2;
    }

    private void record(int cycle, boolean atDecision) throws Exception {
        OpenTransactions open = coordinator.open();
        long unfinished = workload.open(coordinator);
        openAtKill.add(unfinished);
        open.byState().forEach((state, count) -> openByState.merge(state, count, Long::sum));
        progress.accept("cycle %d: %s with %d open %s"
                .formatted(cycle, atDecision ? "halted at a decision" : "killed", unfinished, open.byState()));
    }

    /** With a fault point it may be gone again before it is ready. */
    private void startAgain(int cycle, int cycles) throws Exception {
        if (cycle < cycles && fallsAtDecision(cycle + 1)) {
            coordinator.launch(Map.of(HALT_AFTER_DECISIONS, Integer.toString(3 + random.nextInt(10))));
        } else {
            coordinator.start(Map.of());
        }
    }
}
