package dev.entente.server.engine;

import dev.entente.core.decision.Decider;
import dev.entente.core.transaction.AbortReason;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.HistoryEvent;
import dev.entente.core.transaction.Parked;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Progress;
import dev.entente.server.telemetry.Metrics;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Metrics and spans of the progress of transactions, and a DEBUG log with one line per event of their history. The log contains
 * no payload of calls.
 */
final class ProgressReport {
    private static final Logger LOG = LoggerFactory.getLogger(ProgressReport.class);

    private ProgressReport() {}

    static void changed(Metrics metrics, GlobalTransaction before, GlobalTransaction after) {
        AbortReason reason = after.progress().abortReason();
        if (reason != null && before.progress().abortReason() == null) {
            metrics.switchedToUndo(reason);
        }
        if (before.progress().parked() != null && after.progress().parked() == null) {
            metrics.unparked();
        }
        if (!LOG.isDebugEnabled()) {
            return;
        }
        List<HistoryEvent> events = after.progress().history().events();
        for (int i = before.progress().history().events().size(); i < events.size(); i++) {
            report(after, events.get(i));
        }
    }

    /** Records that a transaction has durably left memory. */
    static void left(EngineEnvironment environment, ParkLog log, GlobalTransaction transaction) {
        Progress progress = transaction.progress();
        Parked parked = progress.parked();
        if (progress.state().isTerminal()) {
            Duration lived = Duration.between(transaction.createdAt(), environment.now());
            environment
                    .traces()
                    .finished(
                            transaction,
                            () -> environment
                                    .metrics()
                                    .finished(transaction.plan().pattern(), progress.state(), lived));
        } else if (parked != null) {
            environment.metrics().parked(parked.reason());
            boolean mayAbort = Decider.mayAbort(transaction.plan(), progress);
            log.parked(transaction.gid(), progress.state(), parked, mayAbort);
        }
    }

    private static void report(GlobalTransaction transaction, HistoryEvent event) {
        Plan plan = transaction.plan();
        Fact.OfBranch one = event.fact() instanceof Fact.OfBranch about
                        && about.branch() >= 0
                        && about.branch() < plan.branches().size()
                ? about
                : null;
        String branch = one == null ? "" : plan.branches().get(one.branch()).shownId();
        String operation = one == null ? "" : plan.operationName(one.branch(), one.role());
        LOG.debug(
                "{} {} {} {} attempt {}, now {}",
                transaction.gid(),
                event.kind(),
                branch,
                operation,
                event.fact() instanceof Fact.Called call ? call.attempt() : 0,
                event.stateAfter());
    }
}
