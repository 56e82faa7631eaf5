package dev.entente.spring;

import dev.entente.participant.Branch;
import dev.entente.participant.BranchOp;
import dev.entente.wire.CallMark;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Coordinators' calls of handlers that did not reach the barrier: a repeated call runs again, also after its undo.
 * Warns once for each handler, and counts the calls with the observation {@code entente.unguarded}. {@code
 * @EntenteTest} fails a test with such a call. Thread-safe.
 */
public final class UnguardedCalls {
    private static final Logger LOG = LoggerFactory.getLogger(UnguardedCalls.class);

    private final Supplier<ObservationRegistry> observations;
    private final Set<String> warned = ConcurrentHashMap.newKeySet();
    private final Set<String> handlers = ConcurrentHashMap.newKeySet();

    UnguardedCalls(Supplier<ObservationRegistry> observations) {
        this.observations = observations;
    }

    /** Counts the current call unless it reached the barrier or needs none: an inbox may process a message. */
    void add(String handler, Branch branch) {
        if (CallMark.hasReachedBarrier()
                || branch.op() == BranchOp.DELIVER
                || branch.op().role() == BranchOp.Role.QUESTION) {
            return;
        }
        if (warned.add(handler)) {
            LOG.warn(
                    "{} called {} without the barrier: a repeated call runs again, also after its undo; put @Barriered"
                            + " on the handler, or run its work in TransactionalBarrier.run (logged once for each"
                            + " handler)",
                    branch,
                    handler);
        }
        handlers.add(handler);
        Observation.createNotStarted("entente.unguarded", observations.get())
                .lowCardinalityKeyValue("handler", handler)
                .observe(() -> {});
    }

    /** Returns the handlers that were called since the last clear, and forgets them. */
    public Set<String> clear() {
        Set<String> called = new TreeSet<>(handlers);
        handlers.removeAll(called);
        return called;
    }
}
