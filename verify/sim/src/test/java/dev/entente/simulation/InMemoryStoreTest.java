package dev.entente.simulation;

import dev.entente.server.store.AuditRecord;
import dev.entente.simulation.store.InMemoryMembership;
import dev.entente.simulation.store.InMemoryStore;
import dev.entente.simulation.store.Scheduler;
import dev.entente.simulation.store.StoreBehavior;
import dev.entente.simulation.store.Tables;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;

/** The store contract on the in-memory store, with real threads and injected faults: one response in ten is lost. */
class InMemoryStoreTest extends StoreContract {
    private final ScheduledExecutorService time = Executors.newScheduledThreadPool(2);
    private final Random random = new Random(42);
    private final StoreBehavior behavior =
            new StoreBehavior(Duration.ofNanos(200_000), Duration.ofMillis(2), 0.01, 0.1, 0.1);
    private final Tables tables = new Tables(Instant::now);
    private long incarnations;

    @Override
    Node join(String node) {
        Scheduler scheduler = (delay, task) -> {
            var _ = time.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
        };
        long incarnation = ++incarnations;
        InMemoryMembership membership = new InMemoryMembership(tables, incarnation, node, scheduler, random, behavior);
        return new Node(new InMemoryStore(tables, incarnation, scheduler, random, behavior, () -> {}), membership);
    }

    @Override
    List<AuditRecord> auditEntries() {
        return tables.auditEntries();
    }

    @Override
    Map<String, String> labelsOf(String gid) {
        return tables.labelsOf(gid);
    }

    @Override
    void killProcess(Node node) {
        ((InMemoryMembership) node.membership()).crash();
    }

    @AfterEach
    void stopTime() {
        time.shutdownNow();
    }
}
