package dev.entente.torture.inject;

import dev.entente.torture.inject.Fault.Kind;
import dev.entente.torture.machine.CoordinatorNode;
import dev.entente.torture.machine.Link;
import dev.entente.torture.machine.Link.LinkFault;
import dev.entente.torture.machine.TortureRig;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;

/** The execution of a schedule. Used by one thread; each fault runs on its own thread. */
public final class Injector {
    private final TortureRig rig;
    private final Processes processes;
    private final Consumer<String> progress;
    private final Collection<InjectedFault> injected = new ConcurrentLinkedQueue<>();
    private final Collection<Throwable> failures = new ConcurrentLinkedQueue<>();
    private final List<Thread> under = new ArrayList<>();

    /** @param progress gets a line for each fault */
    public Injector(TortureRig rig, Consumer<String> progress) {
        this.rig = rig;
        this.processes = new Processes(rig, progress);
        this.progress = progress;
    }

    /** Injects all faults at their times, and returns when all are over. Blocks. */
    public void run(FaultSchedule timeline, Duration length) throws InterruptedException {
        long began = System.nanoTime();
        for (PlannedFault planned : timeline.faults()) {
            sleepUntil(began + planned.at().toNanos());
            under.add(Thread.ofVirtual().name(planned.what().title()).start(() -> strike(planned)));
        }
        sleepUntil(began + length.toNanos());
        for (Thread thread : under) {
            thread.join();
        }
    }

    /** Injects one fault and ends it; empty if the fault did not happen. Blocks. */
    public Optional<InjectedFault> strike(Fault what, int target, Duration lasts) {
        int before = injected.size();
        strike(new PlannedFault(Duration.ZERO, what, target, lasts));
        return injected.size() == before
                ? Optional.empty()
                : Optional.of(injected().getLast());
    }

    private static void sleepUntil(long nanos) throws InterruptedException {
        long left = nanos - System.nanoTime();
        if (left > 0) {
            Thread.sleep(Duration.ofNanos(left));
        }
    }

    private void strike(PlannedFault planned) {
        long began = System.currentTimeMillis();
        try {
            String target = carryOut(planned);
            if (!target.isEmpty()) {
                injected.add(new InjectedFault(planned.what().title(), target, began, System.currentTimeMillis()));
            }
        } catch (SQLException refused) {
            // A fault that the database refuses under load does not count, and is not an error of the run.
            progress.accept("%s %s was not injected: %s"
                    .formatted(planned.at(), planned.what().title(), refused.getMessage()));
        } catch (Exception | AssertionError failed) {
            failures.add(failed);
        }
    }

    /** Returns the target of the fault; empty if another fault occupies the process. */
    private String carryOut(PlannedFault planned) throws Exception {
        return switch (planned.what()) {
            case Fault.Line line -> line(line, planned);
            case Kind.PARTITION -> partition(planned);
            case Kind kind -> processes.strike(kind, planned);
        };
    }

    private CoordinatorNode node(PlannedFault planned) {
        return rig.nodes().get(planned.target() % rig.nodes().size());
    }

    private String line(Fault.Line line, PlannedFault planned) throws InterruptedException {
        CoordinatorNode node = node(planned);
        List<Link> links = links(line, node.lines(), planned.target());
        progress.accept(planned.line(node.name()));
        if (line.trouble() == LinkFault.NONE) {
            links.forEach(Link::reset);
        } else {
            endure(links, line.trouble(), planned);
        }
        return node.name();
    }

    /** Injects the fault, waits, and ends it: then the held data arrives, or a reset of the line discards it. */
    private static void endure(List<Link> links, LinkFault trouble, PlannedFault planned) throws InterruptedException {
        links.forEach(link -> link.suffer(trouble));
        Thread.sleep(planned.lasts());
        for (Link link : links) {
            if (planned.target() / 64 % 3 == 0) {
                link.reset();
            }
            link.repair(trouble);
        }
    }

    private static List<Link> links(Fault.Line line, CoordinatorNode.Lines lines, int target) {
        return switch (line.side()) {
            case CLIENTS -> List.of(lines.clients());
            case PEERS -> List.of(lines.peers());
            // Both servers, because either may be the primary.
            case DATABASE -> lines.databases();
            case LEDGER -> {
                List<Link> ledgers = List.copyOf(lines.ledgers().values());
                yield List.of(ledgers.get(target / 7 % ledgers.size()));
            }
        };
    }

    private String partition(PlannedFault planned) throws InterruptedException {
        CoordinatorNode node = node(planned);
        progress.accept(planned.line(node.name()));
        endure(node.lines().all(), LinkFault.BLACK_HOLE, planned);
        return node.name();
    }

    /** Returns the faults so far, in order of time. */
    public List<InjectedFault> injected() {
        return injected.stream()
                .sorted(Comparator.comparingLong(InjectedFault::atMillis))
                .toList();
    }

    /** Returns the errors of faults that could not be carried out. */
    public List<Throwable> failures() {
        return List.copyOf(failures);
    }
}
