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

    public GlobalTransaction with(Custody changed) {
        return new GlobalTransaction(gid, plan, createdAt, deadlineAt, progress, changed);
    }

    public GlobalTransaction with(Progress changed) {
        return new GlobalTransaction(gid, plan, createdAt, deadlineAt, changed, custody);
    }
}
