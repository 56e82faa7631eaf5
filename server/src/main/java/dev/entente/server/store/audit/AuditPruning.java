package dev.entente.server.store.audit;

import dev.entente.server.store.Database;
import java.time.Duration;
import java.util.List;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * Removes old entries from the beginning of each chain, and says up to where in an entry of the same commit. Entries
 * without a link stay until they have one. Blocks; for one thread.
 */
final class AuditPruning {
    private static final int SLICE = 2000;

    private final Database database;
    private final Duration keep;

    private record Old(ChainLink link, long entry) {}

    /** @param keep how long entries are kept */
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
        List<Old> old = old(handle, incarnation);
        if (old.isEmpty()) {
            return 0;
        }
        ChainLink last = old.getLast().link();
        handle.createUpdate("delete from audit_entry where id = any (:ids)")
                .bind("ids", old.stream().mapToLong(Old::entry).boxed().toArray(Long[]::new))
                .execute();
        handle.createUpdate("delete from audit_link where incarnation = :incarnation and seq <= :seq")
                .bind("incarnation", incarnation)
                .bind("seq", last.seq())
                .execute();
        AuditChain.tell(handle, AuditChain.PRUNED, last, old.size() + " entries were older than audit.retention");
        return old.size();
    }

    /** Those before the first young one. The last link of a living incarnation stays: the next one goes on from it. */
    private List<Old> old(Handle handle, long incarnation) {
        List<@Nullable Old> slice = handle.createQuery("""
            select l.seq, l.prev, l.hash, l.entry,
              coalesce(e.at < now() - :keep * interval '1 millisecond', true)
                and (exists (select 1 from audit_link n where n.incarnation = l.incarnation and n.seq > l.seq)
                  or not exists (
                    select 1 from coordinator c where c.incarnation = l.incarnation and c.dead_at is null)) as is_old
            from audit_link l left join audit_entry e on e.id = l.entry
            where l.incarnation = :incarnation order by l.seq limit :slice\
            """)
                .bind("keep", keep.toMillis())
                .bind("incarnation", incarnation)
                .bind("slice", SLICE)
                .<@Nullable Old>map((row, _) -> row.getBoolean("is_old")
                        ? new Old(AuditChain.link(incarnation, row), row.getLong("entry"))
                        : null)
                .list();
        int young = slice.indexOf(null);
        return List.copyOf(young < 0 ? slice : slice.subList(0, young));
    }
}
