package dev.entente.faults.inject;

import dev.entente.faults.inject.Fault.Kind;
import dev.entente.faults.machine.Cluster;
import dev.entente.faults.machine.Ledger;
import dev.entente.faults.machine.Node;
import dev.entente.faults.machine.PostgresServer;
import dev.entente.faults.machine.Room;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import torture.v1.Behaviour;

/**
 * What is done to processes and to the database. One fault has one process at a time; one that finds its process taken does not happen. Thread-safe.
 */
final class Processes {
    private static final long CLOCK_SECONDS = 3600;
    private static final Duration START = Duration.ofMinutes(4);

    private final Room room;
    private final Map<Object, Semaphore> taken = new ConcurrentHashMap<>();

    Processes(Room room) {
        this.room = room;
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
            case DATABASE_RESTART, DATABASE_AWAY -> alone(room.postgres(), "postgres", () -> restart(lasts));
            case DATABASE_LOCKED -> alone(room.postgres(), "postgres", () -> lock(lasts));
            case CONNECTIONS_EXHAUSTED -> alone(room.postgres(), "postgres", () -> exhaust(lasts));
            case FAILOVER ->
                alone(room.postgres(), "postgres", () -> room.postgres().failOver());
            case SCHEMA_CHANGE -> alone(room.postgres(), "postgres", this::changeSchema);
            case CLOCK ->
                node.clock().canBeChanged() ? alone(node.clock(), node.name(), () -> putOff(node, planned)) : "";
            case PARTITION -> throw new IllegalArgumentException("a partition is no fault of a process");
        };
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

    private static void putOff(Node node, Planned planned) throws Exception {
        node.clock().set(planned.target() % 2 == 0 ? CLOCK_SECONDS : -CLOCK_SECONDS);
        Thread.sleep(planned.lasts());
        node.clock().set(0);
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

    // ---- the database

    private void restart(Duration lasts) throws Exception {
        PostgresServer primary = room.postgres().primary();
        primary.breakOff();
        Thread.sleep(lasts);
        primary.start();
    }

    private void changeSchema() throws Exception {
        for (String table : List.of("open_transaction", "finished_transaction")) {
            String change = "set lock_timeout = '5s'; alter table " + table;
            room.postgres().primary().execute(Room.COORDINATOR_DATABASE, change + " add column torture integer");
            room.postgres().primary().execute(Room.COORDINATOR_DATABASE, change + " drop column torture");
        }
    }

    /** Reads of ended transactions wait, and so does every finish. */
    private void lock(Duration lasts) throws Exception {
        try (Connection connection = room.postgres().connect(Room.COORDINATOR_DATABASE);
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("set local lock_timeout = '5s'");
            statement.execute("lock table finished_transaction in access exclusive mode");
            Thread.sleep(lasts);
            connection.rollback();
        }
    }

    private void exhaust(Duration lasts) throws Exception {
        List<Connection> hoard = new ArrayList<>();
        try {
            Cluster postgres = room.postgres();
            for (int i = 0; i < PostgresServer.MAX_CONNECTIONS; i++) {
                hoard.add(postgres.connect(Room.COORDINATOR_DATABASE));
            }
        } catch (SQLException full) {
            // As it was meant.
        }
        try {
            Thread.sleep(lasts);
        } finally {
            for (Connection connection : hoard) {
                connection.close();
            }
        }
    }
}
