package dev.entente.torture.load;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A load that starts transactions at a steady rate, regardless of the earlier ones, up to a limit of open transactions.
 * An outage must not stop the load that measures the outage. Start and end it on one thread.
 */
public final class Load {
    private static final int MAX_IN_FLIGHT = 1500;
    private static final int FEW_IN_FLIGHT = 32;
    private static final Duration PAUSE = Duration.ofMillis(50);
    /** Longer than the timeout of any client call. */
    private static final Duration GOODBYE = Duration.ofMinutes(3);

    private final Fleet fleet;
    private final Workload workload;
    private final ClientRecorder recorder = new ClientRecorder();
    private final long gapNanos;
    private final int most;
    private final int maxOpenJobs;
    private final Collection<Job> jobs = new ConcurrentLinkedQueue<>();
    private final Collection<String> anomalies = new ConcurrentLinkedQueue<>();
    private final Set<Job> openJobs = ConcurrentHashMap.newKeySet();
    private @Nullable Thread pace;
    private volatile boolean isEnding;
    private volatile boolean isOver;

    /** @param perSecond the number of transactions to begin per second */
    public Load(Fleet fleet, Workload workload, int perSecond) {
        this(fleet, workload, perSecond, Integer.MAX_VALUE, MAX_IN_FLIGHT);
    }

    /** Creates a load with few open transactions at one time, for a machine that has other work, too. */
    public static Load light(Fleet fleet, Workload workload, int perSecond) {
        return new Load(fleet, workload, perSecond, Integer.MAX_VALUE, FEW_IN_FLIGHT);
    }

    /**
     * Creates a load that ends by itself.
     *
     * @param perSecond the number of transactions to begin per second
     * @param most the total number of transactions
     */
    public Load(Fleet fleet, Workload workload, int perSecond, int most) {
        this(fleet, workload, perSecond, most, MAX_IN_FLIGHT);
    }

    private Load(Fleet fleet, Workload workload, int perSecond, int most, int maxOpenJobs) {
        this.fleet = fleet;
        this.workload = workload;
        this.most = most;
        this.maxOpenJobs = maxOpenJobs;
        this.gapNanos = Duration.ofSeconds(1).toNanos() / perSecond;
    }

    public void start() {
        pace = Thread.ofPlatform().name("pace").daemon().start(this::keepPace);
    }

    private void keepPace() {
        long next = System.nanoTime();
        for (int number = 0; !isEnding && number < most; number++) {
            if (openJobs.size() < maxOpenJobs) {
                begin(workload.next(), number);
            }
            next += gapNanos;
            LockSupport.parkNanos(next - System.nanoTime());
        }
    }

    private void begin(Job job, int number) {
        jobs.add(job);
        openJobs.add(job);
        Thread.ofVirtual().name(job.gid()).start(() -> {
            try {
                job.run(fleet, recorder, number, () -> !isOver);
            } catch (RuntimeException | Error surprise) {
                anomalies.add(job.gid() + ": " + surprise);
            } finally {
                openJobs.remove(job);
            }
        });
    }

    /** Waits until all transactions of a load with a limit have begun. Blocks. */
    public void awaitBegun() throws InterruptedException {
        if (pace != null) {
            pace.join();
        }
    }

    /** Begins no more transactions, and waits at most {@code limit} until all clients know a final state. Blocks. */
    public void end(Duration limit) throws InterruptedException {
        isEnding = true;
        if (pace != null) {
            pace.join();
        }
        awaitNone(limit);
        isOver = true;
        awaitNone(GOODBYE);
        openJobs.forEach(job -> anomalies.add(job.gid() + ": the client received no final answer"));
    }

    private void awaitNone(Duration limit) throws InterruptedException {
        long endNanos = System.nanoTime() + limit.toNanos();
        while (!openJobs.isEmpty() && System.nanoTime() < endNanos) {
            Thread.sleep(PAUSE);
        }
    }

    /** Returns all transactions that were begun. */
    public List<Job> jobs() {
        return new ArrayList<>(jobs);
    }

    /** Returns the requests of all clients. */
    public List<RequestedTransaction> requests() {
        return jobs.stream().map(Job::requested).toList();
    }

    /** Returns the number of transactions that have finished according to their clients. */
    public long ended() {
        return jobs.stream().filter(job -> job.endedAt() > 0).count();
    }

    /** Returns the number of transactions that were accepted according to their clients. */
    public long accepted() {
        return jobs.stream().filter(job -> job.answeredAt() > 0).count();
    }

    /** Returns the answers to clients. */
    public ClientRecorder recorder() {
        return recorder;
    }

    /** Returns answers that no client should receive: refusals of valid plans, defects of the SDK. */
    public List<String> anomalies() {
        return List.copyOf(anomalies);
    }
}
