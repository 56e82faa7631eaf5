package dev.entente.server.store.audit;

import dev.entente.server.store.Database;
import java.time.Duration;
import java.util.List;
import org.jdbi.v3.core.Handle;

/**
 * Removes old entries from the beginning of each chain, and says up to where in an entry of the same commit. Entries
 * without a link stay until they have one. A function of the database does it, for the role of a coordinator need not
 * be allowed to delete entries. Blocks; for one thread.
 */
final class AuditPruning {
    private static final int SLICE = 2000;

    private final Database database;
    private final Duration keep;

    /** @param keep how long entries are kept, unless the database's owner wants them kept for longer */
    AuditPruning(Database database, Duration keep) {
        this.database = database;
        this.keep = keep;
    }

    /** Removes at most a slice of each chain; returns how many entries went. */
    int prune() {
        return database.jdbi().inTransaction(handle -> {
            if (!AuditChain.isMine(handle)) {
                return 0;
            }
            List<Long> chains = handle.createQuery(
                            AuditChain.CHAINS + "select incarnation from chain where incarnation is not null")
                    .mapTo(Long.class)
                    .list();
            int removed = 0;
            for (long chain : chains) {
                removed += prune(handle, chain);
            }
            return removed;
        });
    }

    private int prune(Handle handle, long incarnation) {
        return handle.createQuery("select prune_audit(:chain, :keep * interval '1 millisecond', :slice)")
                .bind("chain", incarnation)
                .bind("keep", keep.toMillis())
                .bind("slice", SLICE)
                .mapTo(Integer.class)
                .one();
    }
}
