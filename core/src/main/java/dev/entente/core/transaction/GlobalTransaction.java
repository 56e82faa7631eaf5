package dev.entente.core.transaction;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One business operation over several participants that must end all done or all undone.
 *
 * @param gid its name, unique for ever
 * @param plan what was submitted
 * @param createdAt by the database's clock
 * @param deadlineAt when its direction turns by itself, or null
 * @param progress what is stored with each write
 * @param custody what its holder knows, never stored
 */
public record GlobalTransaction(
        String gid, Plan plan, Instant createdAt, @Nullable Instant deadlineAt, Progress progress, Custody custody) {

    public TransactionState state() {
        return progress.state();
    }

    /** Tells whether there is progress that is not durable, and no write under way. */
    public boolean isDirty() {
        return progress.revision() > custody.durableRevision() && !custody.isWriting();
    }

    /**
     * Tells whether it shows a decision or an end that is not durable yet. It may wait for the write under way, and
     * then for its own.
     */
    public boolean showsUndurable() {
        int decided = progress.state().isTerminal() ? progress.revision() : progress.decidedRevision();
        return custody.isLeaving() || decided > custody.durableRevision();
    }

    public GlobalTransaction with(Custody changed) {
        return new GlobalTransaction(gid, plan, createdAt, deadlineAt, progress, changed);
    }

    public GlobalTransaction with(Progress changed) {
        return new GlobalTransaction(gid, plan, createdAt, deadlineAt, changed, custody);
    }
}
