package dev.entente.torture;

import dev.entente.torture.inject.Fault;
import dev.entente.torture.inject.InjectedFault;
import dev.entente.torture.inject.Injector;
import dev.entente.torture.load.Fleet;
import dev.entente.torture.load.Load;
import dev.entente.torture.load.Workload;
import dev.entente.torture.machine.CoordinatorNode;
import dev.entente.torture.machine.TortureRig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;

/**
 * A measurement of one fault at a time. The transactions recover between two faults, so that the cost of each fault is
 * known. Used by one thread.
 */
final class IsolatedFaultRun {
    private static final Duration WARM_UP = Duration.ofSeconds(15);
    /** The pause before the next fault, in which the busiest coordinator is determined. */
    private static final Duration QUIET = Duration.ofSeconds(3);

    private static final Duration LONGEST_SETTLING = Duration.ofMinutes(3);
    private static final Duration LONGEST_ASKING = Duration.ofSeconds(30);
    private static final Duration PEACE = Duration.ofMinutes(5);
    private static final Duration PAUSE = Duration.ofMillis(200);

    private final TortureRig rig;
    private final long seed;
    private final int rate;
    private final Consumer<String> progress;
    private final Lifespans lifespans;

    /** @param progress gets a line now and then */
    IsolatedFaultRun(TortureRig rig, long seed, int rate, Consumer<String> progress) {
        this.rig = rig;
        this.seed = seed;
        this.rate = rate;
        this.progress = progress;
        this.lifespans = new Lifespans(rig);
    }

    /** Injects each of these faults {@code rounds} times, one after another. Blocks. */
    IsolatedFaultReport run(List<IsolatedFaults> classes, int rounds) throws Exception {
        try (Fleet fleet = Fleet.knowingAll(rig.nodes(), rig.ledgers())) {
            Load load = new Load(fleet, Workload.prompt(fleet, new Random(seed), "a" + seed + "-"), rate);
            Injector injector = new Injector(rig, progress);
            fleet.subscribe();
            load.start();
            Thread.sleep(WARM_UP);
            List<Cost> costs = new ArrayList<>();
            for (int round = 0; round < rounds; round++) {
                for (IsolatedFaults one : classes) {
                    measure(one, load, injector).ifPresent(costs::add);
                }
            }
            load.end(PEACE);
            progress.accept("reading each transaction and the ledgers");
            List<String> complaints = CheckResults.of(rig, load).complaints(load.anomalies());
            injector.failures().forEach(failure -> complaints.add("a fault could not be injected: " + failure));
            return new IsolatedFaultReport(seed, costs, complaints);
        }
    }

    private Optional<Cost> measure(IsolatedFaults what, Load load, Injector injector) throws Exception {
        settle(System.currentTimeMillis());
        int target = busiest();
        progress.accept(what.title());
        long from = System.currentTimeMillis();
        Optional<InjectedFault> injected = carryOut(what, target, injector);
        long over = what.isOfDatabase()
                ? rig.postgres().backAtMillis()
                : injected.map(InjectedFault::repairedAtMillis).orElse(from);
        settle(over);
        awaitClients(load, over);
        List<Cost.Asked> clients = load.jobs().stream().map(Cost.Asked::by).toList();
        List<Lifespans.Span> onRecord = lifespans.between(from, over);
        return injected.map(_ -> Cost.of(what, clients, onRecord, from, over));
    }

    /**
     * Samples for a while to find the coordinator with the most transactions. Others may be idle, because clients stay
     * with one that answers.
     */
    private int busiest() throws Exception {
        Map<String, Integer> held = new HashMap<>();
        long endNanos = System.nanoTime() + QUIET.toNanos();
        while (System.nanoTime() < endNanos) {
            lifespans.holders().forEach(node -> held.merge(node, 1, Integer::sum));
            Thread.sleep(PAUSE);
        }
        List<CoordinatorNode> nodes = rig.nodes();
        CoordinatorNode most = Collections.max(nodes, Comparator.comparing(node -> held.getOrDefault(node.name(), 0)));
        return nodes.indexOf(most);
    }

    /** Injects the fault, and returns the fault if it happened. */
    private Optional<InjectedFault> carryOut(IsolatedFaults what, int target, Injector injector)
            throws InterruptedException {
        Fault fault = what.fault();
        if (fault == null) {
            long from = System.currentTimeMillis();
            Thread.sleep(what.lasts());
            return Optional.of(new InjectedFault(what.title(), "", from, System.currentTimeMillis()));
        }
        return injector.strike(fault, target, what.lasts());
    }

    /** Waits until all transactions begun by then have finished or are parked; the load continues. */
    private void settle(long begunBy) throws InterruptedException {
        long endNanos = System.nanoTime() + LONGEST_SETTLING.toNanos();
        while (lifespans.isAnyOpen(begunBy) && System.nanoTime() < endNanos) {
            Thread.sleep(PAUSE);
        }
    }

    /** Waits until no client that began by then can receive an answer that counts. */
    private static void awaitClients(Load load, long begunBy) throws InterruptedException {
        long endNanos = System.nanoTime() + LONGEST_ASKING.toNanos();
        Thread.sleep(FaultRecovery.TIMEOUT_MILLIS);
        while (System.nanoTime() < endNanos
                && load.jobs().stream().map(Cost.Asked::by).anyMatch(asked -> asked.awaitsEnd(begunBy))) {
            Thread.sleep(PAUSE);
        }
    }
}
