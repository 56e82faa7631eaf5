package dev.entente.server.engine;

import dev.entente.core.transaction.AbortReason;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.Parked;
import dev.entente.core.transaction.Progress;
import dev.entente.server.telemetry.Metrics;
import java.time.Duration;

/** Counts what becomes of transactions. */
final class Counting {
    private Counting() {}

    static void changed(Metrics metrics, Progress before, Progress after) {
        AbortReason reason = after.abortReason();
        if (reason != null && before.abortReason() == null) {
            metrics.turned(reason);
        }
        if (before.parked() != null && after.parked() == null) {
            metrics.unparked();
        }
    }

    /** It has left memory, and that is durable. */
    static void left(World world, ParkLog log, GlobalTransaction transaction) {
        Progress progress = transaction.progress();
        Parked parked = progress.parked();
        if (progress.state().isTerminal()) {
            Duration lived = Duration.between(transaction.createdAt(), world.now());
            world.metrics().finished(transaction.plan().pattern(), progress.state(), lived);
        } else if (parked != null) {
            world.metrics().parked(parked.reason());
            log.parked(transaction.gid(), parked);
        }
    }
}
