package dev.entente.server.store.audit;

import com.google.protobuf.ByteString;
import dev.entente.server.store.Database;
import dev.entente.server.store.OpenRows;
import dev.entente.server.store.audit.sink.AuditSink;
import dev.entente.server.store.audit.sink.SinkLine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jdbi.v3.core.Handle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ships links of chains, and keeps in a row of the database up to where a kind of sink has each. The row is written
 * behind the sink, so a crash between them ships a slice again, and loses none. Blocks; for one thread.
 */
final class SinkCursor {
    private static final Logger LOG = LoggerFactory.getLogger(SinkCursor.class);
    /** Links in one commit. */
    static final int SLICE = 500;

    /** Stands for no chain: it says that this kind of sink was used before. */
    private static final long USED = 0;

    private final Database database;
    private final AuditSink sink;
    /** Known ends, by incarnation: where nothing came behind, nothing is locked. Never more than there are chains. */
    private final Map<Long, Long> shipped = new HashMap<>();

    private record Shipped(long seq, SinkLine line) {}

    SinkCursor(Database database, AuditSink sink) {
        this.database = database;
        this.sink = sink;
    }

    /** Leaves out what dead incarnations have chained, where this kind of sink is new. */
    void begin() {
        database.jdbi().useTransaction(handle -> {
            handle.execute("select pg_advisory_xact_lock(" + AuditChain.LOCK_SPACE + ", 1)");
            boolean isNew = handle.createUpdate("""
                insert into audit_sink (sink, incarnation, shipped) values (:sink, :used, 0) on conflict do nothing\
                """)
                            .bind("sink", sink.name())
                            .bind("used", USED)
                            .execute()
                    == 1;
            if (isNew) {
                handle.createUpdate(AuditChain.CHAINS + """
                    insert into audit_sink (sink, incarnation, shipped)
                    select :sink, incarnation, (select max(seq) from audit_link l where l.incarnation = chain.incarnation)
                    from chain
                    where incarnation is not null and not exists (
                      select 1 from coordinator c where c.incarnation = chain.incarnation and c.dead_at is null)
                    on conflict do nothing\
                    """)
                        .bind("sink", sink.name())
                        .execute();
            }
        });
    }

    /** All chains that there are; forgets those that are gone. */
    List<Long> chains() {
        List<Long> chains = database.jdbi()
                .withHandle(handle -> handle.createQuery(
                                AuditChain.CHAINS + "select incarnation from chain where incarnation is not null")
                        .mapTo(Long.class)
                        .list());
        shipped.keySet().retainAll(chains);
        database.jdbi()
                .useTransaction(handle -> handle.createUpdate("""
                    delete from audit_sink s
                    where s.sink = :sink and s.incarnation <> :used
                      and not exists (select 1 from audit_link l where l.incarnation = s.incarnation)
                      and not exists (
                        select 1 from coordinator c where c.incarnation = s.incarnation and c.dead_at is null)\
                    """)
                        .bind("sink", sink.name())
                        .bind("used", USED)
                        .execute());
        return chains;
    }

    /**
     * Ships a slice of a chain, unless another coordinator is at it.
     *
     * @return how many links
     * @throws UncheckedIOException if the sink does not take them
     */
    int ship(long incarnation) {
        OptionalLong last = last(incarnation);
        if (last.isEmpty() || last.getAsLong() == shipped.getOrDefault(incarnation, 0L)) {
            return 0;
        }
        return database.jdbi().inTransaction(handle -> {
            OptionalLong from = lock(handle, incarnation);
            if (from.isEmpty()) {
                return 0;
            }
            List<Shipped> slice = slice(handle, incarnation, from.getAsLong());
            long upTo = slice.isEmpty() ? from.getAsLong() : slice.getLast().seq();
            if (!slice.isEmpty()) {
                tellOfGap(incarnation, from.getAsLong(), slice.getFirst().seq());
                hand(slice);
                move(handle, incarnation, upTo);
            }
            shipped.put(incarnation, upTo);
            return slice.size();
        });
    }

    private OptionalLong last(long incarnation) {
        return database.jdbi()
                .withHandle(handle -> handle.createQuery("""
                    select max(seq) from audit_link where incarnation = :incarnation\
                    """)
                        .bind("incarnation", incarnation)
                        .mapTo(Long.class)
                        .findOne()
                        .map(OptionalLong::of)
                        .orElse(OptionalLong.empty()));
    }

    /** Up to where the sink has the chain; empty while another coordinator ships it. */
    private OptionalLong lock(Handle handle, long incarnation) {
        handle.createUpdate("""
            insert into audit_sink (sink, incarnation, shipped) values (:sink, :incarnation, 0) on conflict do nothing\
            """)
                .bind("sink", sink.name())
                .bind("incarnation", incarnation)
                .execute();
        return handle.createQuery("""
            select shipped from audit_sink where sink = :sink and incarnation = :incarnation
            for update skip locked\
            """)
                .bind("sink", sink.name())
                .bind("incarnation", incarnation)
                .mapTo(Long.class)
                .findOne()
                .map(OptionalLong::of)
                .orElse(OptionalLong.empty());
    }

    private static List<Shipped> slice(Handle handle, long incarnation, long from) {
        return handle.createQuery("""
            select l.seq, l.hash, l.entry, now() as now, e.id, e.at, e.actor, e.act, e.gid, e.reason, e.before, e.after,
              e.peer, e.request_id
            from audit_link l left join audit_entry e on e.id = l.entry
            where l.incarnation = :incarnation and l.seq > :from
            order by l.seq limit :slice\
            """)
                .bind("incarnation", incarnation)
                .bind("from", from)
                .bind("slice", SLICE)
                .map((row, _) -> shipped(incarnation, row))
                .list();
    }

    private static Shipped shipped(long incarnation, ResultSet row) throws SQLException {
        long seq = row.getLong("seq");
        ByteString hash = ByteString.copyFrom(row.getBytes("hash"));
        long entry = row.getLong("entry");
        boolean isMissing = row.getObject("id") == null;
        Instant at = OpenRows.instant(row, isMissing ? "now" : "at");
        SinkLine line = isMissing
                ? SinkLine.missing(incarnation, seq, hash, entry, at)
                : SinkLine.chained(incarnation, seq, hash, entry, at, AuditChain.record(row));
        return new Shipped(seq, line);
    }

    private void tellOfGap(long incarnation, long from, long first) {
        if (first != from + 1) {
            LOG.warn(
                    "links {} to {} of the audit's chain {} were removed before the {} had them",
                    from + 1,
                    first - 1,
                    incarnation,
                    sink.name());
        }
    }

    private void hand(List<Shipped> slice) {
        try {
            sink.take(slice.stream().map(Shipped::line).toList());
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private void move(Handle handle, long incarnation, long upTo) {
        handle.createUpdate("""
            update audit_sink set shipped = :upTo where sink = :sink and incarnation = :incarnation\
            """)
                .bind("upTo", upTo)
                .bind("sink", sink.name())
                .bind("incarnation", incarnation)
                .execute();
    }
}
