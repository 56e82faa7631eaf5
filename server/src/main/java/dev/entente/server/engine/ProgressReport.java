package dev.entente.server.engine;

import dev.entente.core.decision.Decider;
import dev.entente.core.transaction.AbortReason;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.Parked;
import dev.entente.core.transaction.Progress;
import dev.entente.server.telemetry.Metrics;
import dev.entente.server.telemetry.TransactionEventLog;
import dev.entente.server.telemetry.TransactionTimes;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Metrics and spans of the progress of transactions, and the log of transactions that leave memory. */
final class ProgressReport {
    private ProgressReport() {}

    static void changed(Metrics metrics, GlobalTransaction before, GlobalTransaction after) {
        AbortReason reason = after.progress().abortReason();
        if (reason != null && before.progress().abortReason() == null) {
            metrics.switchedToUndo(reason);
        }
        if (before.progress().parked() != null && after.progress().parked() == null) {
            metrics.unparked();
        }
    }

    /** Records that a transaction has durably left memory. */
    static void left(
            EngineEnvironment environment,
            ParkLog log,
            GlobalTransaction transaction,
            @Nullable TransactionTimes times) {
        Progress progress = transaction.progress();
        Parked parked = progress.parked();
        if (progress.state().isTerminal()) {
            Instant now = environment.now();
            Duration lived = Duration.between(transaction.createdAt(), now);
            environment
                    .traces()
                    .finished(
                            transaction,
                            () -> environment
                                    .metrics()
                                    .finished(transaction.plan().pattern(), progress.state(), lived));
            if (times != null) {
                times.written();
                environment.log().finished(times, transaction, now);
            }
        } else if (parked != null) {
            environment.metrics().parked(parked.reason());
            boolean mayAbort = Decider.mayAbort(transaction.plan(), progress);
            TransactionEventLog.about(
                    transaction, "", () -> log.parked(transaction.gid(), progress.state(), parked, mayAbort));
        }
    }
}
