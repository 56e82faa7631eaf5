package dev.entente.server.transaction;

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

    /** Whether there is progress that is not durable, and no write under way. */
    public boolean isDirty() {
        return progress.revision() > custody.durableRevision() && !custody.isWriting();
    }

    /** Whether it shows a decision or an end that is not durable yet: it may wait for the write under way, and for its own after that. */
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
