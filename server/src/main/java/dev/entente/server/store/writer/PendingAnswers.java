package dev.entente.server.store.writer;

import java.util.List;
import java.util.concurrent.Executor;

/** Tells those who wait what became of their operations, a whole batch in one task. */
final class PendingAnswers {
    /**
     * How few results are handed over on the writer's thread: the way through the executor would cost more than they
     * do.
     */
    private static final int HANDED_OVER_HERE = 4;

    private final Executor results;

    PendingAnswers(Executor results) {
        this.results = results;
    }

    void refuse(List<Pending> operations, RuntimeException cause) {
        operations.forEach(pending -> pending.fail(cause));
        handOver(operations);
    }

    void handOver(List<Pending> operations) {
        operations.forEach(Pending::handedOver);
        if (operations.size() <= HANDED_OVER_HERE) {
            operations.forEach(Pending::complete);
            return;
        }
        try {
            results.execute(() -> operations.forEach(Pending::complete));
        } catch (RuntimeException | Error e) {
            // The executor is shut down already, or can do no more: whoever still waits is told here.
            operations.forEach(Pending::complete);
        }
    }
}
