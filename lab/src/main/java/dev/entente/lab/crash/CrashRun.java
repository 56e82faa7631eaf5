package dev.entente.lab.crash;

import dev.entente.client.Entente;
import dev.entente.lab.judge.Books;
import dev.entente.rig.EmbeddedDatabase;
import dev.entente.rig.KillCycles;
import dev.entente.rig.OpenTransactions;
import dev.entente.rig.RigCoordinator;
import dev.entente.rig.Victim;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;

/** One run: load, kills and restarts, then the reckoning. Used by one thread. */
public final class CrashRun {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final CrashWorkload workload;
    private final Entente entente;
    private final RigCoordinator coordinator;
    private final EmbeddedDatabase database;
    private final Random random;
    private final Consumer<String> progress;

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
    public KilledRun run(int cycles) throws Exception {
        workload.prepare();
        CrashLoad load = new CrashLoad(entente, workload);
        load.start();
        KillCycles.Toll toll = new KillCycles(coordinator, new Killed(load), random, progress).run(cycles);
        progress.accept("letting everything end");
        load.stop(PATIENCE);
        workload.settle(PATIENCE);
        return new KilledRun(Reckoning.of(load, workload, database, new Books(database)), toll);
    }

    /** The workload as the kills see it. */
    private final class Killed implements KillCycles.Target {
        private final CrashLoad load;

        Killed(CrashLoad load) {
            this.load = load;
        }

        @Override
        public long ended() {
            return load.ended();
        }

        @Override
        public OpenTransactions stored() throws SQLException {
            return coordinator.open();
        }

        @Override
        public long open() throws SQLException {
            return workload.open(coordinator);
        }

        @Override
        public long enough() {
            return workload.clients() / 2;
        }

        @Override
        public int decisionKillEvery() {
            return workload.decisionKillEvery();
        }

        @Override
        public List<Victim> victims() {
            return workload.victims();
        }
    }
}
