package dev.entente.lab.crash;

import dev.entente.client.Entente;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Clients that each run one job after another until they are stopped. */
final class CrashLoad {
    private static final Duration AT_MOST = Duration.ofMinutes(30);

    private final Entente entente;
    private final CrashWorkload workload;
    private final Collection<CrashJob> jobs = new ConcurrentLinkedQueue<>();
    private final Collection<String> failures = new ConcurrentLinkedQueue<>();
    private final List<Thread> clients = new ArrayList<>();
    private volatile boolean stopped;
    private volatile long endNanos = System.nanoTime() + AT_MOST.toNanos();

    CrashLoad(Entente entente, CrashWorkload workload) {
        this.entente = entente;
        this.workload = workload;
    }

    void start() {
        for (int i = 0; i < workload.clients(); i++) {
            clients.add(Thread.ofVirtual().name("client " + i).start(this::runJobs));
        }
    }

    private void runJobs() {
        while (!stopped) {
            CrashJob job = workload.next();
            jobs.add(job);
            try {
                job.run(entente, () -> endNanos);
            } catch (Exception defect) {
                failures.add(job.gid() + ": its client failed: " + defect);
            }
        }
    }

    /** Jobs whose client was told how they ended. */
    long ended() {
        return jobs.stream().filter(CrashJob::hasEnded).count();
    }

    /** Begins no more jobs, and waits until those that were begun have ended, at most so long. Blocks. */
    void stop(Duration limit) throws InterruptedException {
        stopped = true;
        endNanos = System.nanoTime() + limit.toNanos();
        for (Thread client : clients) {
            client.join();
        }
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
