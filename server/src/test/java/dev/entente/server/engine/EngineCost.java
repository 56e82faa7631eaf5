package dev.entente.server.engine;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.concurrent.CompletableFuture;

/**
 * Measures the cost of a two-step saga in the engine alone: accepted, called twice, finished, with a waiting client.
 * The table is in memory and participants answer at once. To be run by hand; it prints and judges nothing.
 */
final class EngineCost {
    private static final int SAGAS = 100_000;

    private EngineCost() {}

    public static void main(String[] arguments) {
        for (int round = 0; round < 10; round++) {
            measure();
        }
    }

    private static void measure() {
        EngineFixture fixture = new EngineFixture();
        Submission first = EngineFixture.submission("x", "one", "two");
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long bytes = threads.getCurrentThreadAllocatedBytes();
        long nanos = threads.getCurrentThreadCpuTime();
        for (int i = 0; i < SAGAS; i++) {
            String gid = "saga-" + i;
            run(fixture, new Submission(gid, first.plan(), first.encodedPlan(), first.digest(), false));
            fixture.store.rows.remove(gid);
            fixture.store.writes.clear();
            fixture.everCalled.clear();
        }
        System.out.printf(
                "%.2f µs and %d bytes a saga%n",
                (threads.getCurrentThreadCpuTime() - nanos) / 1e3 / SAGAS,
                (threads.getCurrentThreadAllocatedBytes() - bytes) / SAGAS);
    }

    private static void run(EngineFixture fixture, Submission submission) {
        var _ = fixture.engine.accept(submission);
        CompletableFuture<Snapshot> end = fixture.engine.end(submission.gid());
        fixture.calls.remove().succeed();
        fixture.calls.remove().succeed();
        end.join();
    }
}
