package dev.entente.core.transaction;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One business operation at one or more participants: all do their parts, or all parts are undone. Deliveries of
 * messages and notifications have no undo.
 *
 * @param gid the name of the transaction, globally unique for ever
 * @param plan the submitted plan
 * @param createdAt by the database's clock
 * @param deadlineAt when the transaction switches to undo automatically, or null
 * @param progress the part that each write stores
 * @param ownership the owner's knowledge, never stored
 */
public record GlobalTransaction(
        String gid,
        Plan plan,
        Instant createdAt,
        @Nullable Instant deadlineAt,
        Progress progress,
        Ownership ownership) {

    public TransactionState state() {
        return progress.state();
    }

    /** Returns whether some progress is not durable yet, and no write is in progress. */
    public boolean isDirty() {
        return progress.revision() > ownership.durableRevision() && !ownership.isWriting();
    }

    /**
     * Returns whether the transaction shows a decision or a final state that is not durable yet. The decision may wait
     * for the write in progress, and then for its own write.
     */
    public boolean showsUndurable() {
        int decided = progress.state().isTerminal() ? progress.revision() : progress.decidedRevision();
        return ownership.isLeaving() || decided > ownership.durableRevision();
    }

    public GlobalTransaction with(Ownership changed) {
        return new GlobalTransaction(gid, plan, createdAt, deadlineAt, progress, changed);
    }

    public GlobalTransaction with(Progress changed) {
        return new GlobalTransaction(gid, plan, createdAt, deadlineAt, changed, ownership);
    }
}
