package dev.entente.server.store.audit;

import com.google.protobuf.ByteString;
import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.Database;
import dev.entente.server.store.OpenRows;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import org.jdbi.v3.core.Handle;

/**
 * Chains the audit's entries behind their commit, one coordinator at a time, and closes the chains of the dead. Blocks;
 * for one thread.
 */
final class AuditChain {
    /** The act of a row that says where the chain of a dead incarnation ends. */
    static final String CLOSED = "chain-closed";
    /** The act of a row that says up to where a chain was pruned. */
    static final String PRUNED = "chain-pruned";

    /** The keys of the advisory lock of whoever writes or prunes chains: "enta" in ASCII. */
    static final int LOCK_SPACE = 0x656e7461;

    /** The incarnations that have links, each found with one look into the index. */
    static final String CHAINS = """
        with recursive chain as (
          select min(incarnation) as incarnation from audit_link
          union all
          select (select min(l.incarnation) from audit_link l where l.incarnation > chain.incarnation)
          from chain where chain.incarnation is not null)
        """;

    private static final int SLICE = 500;
    /** Ids are given before the commit: so far behind the last one an entry may still appear. */
    private static final long LATE_IDS = 10_000;

    private final Database database;
    private long from;
    private long lastId = -1;

    private record Found(long id, Instant at, AuditRecord entry) {}

    AuditChain(Database database) {
        this.database = database;
    }

    /**
     * Chains a slice of what has no link yet.
     *
     * @param incarnation whose chain it goes to; none where that incarnation is dead
     * @param looksAnyway whether late entries are looked for though no new id was given
     * @return how many entries were chained
     */
    int link(long incarnation, boolean looksAnyway) {
        return database.jdbi().inTransaction(handle -> {
            long last = handle.createQuery("select coalesce(max(id), 0) from audit_entry")
                    .mapTo(Long.class)
                    .one();
            boolean hasNothingNew = last == lastId && !looksAnyway;
            if (hasNothingNew || !mayWrite(handle, incarnation)) {
                return 0;
            }
            List<Found> found = unlinked(handle);
            append(handle, incarnation, found);
            boolean isRest = found.size() < SLICE;
            from = isRest ? Math.max(0, last - LATE_IDS) : found.getLast().id();
            lastId = isRest ? last : -1;
            return found.size();
        });
    }

    /** A dead incarnation's chain may be closed already: it must not grow any more. */
    private static boolean mayWrite(Handle handle, long incarnation) {
        return isMine(handle)
                && handle.createQuery("select count(*) from coordinator where incarnation = :me and dead_at is null")
                                .bind("me", incarnation)
                                .mapTo(Long.class)
                                .one()
                        == 1;
    }

    /** In a statement of its own: what follows must see what the one before has committed. */
    static boolean isMine(Handle handle) {
        return handle.createQuery("select pg_try_advisory_xact_lock(:space, 0)")
                .bind("space", LOCK_SPACE)
                .mapTo(Boolean.class)
                .one();
    }

    private List<Found> unlinked(Handle handle) {
        return handle.createQuery("""
            select e.id, e.at, e.actor, e.act, e.gid, e.reason, e.before, e.after, e.peer, e.request_id
            from audit_entry e
            where e.id > :from and not exists (select 1 from audit_link l where l.entry = e.id)
            order by e.id limit :slice\
            """)
                .bind("from", from)
                .bind("slice", SLICE)
                .map((row, _) -> new Found(row.getLong("id"), OpenRows.instant(row, "at"), record(row)))
                .list();
    }

    static AuditRecord record(ResultSet row) throws SQLException {
        return new AuditRecord(
                row.getString("actor"),
                row.getString("act"),
                row.getString("gid"),
                row.getString("reason"),
                row.getString("before"),
                row.getString("after"),
                row.getString("peer"),
                row.getString("request_id"));
    }

    private static void append(Handle handle, long incarnation, List<Found> found) {
        if (found.isEmpty()) {
            return;
        }
        ChainLink link = last(handle, incarnation);
        var batch = handle.prepareBatch("""
            insert into audit_link (incarnation, seq, entry, prev, hash)
            values (:incarnation, :seq, :entry, :prev, :hash)\
            """);
        for (Found each : found) {
            link = link.next(each.id(), each.at(), each.entry());
            batch.bind("incarnation", incarnation)
                    .bind("seq", link.seq())
                    .bind("entry", each.id())
                    .bind("prev", link.prev().toByteArray())
                    .bind("hash", link.hash().toByteArray())
                    .add();
        }
        var _ = batch.execute();
    }

    static ChainLink last(Handle handle, long incarnation) {
        return handle.createQuery("""
            select seq, prev, hash from audit_link where incarnation = :incarnation order by seq desc limit 1\
            """)
                .bind("incarnation", incarnation)
                .map((row, _) -> link(incarnation, row))
                .findOne()
                .orElse(ChainLink.before(incarnation));
    }

    static ChainLink link(long incarnation, ResultSet row) throws SQLException {
        return new ChainLink(
                incarnation,
                row.getLong("seq"),
                ByteString.copyFrom(row.getBytes("prev")),
                ByteString.copyFrom(row.getBytes("hash")));
    }

    /** Writes a row for each chain of a dead incarnation that has none: where it ends. */
    int closeDead(OptionalLong mine) {
        return database.jdbi().inTransaction(handle -> {
            if (mine.isEmpty() || !mayWrite(handle, mine.getAsLong())) {
                return 0;
            }
            List<Long> dead = handle.createQuery(CHAINS + """
                select incarnation from chain
                where incarnation is not null
                  and not exists (
                    select 1 from coordinator c where c.incarnation = chain.incarnation and c.dead_at is null)
                  and not exists (
                    select 1 from audit_entry e
                    where e.act = 'chain-closed' and e.before = 'incarnation ' || chain.incarnation)\
                """).mapTo(Long.class).list();
            for (long each : dead) {
                tell(handle, CLOSED, last(handle, each), "its incarnation is dead");
            }
            return dead.size();
        });
    }

    static void tell(Handle handle, String act, ChainLink last, String why) {
        handle.createUpdate("""
            insert into audit_entry (actor, act, gid, reason, before, after)
            values (:actor, :act, '', :why, :chain, :last)\
            """)
                .bind("actor", AuditTrail.SELF)
                .bind("act", act)
                .bind("why", why)
                .bind("chain", ChainLink.chain(last.incarnation()))
                .bind("last", last.text())
                .execute();
    }
}
