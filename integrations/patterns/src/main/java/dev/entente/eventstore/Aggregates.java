package dev.entente.eventstore;

import com.google.protobuf.ByteString;
import dev.entente.eventstore.EventTypes.Reader;
import dev.entente.jdbc.Sql;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Business objects of one kind. The state of each object is the fold of its events.
 *
 * <pre>{@code
 * Loaded<User> user = users.load(connection, "4711");
 * users.append(connection, user, List.of(new BalanceChanged(100)));
 * connection.commit();
 * }</pre>
 *
 * <p>The stream of an object is the kind's name, a colon and the object's id. With snapshots a load reads the latest
 * snapshot and the events after it. Events are read in pages, so a long stream costs little memory. Immutable and
 * thread-safe.
 *
 * @param <S> the state; immutable
 * @param <E> the events
 */
public final class Aggregates<S, E> {
    private static final int DROPPED_AT_ONCE = 1000;
    private static final int MAX_SNAPSHOT_BYTES = 4 << 20;

    private final EventStore store;
    private final String name;
    private final EventTypes<E> types;
    private final Fold<S, E> fold;
    private final @Nullable Snapshots<S> snapshots;

    private record Fold<S, E>(S initial, int version, BiFunction<S, E, S> after) {}

    private record Snapshots<S>(int every, Function<S, ByteString> write, Reader<S> read) {}

    private Aggregates(
            EventStore store, String name, EventTypes<E> types, Fold<S, E> fold, @Nullable Snapshots<S> snapshots) {
        this.store = store;
        this.name = name;
        this.types = types;
        this.fold = fold;
        this.snapshots = snapshots;
    }

    /**
     * Returns the objects of a kind, without snapshots.
     *
     * @param name {@code [a-z][a-z0-9-]{0,63}}; streams are named after it
     * @param initial the state before the first event
     * @param foldVersion 1 or more; raise the version when the fold or the stored format of the state changes, so that
     *     older snapshots are no longer used
     * @param after returns the state after an event, without side effects
     */
    public static <S, E> Aggregates<S, E> in(
            EventStore store, String name, EventTypes<E> types, S initial, int foldVersion, BiFunction<S, E, S> after) {
        StreamNames.requireName("a kind of objects", name);
        return new Aggregates<>(store, name, types, new Fold<>(initial, foldVersion, after), null);
    }

    /**
     * Returns these objects with snapshots. An append writes a snapshot after this number of events since the last one.
     *
     * @param every 1 or more events
     * @param write the state's bytes, at most 4 MiB
     */
    public Aggregates<S, E> withSnapshots(int every, Function<S, ByteString> write, Reader<S> read) {
        if (every < 1) {
            throw new IllegalArgumentException("a snapshot is written every 1 or more events, not " + every);
        }
        return new Aggregates<>(store, name, types, fold, new Snapshots<>(every, write, read));
    }

    /** Returns the stream of an object. */
    public String stream(String id) {
        return name + ":" + id;
    }

    /** Returns an object's state as the transaction sees it; the initial state at version 0 if there are no events. */
    public Loaded<S> load(Connection connection, String id) throws SQLException {
        return fold(connection, snapshot(connection, id, Long.MAX_VALUE), event -> true);
    }

    /**
     * Returns an object's state at a version.
     *
     * @param version at least 0, which is before its first event
     * @throws NoSuchElementException if the object's version is lower
     */
    public Loaded<S> at(Connection connection, String id, long version) throws SQLException {
        if (version < 0) {
            throw new IllegalArgumentException(
                    "a version is 0, which is before the first event, or more; not " + version);
        }
        Loaded<S> found = fold(connection, snapshot(connection, id, version), event -> event.version() <= version);
        if (found.version() != version) {
            throw new NoSuchElementException(
                    "stream '" + stream(id) + "' is at version " + found.version() + ", before " + version);
        }
        return found;
    }

    /** Returns an object's state at a time of the database's clock: the fold of all its events up to that time. */
    public Loaded<S> at(Connection connection, String id, Instant time) throws SQLException {
        return fold(connection, beginning(id), event -> !event.at().isAfter(time));
    }

