package dev.entente.bench.service;

import com.google.protobuf.ByteString;
import dev.entente.eventstore.Aggregates;
import dev.entente.eventstore.EventStore;
import dev.entente.eventstore.EventTypes;
import dev.entente.eventstore.Projection;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;

/** Many stored events in streams of one length, the last of which has a snapshot. For one thread. */
public final class StoredEvents {
    private static final EventTypes<Noted> TYPES = EventTypes.of(Noted.class)
            .event(Noted.class, "noted", 1, event -> LocalWork.PAYLOAD, payload -> new Noted())
            .build();

    private final DataSource database;
    private final long count;
    private final long longest;
    private final EventStore store = EventStore.postgres();
    private final Aggregates<Long, Noted> counted =
            Aggregates.in(store, "counted", TYPES, 0L, 1, (before, event) -> before + 1);
    private final Aggregates<Long, Noted> snapshotted =
            counted.withSnapshots(1, state -> ByteString.copyFromUtf8(Long.toString(state)), StoredEvents::number);

    /** The one event. */
    record Noted() {}

    private StoredEvents(DataSource database, long count, long longest) {
        this.database = database;
        this.count = count;
        this.longest = longest;
    }

    /**
     * Stores them, with their places. Blocks for minutes where they are millions.
     *
     * @param atMost the length of a stream, if there are as many in all
     */
    public static StoredEvents fill(DataSource database, long count, long atMost) throws SQLException {
        long longest = Math.min(count, atMost);
        StoredEvents events = new StoredEvents(database, count / longest * longest, longest);
        events.store.createTables(database);
        long streams = count / longest;
        Sql.execute(
                database,
                "insert into entente_event_stream select 'counted:' || n, " + longest + " from generate_series(1, "
                        + streams + ") as n");
        Sql.execute(database, """
            insert into entente_event (stream, version, type, type_version, payload, recorded_at, position)
            select 'counted:' || s, v, 'noted', 1, convert_to(repeat('x', 100), 'UTF8'), now(), (s - 1) * %1$d + v
            from generate_series(1, %2$d) as s, generate_series(1, %1$d) as v
            """.formatted(longest, streams));
        Sql.execute(database, "update entente_event_head set position = " + events.count);
        Sql.execute(database, "vacuum (analyze) entente_event");
        Sql.inTransaction(
                database,
                connection -> events.snapshotted.append(
                        connection, events.snapshotted.load(connection, "1"), List.of(new Noted())));
        return events;
    }

    /** How many there are. */
    public long count() {
        return count;
    }

    /** The length of each stream. */
    public long longest() {
        return longest;
    }

    /** Returns the store that has them, for further ones. */
    public EventStore store() {
        return store;
    }

    /** Loads one object again and again for so long, and returns how often a second. Blocks. */
    public double loads(boolean isFromSnapshot, Duration window) throws SQLException {
        Aggregates<Long, Noted> how = isFromSnapshot ? snapshotted : counted;
        long began = System.nanoTime();
        long done = 0;
        while (done == 0 || System.nanoTime() - began < window.toNanos()) {
            Sql.inTransaction(database, connection -> {
                long state = how.load(connection, "1").state();
                if (state != longest + 1) {
                    throw new SQLException("loaded " + state + " of " + longest);
                }
            });
            done++;
        }
        return done * 1e9 / (System.nanoTime() - began);
    }

    /** Has a projection that does nothing take events for so long, and returns how many a second. Blocks. */
    public double projected(Duration window) throws SQLException {
        AtomicLong taken = new AtomicLong();
        Projection projection =
                Projection.subscription(store, "bench", (connection, generation, event) -> taken.incrementAndGet());
        long began = System.nanoTime();
        boolean isMore = true;
        while (isMore && System.nanoTime() - began < window.toNanos()) {
            isMore = projection.run(database);
        }
        return taken.get() * 1e9 / (System.nanoTime() - began);
    }

    private static Long number(ByteString bytes) throws IOException {
        try {
            return Long.valueOf(bytes.toStringUtf8());
        } catch (NumberFormatException none) {
            throw new IOException("no number", none);
        }
    }
}
