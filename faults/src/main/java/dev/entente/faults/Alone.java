package dev.entente.faults;

import dev.entente.faults.inject.Fault;
import dev.entente.faults.inject.Injector;
import dev.entente.faults.inject.Struck;
import dev.entente.faults.load.Fleet;
import dev.entente.faults.load.Job;
import dev.entente.faults.load.Load;
import dev.entente.faults.load.Workload;
import dev.entente.faults.machine.Room;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;

/** Lets one thing go wrong at a time, and lets everything settle in between, so that what each costs can be told. Used by one thread. */
final class Alone {
    private static final Duration WARM_UP = Duration.ofSeconds(15);
    /** Between what has settled and the next fault. */
    private static final Duration QUIET = Duration.ofSeconds(3);

    private static final Duration LONGEST_SETTLING = Duration.ofMinutes(3);
    private static final Duration PEACE = Duration.ofMinutes(5);
    private static final Duration PAUSE = Duration.ofMillis(50);

    private final Room room;
    private final long seed;
    private final int rate;
    private final Consumer<String> progress;

    /** @param progress told a line now and then */
    Alone(Room room, long seed, int rate, Consumer<String> progress) {
        this.room = room;
        this.seed = seed;
        this.rate = rate;
        this.progress = progress;
    }

    /** Each of these so many times, in turn. Blocks. */
    AloneReport run(List<Lonely> classes, int rounds) throws Exception {
        try (Fleet fleet = Fleet.knowingAll(room.nodes(), room.ledgers())) {
            Load load = new Load(fleet, new Workload(fleet, new Random(seed), "a" + seed + "-"), rate);
            Injector injector = new Injector(room, progress);
            fleet.subscribe();
            load.start();
            Thread.sleep(WARM_UP);
            List<Cost> costs = new ArrayList<>();
            for (int round = 0; round < rounds; round++) {
                for (Lonely one : classes) {
                    measure(one, round, load, injector).ifPresent(costs::add);
                }
            }
            load.end(PEACE);
            return new AloneReport(seed, costs, complaints(load, injector));
        }
    }

    private List<String> complaints(Load load, Injector injector) throws Exception {
        progress.accept("asking for each, and reading the ledgers");
        List<String> complaints = new ArrayList<>();
        try (Fleet patient = Fleet.patient(room.nodes())) {
            Judgement judgement = Judgement.of(new Inquiry(room, patient).collect(load), load);
            complaints.addAll(judgement.complaints());
        }
        load.surprises().forEach(surprise -> complaints.add("a client met what it never should: " + surprise));
        injector.failures().forEach(failure -> complaints.add("a fault could not be carried out: " + failure));
        return complaints;
    }

    private Optional<Cost> measure(Lonely what, int round, Load load, Injector injector) throws InterruptedException {
        settle(load, 0, System.currentTimeMillis());
        Thread.sleep(QUIET);
        progress.accept(what.title());
        long from = System.currentTimeMillis();
        Back back = new Back(room, what.isOfDatabase());
        Optional<Long> until = carryOut(what, round, injector);
        long over = back.since(until.orElse(from));
        settle(load, from, over);
        return until.map(_ -> Cost.of(what, load.jobs(), from, over));
    }

    /** When it was over, if it came about. */
    private Optional<Long> carryOut(Lonely what, int round, Injector injector) throws InterruptedException {
        Fault fault = what.fault();
        if (fault == null) {
            Thread.sleep(what.lasts());
            return Optional.of(System.currentTimeMillis());
        }
        return injector.strike(fault, round, what.lasts()).map(Struck::mendedAtMillis);
    }

    /** Until all that was open at any time from then to then has ended; the load goes on. */
    private static void settle(Load load, long from, long until) throws InterruptedException {
        long endNanos = System.nanoTime() + LONGEST_SETTLING.toNanos();
        while (isOpen(load.jobs(), from, until) && System.nanoTime() < endNanos) {
            Thread.sleep(PAUSE);
        }
    }

    private static boolean isOpen(List<Job> jobs, long from, long until) {
        return jobs.stream().anyMatch(job -> job.endedAt() == 0 && Cost.hasMet(job, from, until));
    }
}
