package dev.entente.simulation.command;

import dev.entente.simulation.SeedSums;
import dev.entente.simulation.Simulation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import java.util.function.LongFunction;

/**
 * Runs seed after seed on a few threads, and adds the results in the order of the seeds. The sum is always a whole
 * beginning, so that another run can go on behind it.
 */
public final class SeedRunner {
    /** How far a thread may be ahead of the slowest: what waits to be added is held in memory. */
    private static final int MOST_AHEAD = 256;

    private final SeedSums sums;
    private final LongFunction<Simulation.Verdict> simulation;
    private final BooleanSupplier isOver;
    private final Runnable afterEach;
    private final Map<Long, Simulation.Verdict> waiting = new TreeMap<>();
    private long dealt;
    private boolean hasFailed;

    /**
     * @param isOver asked before each seed
     * @param afterEach run when a seed was added
     */
    public SeedRunner(
            SeedSums sums, LongFunction<Simulation.Verdict> simulation, BooleanSupplier isOver, Runnable afterEach) {
        this.sums = sums;
        this.simulation = simulation;
        this.isOver = isOver;
        this.afterEach = afterEach;
        this.dealt = sums.nextSeed();
    }

    /** Returns when it is over and all that was begun is added. */
    public void run(int threads, long mostSeeds) throws InterruptedException {
        long end = mostSeeds > Long.MAX_VALUE - dealt ? Long.MAX_VALUE : dealt + mostSeeds;
        List<Future<?>> workers = new ArrayList<>();
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            for (int i = 0; i < threads; i++) {
                workers.add(pool.submit(() -> work(end)));
            }
        }
        for (Future<?> worker : workers) {
            try {
                worker.get();
            } catch (ExecutionException e) {
                throw new IllegalStateException("a simulation broke off", e.getCause());
            }
        }
    }

    private void work(long end) {
        boolean isDone = false;
        try {
            for (long seed = next(end); seed < end; seed = next(end)) {
                add(simulation.apply(seed));
            }
            isDone = true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            if (!isDone) {
                fail();
            }
        }
    }

    private synchronized void fail() {
        hasFailed = true;
        notifyAll();
    }

    /** The next seed; {@code end} where there is none any more. */
    private synchronized long next(long end) throws InterruptedException {
        while (dealt - sums.nextSeed() >= MOST_AHEAD && !hasFailed) {
            wait();
        }
        return hasFailed || dealt >= end || isOver.getAsBoolean() ? end : dealt++;
    }

    private synchronized void add(Simulation.Verdict verdict) {
        waiting.put(verdict.seed(), verdict);
        for (Simulation.Verdict next = waiting.remove(sums.nextSeed());
                next != null;
                next = waiting.remove(sums.nextSeed())) {
            sums.add(next);
            afterEach.run();
        }
        notifyAll();
    }
}
