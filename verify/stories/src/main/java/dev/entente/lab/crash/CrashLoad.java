package dev.entente.lab.crash;

import dev.entente.client.Entente;
import dev.entente.lab.judge.Books;
import dev.entente.rig.KillCycles;
import dev.entente.rig.OpenTransactions;
import dev.entente.rig.RigCoordinator;
import dev.entente.rig.Victim;
import dev.entente.rig.Wait;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;

/** Clients that each run one job after another while the coordinator is killed. Used once, by one thread. */
public final class CrashLoad implements KillCycles.Target {
    private static final Duration AT_MOST = Duration.ofMinutes(30);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final CrashWorkload workload;
    private final Entente entente;
    private final RigCoordinator coordinator;
    private final Random random;
    private final Collection<CrashJob> jobs = new ConcurrentLinkedQueue<>();
    private final Collection<String> failures = new ConcurrentLinkedQueue<>();
    private final List<Thread> clients = new ArrayList<>();
    private volatile boolean stopped;
    private volatile long endNanos = System.nanoTime() + AT_MOST.toNanos();

    public CrashLoad(CrashWorkload workload, Entente entente, RigCoordinator coordinator, Random random) {
        this.workload = workload;
        this.entente = entente;
        this.coordinator = coordinator;
        this.random = random;
    }

    /**
     * Kills the running coordinator so often, and lets everything end that was begun. Blocks.
     *
     * @param progress told a line now and then
     */
    public KillCycles.Toll run(int cycles, Books books, Consumer<String> progress) throws Exception {
        workload.prepare(books);
        for (int i = 0; i < workload.clients(); i++) {
            clients.add(Thread.ofVirtual().name("client " + i).start(this::runJobs));
        }
        KillCycles.Toll toll = new KillCycles(coordinator, this, random, progress).run(cycles);
        progress.accept("letting everything end");
        stop();
        if (workload.isFollowed()) {
            Wait.until(PATIENCE, () -> open() == 0);
        }
        return toll;
    }

    private void runJobs() {
        while (!stopped) {
            CrashJob job = workload.next(random);
            jobs.add(job);
            try {
                job.run(entente, () -> endNanos);
            } catch (Exception defect) {
                failures.add(job.gid() + ": its client failed: " + defect);
            }
        }
    }

    /** Begins no more jobs, and waits until those that were begun have ended. */
    private void stop() throws InterruptedException {
        stopped = true;
        endNanos = System.nanoTime() + PATIENCE.toNanos();
        for (Thread client : clients) {
            client.join();
        }
    }

    @Override
    public long ended() {
        return jobs.stream().filter(CrashJob::hasEnded).count();
    }

    @Override
    public OpenTransactions stored() throws SQLException {
        return coordinator.open();
    }

    @Override
    public long open() throws SQLException {
        return stored().total() + workload.backlog();
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

    CrashWorkload workload() {
        return workload;
    }

    /** Every job that was begun. */
    List<CrashJob> jobs() {
        return List.copyOf(jobs);
    }

    /** Returns the errors that stopped clients, one sentence each. */
    List<String> failures() {
        return List.copyOf(failures);
    }
}
