package dev.entente.server.store.writer;

import java.util.List;
import java.util.concurrent.Executor;

/** The results for waiting callers, a complete batch in one task. */
final class PendingResults {
    /** The maximum number of results that complete on the writer's thread, because the executor would cost more. */
    private static final int HANDED_OVER_HERE = 4;

    private final Executor results;

    PendingResults(Executor results) {
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
            // The executor is shut down or exhausted: the waiting callers are answered here.
            operations.forEach(Pending::complete);
        }
    }
}
