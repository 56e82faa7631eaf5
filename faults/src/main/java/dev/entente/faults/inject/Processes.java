package dev.entente.faults.inject;

import dev.entente.faults.inject.Fault.Kind;
import dev.entente.faults.machine.Ledger;
import dev.entente.faults.machine.Node;
import dev.entente.faults.machine.Room;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import torture.v1.Behaviour;

/**
 * What is done to processes. One fault has one process at a time; one that finds its process taken does not happen. Thread-safe.
 */
final class Processes {
    private static final Duration CLOCK = Duration.ofHours(1);
    private static final Duration START = Duration.ofMinutes(4);

    private final Room room;
    private final DatabaseDeeds databases;
    private final Map<Object, Semaphore> taken = new ConcurrentHashMap<>();

    Processes(Room room) {
        this.room = room;
        this.databases = new DatabaseDeeds(room);
    }

    private interface Deed {
        void run() throws Exception;
    }

    /** Does it, and mends it. Answers whom it hit; empty where that one was taken. Blocks. */
    String strike(Kind kind, Planned planned) throws Exception {
        Node node = room.nodes().get(planned.target() % room.nodes().size());
        Ledger ledger = room.ledgers().get(planned.target() % room.ledgers().size());
        Duration lasts = planned.lasts();
        return switch (kind) {
            case KILL -> alone(node, node.name(), () -> kill(node, lasts));
            case ZOMBIE -> alone(node, node.name(), () -> stop(node, lasts));
            case TERMINATE -> alone(node, node.name(), () -> terminate(node));
            case ROLLING_RESTART -> rollingRestart();
            case LEDGER_KILL -> alone(ledger, ledger.name(), () -> kill(ledger, lasts));
            case LEDGER_HANG -> alone(ledger, ledger.name(), () -> hang(ledger, lasts));
            case LEDGER_SLOW -> behave(ledger, Behaviour.newBuilder().setDelayMs(800), lasts);
            case LEDGER_MUTE -> behave(ledger, Behaviour.newBuilder().setMute(true), lasts);
            case LEDGER_BABBLE -> behave(ledger, Behaviour.newBuilder().setBabble(true), lasts);
            case DATABASE_RESTART, DATABASE_AWAY -> postgres(() -> databases.restart(lasts));
            case DATABASE_LOCKED -> postgres(() -> databases.lock(lasts));
            case CONNECTIONS_EXHAUSTED -> postgres(() -> databases.takeConnections(lasts));
            case POOL_EXHAUSTED -> postgres(() -> databases.takePool(node, lasts));
            case DISK_FULL -> postgres(() -> databases.fillDisk(planned.target(), lasts));
            case FAILOVER -> postgres(() -> room.postgres().failOver());
            case SCHEMA_CHANGE -> postgres(databases::changeSchema);
            case UPGRADE -> upgrade();
            case CLOCK ->
                node.clock().canBeChanged() ? alone(node.clock(), node.name(), () -> putOff(node, planned)) : "";
            case PARTITION -> throw new IllegalArgumentException("a partition is no fault of a process");
        };
    }

    private String postgres(Deed deed) throws Exception {
        return alone(room.postgres(), "postgres", deed);
    }

    private String alone(Object target, String name, Deed deed) throws Exception {
        Semaphore semaphore = taken.computeIfAbsent(target, _ -> new Semaphore(1));
        if (!semaphore.tryAcquire()) {
            return "";
        }
        try {
            deed.run();
            return name;
        } finally {
            semaphore.release();
        }
    }

    // ---- coordinators

    private static void kill(Node node, Duration lasts) throws Exception {
        node.kill();
        Thread.sleep(lasts);
        start(node);
    }

    private static void start(Node node) throws Exception {
        node.startUntilReady(System.nanoTime() + START.toNanos());
    }

    private static void stop(Node node, Duration lasts) throws Exception {
        node.stop();
        Thread.sleep(lasts);
        node.resume();
    }

    private static void terminate(Node node) throws Exception {
        node.terminate();
        start(node);
    }

    private String rollingRestart() throws Exception {
        int restarted = 0;
        for (Node node : room.nodes()) {
            if (!alone(node, node.name(), () -> terminate(node)).isEmpty()) {
                restarted++;
            }
        }
        return restarted == 0 ? "" : restarted + " coordinators";
    }

    /** As the handbook says: the next version migrates the database while this one runs, then each coordinator is replaced. */
    private String upgrade() throws Exception {
        String migrated = postgres(() -> {
            Path next = room.versions().migrate(room.postgres().primary().port());
            // Whoever is started from here on, for whatever reason, is the new one: the old one refuses what it does
            // not know.
            room.nodes().forEach(node -> node.use(next));
        });
        return migrated.isEmpty() ? "" : rollingRestart();
    }

    private static void putOff(Node node, Planned planned) throws Exception {
        node.clock().putOff(planned.target() % 2 == 0 ? CLOCK : CLOCK.negated());
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

    private String behave(Ledger ledger, Behaviour.Builder behaviour, Duration lasts) throws Exception {
        return alone(ledger, ledger.name(), () -> {
            ledger.behave(behaviour.build());
            Thread.sleep(lasts);
            ledger.behave(Behaviour.getDefaultInstance());
        });
    }
}
