package dev.entente.lab.crash;

import dev.entente.client.Entente;
import dev.entente.lab.judge.Books;
import dev.entente.lab.machine.Coordinator;
import dev.entente.lab.machine.OpenTransactions;
import dev.entente.lab.machine.Playground;
import dev.entente.lab.machine.Shop;
import dev.entente.lab.machine.StreamOption;
import dev.entente.lab.machine.Wait;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;

/** One run: load, kills and restarts, then the reckoning. Used by one thread. */
final class CrashRun {
    static final int CLIENTS = 300;
    private static final int OPEN_AT_LEAST = 150;
    /** So many must end between two kills: clients have found the coordinator again, and begin anew. */
    private static final int TURNOVER = 30;

    private static final int DECISION_KILL_EVERY = 3;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    /** The coordinator halts right after so many decisions became durable, before the first completion or undo of the last one leaves. */
    private static final String HALT_AFTER_DECISIONS = "ENTENTE_FAULT_HALT_AFTER_DECISIONS";

    private final Playground playground;
    private final Coordinator coordinator;
    private final StreamOption stream;
    private final Random random;
    private final Consumer<String> progress;
    private final List<Long> openAtKill = new ArrayList<>();
    private final Map<String, Long> openByState = new TreeMap<>();
    private long decisionKills;

    /** @param progress told a line now and then */
    CrashRun(
            Playground playground,
            Coordinator coordinator,
            StreamOption stream,
            Random random,
            Consumer<String> progress) {
        this.playground = playground;
        this.coordinator = coordinator;
        this.stream = stream;
        this.random = random;
        this.progress = progress;
    }

    /** Kills the running coordinator so often under load, and judges what is left. Blocks. */
    CrashReport run(int cycles, Shop shop) throws Exception {
        Books books = new Books(playground.database());
        Workload.stockUp(books);
        try (Entente entente = connect(shop)) {
            Load load = new Load(entente, new Workload(entente, random));
            load.start(CLIENTS);
            for (int cycle = 1; cycle <= cycles; cycle++) {
                end(cycle, load);
                record(cycle);
                startAgain(cycle, cycles);
            }
            progress.accept("letting everything end");
            load.stop(PATIENCE);
            Reckoning reckoning = Reckoning.of(load.jobs(), playground.database(), books);
            return new CrashReport(reckoning, openAtKill, openByState, decisionKills);
        }
    }

    private Entente connect(Shop shop) {
        Entente.Builder builder = stream.of(Entente.builder(coordinator.ready().grpc()));
        shop.targets().forEach(builder::participant);
        return builder.build();
    }

    private static boolean fallsAtDecision(int cycle) {
        return cycle % DECISION_KILL_EVERY == 0;
    }

    /** kill -9 at a random moment, or the fault point's halt. */
    private void end(int cycle, Load load) throws Exception {
        if (fallsAtDecision(cycle)) {
            if (coordinator.awaitEnd(PATIENCE)) {
                decisionKills++;
                return;
            }
            progress.accept("the fault point " + HALT_AFTER_DECISIONS + " did not halt the coordinator; killing it");
        } else {
            long endedBefore = load.ended();
            Wait.until(PATIENCE, () -> load.ended() >= endedBefore + TURNOVER);
            long moment =
                    System.nanoTime() + Duration.ofMillis(random.nextInt(500)).toNanos();
            Wait.until(PATIENCE, () -> System.nanoTime() > moment);
            Wait.until(PATIENCE, () -> coordinator.open().total() >= OPEN_AT_LEAST);
        }
        coordinator.kill();
    }

    private void record(int cycle) throws Exception {
        OpenTransactions open = coordinator.open();
        openAtKill.add(open.total());
        open.byState().forEach((state, count) -> openByState.merge(state, count, Long::sum));
        progress.accept("cycle %d: %s with %d open %s"
                .formatted(
                        cycle,
                        fallsAtDecision(cycle) ? "halted at a decision" : "killed",
                        open.total(),
                        open.byState()));
    }

    /** With a fault point it may be gone again before it is ready. */
    private void startAgain(int cycle, int cycles) throws Exception {
        if (cycle < cycles && fallsAtDecision(cycle + 1)) {
            coordinator.launch(Map.of(HALT_AFTER_DECISIONS, Integer.toString(3 + random.nextInt(10))));
        } else {
            coordinator.start(Map.of());
        }
    }
}