    /**
     * Appends events to a loaded state, in the connection's open transaction. May write a snapshot.
     *
     * @param from the result of {@link #load} or of a previous append
     * @param events 1 to 1000
     * @return the state after the events
     * @throws WrongVersion if the object has other events meanwhile (ENT-081); nothing was changed
     * @throws EventsUnusable as {@link EventStore#append}
     */
    public Loaded<S> append(Connection connection, Loaded<S> from, List<? extends E> events) throws SQLException {
        S state = from.state();
        for (E event : events) {
            state = fold.after.apply(state, event);
        }
        long version = from.version() + events.size();
        Snapshots<S> kept = snapshots;
        if (kept == null || version - from.snapshotVersion() < kept.every) {
            append(connection, from, events.stream());
            return new Loaded<>(from.id(), state, version, from.snapshotVersion());
        }
        ByteString bytes = checked(stream(from.id()), kept.write.apply(state));
        append(connection, from, events.stream());
        keep(connection, stream(from.id()), version, bytes);
        return new Loaded<>(from.id(), state, version, version);
    }

    private void append(Connection connection, Loaded<S> from, Stream<? extends E> events) throws SQLException {
        store.append(
                connection,
                stream(from.id()),
                from.version(),
                events.<NewEvent>map(types::write).toList());
    }

    /**
     * Deletes up to 1000 snapshots that other versions of the fold wrote and this version does not read. The statement
     * may scan all snapshots. Repeat the call until it returns 0.
     *
     * @return how many were deleted
     */
    public int dropOldSnapshots(Connection connection) throws SQLException {
        return store.sql(connection)
                .deleteAtMost(
                        "entente_event_snapshot",
                        "fold = ? and fold_version <> ?",
                        name,
                        fold.version,
                        DROPPED_AT_ONCE);
    }

    private Loaded<S> beginning(String id) {
        return new Loaded<>(id, fold.initial, 0, 0);
    }

    private Loaded<S> fold(Connection connection, Loaded<S> from, Predicate<StoredEvent> isMeant) throws SQLException {
        String stream = stream(from.id());
        S state = from.state();
        long version = from.version();
        while (true) {
            List<StoredEvent> page = store.load(connection, stream, version, EventStore.MAX_PAGE);
            for (StoredEvent event : page) {
                if (!isMeant.test(event)) {
                    return new Loaded<>(from.id(), state, version, from.snapshotVersion());
                }
                state = fold.after.apply(state, types.read(event));
                version = event.version();
            }
            if (page.size() < EventStore.MAX_PAGE) {
                return new Loaded<>(from.id(), state, version, from.snapshotVersion());
            }
        }
    }

    private Loaded<S> snapshot(Connection connection, String id, long atMost) throws SQLException {
        Snapshots<S> kept = snapshots;
        if (kept == null) {
            return beginning(id);
        }
        Sql.Row<Kept> row = each -> new Kept(each.getLong(1), ByteString.copyFrom(each.getBytes(2)));
        Optional<Kept> found = store.explained(
                () -> store.sql(connection).first(EventSql.SNAPSHOT, row, stream(id), name, fold.version, atMost));
        if (found.isEmpty()) {
            return beginning(id);
        }
        long version = found.get().version;
        try {
            return new Loaded<>(id, kept.read.read(found.get().state), version, version);
        } catch (IOException | IllegalArgumentException unreadable) {
            throw EventsUnusable.unreadableSnapshot(stream(id), name, unreadable);
        }
    }

    private record Kept(long version, ByteString state) {}

    private static ByteString checked(String stream, ByteString state) {
        if (state.size() > MAX_SNAPSHOT_BYTES) {
            throw new IllegalArgumentException("the snapshot of '" + stream + "' has " + state.size()
                    + " bytes; a snapshot takes at most " + MAX_SNAPSHOT_BYTES);
        }
        return state;
    }

    private void keep(Connection connection, String stream, long version, ByteString state) throws SQLException {
        byte[] bytes = state.toByteArray();
        store.sql(connection).update(EventSql.KEEP_SNAPSHOT, stream, name, fold.version, version, bytes);
    }
}
