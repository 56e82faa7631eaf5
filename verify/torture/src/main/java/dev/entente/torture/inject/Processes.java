package dev.entente.torture.inject;

import dev.entente.torture.inject.Fault.Kind;
import dev.entente.torture.machine.CoordinatorNode;
import dev.entente.torture.machine.Ledger;
import dev.entente.torture.machine.TortureRig;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import torture.v1.Behaviour;

/**
 * The faults of processes. A process has one fault at a time; a fault of a process that has another fault is skipped.
 * Thread-safe.
 */
final class Processes {
    private static final Duration CLOCK = Duration.ofHours(1);
    private static final Duration START = Duration.ofMinutes(4);

    private final TortureRig rig;
    private final DatabaseFaultInjection databases;
    private final Consumer<String> progress;
    private final Map<Object, Semaphore> taken = new ConcurrentHashMap<>();

    /** @param progress gets a line for each fault that begins */
    Processes(TortureRig rig, Consumer<String> progress) {
        this.rig = rig;
        this.progress = progress;
        this.databases = new DatabaseFaultInjection(rig);
    }

    private interface FaultAction {
        void run() throws Exception;
    }

    /** Injects the fault and ends it. Returns the target; empty if the target has another fault. Blocks. */
    String strike(Kind kind, PlannedFault planned) throws Exception {
        CoordinatorNode node = rig.nodes().get(planned.target() % rig.nodes().size());
        Ledger ledger = rig.ledgers().get(planned.target() % rig.ledgers().size());
        Duration lasts = planned.lasts();
        return switch (kind) {
            case KILL -> alone(planned, node, node.name(), () -> kill(node, lasts));
            case ZOMBIE -> alone(planned, node, node.name(), () -> stop(node, lasts));
            case TERMINATE -> alone(planned, node, node.name(), () -> terminate(node));
            case ROLLING_RESTART -> rollingRestart(planned);
            case LEDGER_KILL -> alone(planned, ledger, ledger.name(), () -> kill(ledger, lasts));
            case LEDGER_HANG -> alone(planned, ledger, ledger.name(), () -> hang(ledger, lasts));
            case LEDGER_SLOW -> behave(planned, ledger, Behaviour.newBuilder().setDelayMs(800));
            case LEDGER_MUTE -> behave(planned, ledger, Behaviour.newBuilder().setMute(true));
            case LEDGER_BABBLE -> behave(planned, ledger, Behaviour.newBuilder().setBabble(true));
            case DATABASE_RESTART, DATABASE_AWAY ->
                postgres(planned, () -> rig.postgres().restart(lasts));
            case DATABASE_LOCKED -> postgres(planned, () -> databases.lock(lasts));
            case CONNECTIONS_EXHAUSTED -> postgres(planned, () -> databases.takeConnections(lasts));
            case POOL_EXHAUSTED -> postgres(planned, () -> databases.takePool(node, lasts));
            case DISK_FULL -> postgres(planned, () -> databases.fillDisk(planned.target(), lasts));
            case FAILOVER -> postgres(planned, () -> rig.postgres().failOver());
            case SCHEMA_CHANGE -> postgres(planned, databases::changeSchema);
            case UPGRADE -> upgrade(planned);
            case CLOCK ->
                node.clock().canBeChanged()
                        ? alone(planned, node.clock(), node.name(), () -> putOff(node, planned))
                        : "";
            case PARTITION -> throw new IllegalArgumentException("a partition is not a fault of a process");
        };
    }

    private String postgres(PlannedFault planned, FaultAction action) throws Exception {
        return alone(planned, rig.postgres(), "postgres", action);
    }

    private String alone(PlannedFault planned, Object target, String name, FaultAction action) throws Exception {
        Semaphore semaphore = taken.computeIfAbsent(target, _ -> new Semaphore(1));
        if (!semaphore.tryAcquire()) {
            return "";
        }
        try {
            progress.accept(planned.line(name));
            action.run();
            return name;
        } finally {
            semaphore.release();
        }
    }

    // ---- coordinators

    private static void kill(CoordinatorNode node, Duration lasts) throws Exception {
        node.kill();
        Thread.sleep(lasts);
        start(node);
    }

    private static void start(CoordinatorNode node) throws Exception {
        node.startUntilReady(System.nanoTime() + START.toNanos());
    }

    private static void stop(CoordinatorNode node, Duration lasts) throws Exception {
        node.stop();
        Thread.sleep(lasts);
        node.resume();
    }

    private static void terminate(CoordinatorNode node) throws Exception {
        node.terminate();
        start(node);
    }

    private String rollingRestart(PlannedFault planned) throws Exception {
        int restarted = 0;
        for (CoordinatorNode node : rig.nodes()) {
            if (!alone(planned, node, node.name(), () -> terminate(node)).isEmpty()) {
                restarted++;
            }
        }
        return restarted == 0 ? "" : restarted + " coordinators";
    }

    /** Upgrades as in the handbook: migrates the database while the earlier version runs, then replaces each node. */
    private String upgrade(PlannedFault planned) throws Exception {
        AtomicBoolean wasDue = new AtomicBoolean();
        String migrated = postgres(planned, () -> wasDue.set(rig.upgrade()));
        return migrated.isEmpty() || !wasDue.get() ? "" : rollingRestart(planned);
    }

    private static void putOff(CoordinatorNode node, PlannedFault planned) throws Exception {
        node.clock().putOff(planned.target() / 32 % 2 == 0 ? CLOCK : CLOCK.negated());
        Thread.sleep(planned.lasts());
        node.clock().putOff(Duration.ZERO);
    }

    // ---- participants

    private static void kill(Ledger ledger, Duration lasts) throws Exception {
        ledger.kill();
        Thread.sleep(lasts);
        ledger.start();
    }

    private static void hang(Ledger ledger, Duration lasts) throws Exception {
        ledger.signal("STOP");
        Thread.sleep(lasts);
        ledger.signal("CONT");
    }

    private String behave(PlannedFault planned, Ledger ledger, Behaviour.Builder behaviour) throws Exception {
        return alone(planned, ledger, ledger.name(), () -> {
            ledger.behave(behaviour.build());
            Thread.sleep(planned.lasts());
            ledger.behave(Behaviour.getDefaultInstance());
        });
    }
}
