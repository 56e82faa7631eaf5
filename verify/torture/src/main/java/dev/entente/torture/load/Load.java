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
 * Starts transactions at a steady pace, whatever becomes of the earlier ones, up to a bound. An outage must not stop
 * the load that suffers from it. Started and ended by one thread.
 */
public final class Load {
    private static final int MOST_UNDER_WAY = 1500;
    private static final int FEW_UNDER_WAY = 32;
    private static final Duration PAUSE = Duration.ofMillis(50);
    /** Every call of a client has an end of its own, and none is longer. */
    private static final Duration GOODBYE = Duration.ofMinutes(3);

    private final Fleet fleet;
    private final Workload workload;
    private final ClientRecorder witness = new ClientRecorder();
    private final long gapNanos;
    private final int most;
    private final int mostUnderWay;
    private final Collection<Job> jobs = new ConcurrentLinkedQueue<>();
    private final Collection<String> surprises = new ConcurrentLinkedQueue<>();
    private final Set<Job> underWay = ConcurrentHashMap.newKeySet();
    private @Nullable Thread pace;
    private volatile boolean isEnding;
    private volatile boolean isOver;

    /** @param perSecond transactions that are begun */
    public Load(Fleet fleet, Workload workload, int perSecond) {
        this(fleet, workload, perSecond, Integer.MAX_VALUE, MOST_UNDER_WAY);
    }

    /** Creates a load for a machine that is used for other work, too: few transactions are open at one time. */
    public static Load light(Fleet fleet, Workload workload, int perSecond) {
        return new Load(fleet, workload, perSecond, Integer.MAX_VALUE, FEW_UNDER_WAY);
    }

    /**
     * With an end of its own.
     *
     * @param perSecond transactions that are begun
     * @param most so many in all
     */
    public Load(Fleet fleet, Workload workload, int perSecond, int most) {
        this(fleet, workload, perSecond, most, MOST_UNDER_WAY);
    }

    private Load(Fleet fleet, Workload workload, int perSecond, int most, int mostUnderWay) {
        this.fleet = fleet;
        this.workload = workload;
        this.most = most;
        this.mostUnderWay = mostUnderWay;
        this.gapNanos = Duration.ofSeconds(1).toNanos() / perSecond;
    }

    /** Begins. */
    public void start() {
        pace = Thread.ofPlatform().name("pace").daemon().start(this::keepPace);
    }

    private void keepPace() {
        long next = System.nanoTime();
        for (int number = 0; !isEnding && number < most; number++) {
            if (underWay.size() < mostUnderWay) {
                begin(workload.next(), number);
            }
            next += gapNanos;
            LockSupport.parkNanos(next - System.nanoTime());
        }
    }

    private void begin(Job job, int number) {
        jobs.add(job);
        underWay.add(job);
        Thread.ofVirtual().name(job.gid()).start(() -> {
            try {
                job.run(fleet, witness, number, () -> !isOver);
            } catch (RuntimeException | Error surprise) {
                surprises.add(job.gid() + ": " + surprise);
            } finally {
                underWay.remove(job);
            }
        });
    }

    /** Waits until it has begun all that it begins. Blocks. */
    public void awaitBegun() throws InterruptedException {
        if (pace != null) {
            pace.join();
        }
    }

    /** Begins no more, and waits until all clients were told an end, at most so long. Blocks. */
    public void end(Duration limit) throws InterruptedException {
        isEnding = true;
        if (pace != null) {
            pace.join();
        }
        awaitNone(limit);
        isOver = true;
        awaitNone(GOODBYE);
        underWay.forEach(job -> surprises.add(job.gid() + ": its client was never answered, neither yes nor no"));
    }

    private void awaitNone(Duration limit) throws InterruptedException {
        long endNanos = System.nanoTime() + limit.toNanos();
        while (!underWay.isEmpty() && System.nanoTime() < endNanos) {
            Thread.sleep(PAUSE);
        }
    }

    /** Everything that was begun. */
    public List<Job> jobs() {
        return new ArrayList<>(jobs);
    }

    /** What their clients asked for. */
    public List<Commission> commissions() {
        return jobs.stream().map(Job::commission).toList();
    }

    /** How many of them have ended, as their clients were told. */
    public long ended() {
        return jobs.stream().filter(job -> job.endedAt() > 0).count();
    }

    /** How many were accepted, as their clients were told. */
    public long accepted() {
        return jobs.stream().filter(job -> job.answeredAt() > 0).count();
    }

    /** Returns the answers to clients. */
    public ClientRecorder witness() {
        return witness;
    }

    /** Returns answers that no client should ever get: refusals of good plans, defects of the SDK. */
    public List<String> surprises() {
        return List.copyOf(surprises);
    }
}
