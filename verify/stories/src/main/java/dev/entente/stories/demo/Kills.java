package dev.entente.stories.demo;

import dev.entente.demo.ShopService;
import dev.entente.rig.Wait;
import dev.entente.rig.Worker;
import io.grpc.StatusRuntimeException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * Work that continues while its processes are killed with -9 and restarted, in turn and at random moments. A kill that
 * leaves no unfinished work does not count, and is repeated.
 */
final class Kills {
    /** The maximum number of kills in one scenario. */
    static final int MAX = 100;

    /** The number of concurrent clients. */
    static final int CLIENTS = 8;

    /** Clients wait while at least this much work is unfinished. */
    private static final long MAX_UNFINISHED = 40;
    /** The operations between two kills: enough for clients to reconnect to the process. */
    private static final long OPERATIONS_BETWEEN = 20;

    private static final int MAX_TRIES = 10;
    private static final int LONGEST_PAUSE_MILLIS = 500;
    private static final Duration UNFINISHED_WITHIN = Duration.ofSeconds(10);
    private static final Duration PAUSE = Duration.ofMillis(50);
    private static final Duration LONGEST_OPERATION = Duration.ofMinutes(3);
    /** Neighbouring seeds draw similar numbers. Multiplying by this constant prevents that. */
    private static final long SPREAD = 0x9E3779B97F4A7C15L;

    private final ScenarioRun play;
    private final Count unfinished;
    private final int kills;
    private final Random random;
    private final List<KillTarget> victims = new ArrayList<>();
    private volatile boolean isOver;

    /** A count from a database or from the work itself. */
    interface Count {
        long now() throws SQLException;
    }

    /** One operation of a client. The operation must be idempotent, because clients repeat an interrupted operation. */
    interface Operation {
        /** @param random draws equal numbers for an equal {@code number} */
        void run(int number, Random random) throws Exception;
    }

    private interface Task {
        void run() throws Exception;
    }

    /** @param unfinished the count of the process's unfinished work */
    private record KillTarget(String name, Task kill, Task start, Count unfinished) {}

    /**
     * @param usual the number of kills if the user requests none: 0, or 1 for the first process
     * @param unfinished the count of unfinished work, for the coordinator and the services
     */
    Kills(ScenarioRun play, int usual, Count unfinished) {
        this.play = play;
        this.unfinished = unfinished;
        this.kills = play.stage().kills() > 0 ? play.stage().kills() : usual;
        this.random = new Random(play.random().nextLong());
        this.isOver = kills == 0;
    }

    /** Adds this process to the processes that are killed. */
    Kills of(Worker worker, Count itsUnfinished) {
        victims.add(new KillTarget(worker.name(), worker::kill, worker::start, itsUnfinished));
        return this;
    }

    /** Adds these processes to the processes that are killed. */
    Kills of(Worker... workers) {
        for (Worker worker : workers) {
            of(worker, unfinished);
        }
        return this;
    }

    /** Runs at least this many operations by clients, and continues until all kills are done. Blocks. */
    void during(int leastOperations, Operation operation) throws Exception {
        AtomicInteger next = new AtomicInteger();
        long seed = random.nextLong();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> clients = IntStream.range(0, CLIENTS)
                    .mapToObj(_ -> threads.submit(() -> {
                        int number = next.getAndIncrement();
                        for (; number < leastOperations || !isOver; number = next.getAndIncrement()) {
                            awaitPosition();
                            repeat(operation, number, seed);
                        }
                        return number;
                    }))
                    .toList();
            try {
                during("operations", OPERATIONS_BETWEEN, next::get);
            } catch (Exception failed) {
                threads.shutdownNow();
                throw failed;
            }
            for (Future<Integer> client : clients) {
                client.get();
            }
        }
    }

    /**
     * Kills processes that work by themselves. Blocks until they have done more work after the last kill.
     *
     * @param what the name of the counted work
     * @param between the work between two kills
     */
    void during(String what, long between, Count done) throws Exception {
        int met = 0;
        List<KillTarget> order = order();
        for (int kill = 0; kill < kills; kill++) {
            awaitMore(what, between, done);
            met += kill(order.get(kill % order.size())) ? 1 : 0;
        }
        if (kills > 0) {
            awaitMore(what, between, done);
            play.check("each kill left unfinished work", met == kills, kills, met + " kills did");
        }
        isOver = true;
    }

    /** Returns the scenario's own processes, the coordinator, and then the services that have a ledger row. */
    private List<KillTarget> order() throws SQLException {
        List<KillTarget> order = new ArrayList<>(victims);
        List<KillTarget> services = new ArrayList<>();
        for (ShopService service : play.services()) {
            if (play.databases().number(service, "select count(*) from ledger") > 0) {
                services.add(new KillTarget(
                        "participant " + service.label(),
                        () -> play.shop().kill(service),
                        () -> play.shop().restart(service),
                        unfinished));
            }
        }
        if (!services.isEmpty()) {
            order.add(new KillTarget(
                    "coordinator", play.stage().coordinator()::kill, play::restartCoordinator, play::openTransactions));
        }
        Collections.shuffle(services, random);
        order.addAll(services);
        return order;
    }

    /** Returns false if no try left unfinished work. */
    private boolean kill(KillTarget victim) throws Exception {
        for (int tries = 0; tries < MAX_TRIES; tries++) {
            Wait.pause(Duration.ofMillis(random.nextInt(LONGEST_PAUSE_MILLIS)));
            Wait.until(UNFINISHED_WITHIN, () -> victim.unfinished().now() > 0);
            victim.kill().run();
            long met = victim.unfinished().now();
            if (met > 0) {
                play.killed(victim.name() + ", with " + met + " unfinished");
            }
            victim.start().run();
            if (met > 0) {
                return true;
            }
        }
        return false;
    }

    private void awaitMore(String what, long between, Count done) throws Exception {
        long goal = done.now() + between;
        play.await(goal + " " + what, () -> done.now() >= goal);
    }

    private void awaitPosition() throws Exception {
        while (!isOver && unfinished.now() >= MAX_UNFINISHED) {
            Wait.pause(PAUSE);
        }
    }

    private static void repeat(Operation operation, int number, long seed) throws Exception {
        long end = System.nanoTime() + LONGEST_OPERATION.toNanos();
        while (true) {
            try {
                operation.run(number, new Random(seed + number * SPREAD));
                return;
            } catch (StatusRuntimeException cutOff) {
                if (System.nanoTime() > end) {
                    throw cutOff;
                }
                Wait.pause(PAUSE);
            }
        }
    }
}
