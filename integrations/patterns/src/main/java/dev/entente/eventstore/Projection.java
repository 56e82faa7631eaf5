package dev.entente.eventstore;

import dev.entente.jdbc.BodyConnection;
import dev.entente.jdbc.OwnTransaction;
import dev.entente.jdbc.SavepointBody;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import javax.sql.DataSource;

/**
 * Rows that a handler makes from all events, in the order of positions. A projection may also be a subscription, which
 * has another effect in this database, such as a message in the outbox.
 *
 * <pre>{@code
 * Projection list = Projection.in(store, "order-list", orderList::take, orderList::clear);
 * try (ProjectionRunner runner = ProjectionRunner.start(list, dataSource)) { … }
 * }</pre>
 *
 * <p>The position is stored in the transaction of the effect, so each event has its effect once. Each row contains its
 * generation. A rebuild makes new rows beside the live generation, which is read until the new one has caught up. Any
 * number of processes may run a projection; one at a time works on a generation. Immutable and thread-safe.
 */
public final class Projection {
    private static final int CLEARED_AT_ONCE = 1000;
    /** The limit of the live generation's events per run during a rebuild, so that the rebuild can catch up. */
    private static final int LIVE_BESIDE_REBUILD = 50;

    private static final String SAVEPOINT = "entente_projection";

    private final EventStore store;
    private final String name;
    private final Handler handler;
    private final Clearing clearing;
    private final ProjectionRows rows;
    private final Positions positions;

    /** The effect of an event. */
    @FunctionalInterface
    public interface Handler {
        /**
         * Does the work on this connection, without commit or rollback. Each row that the handler writes must contain
         * this generation.
         */
        void handle(Connection connection, long generation, PlacedEvent event) throws SQLException;
    }

    /** The deletion of a generation's rows. */
    @FunctionalInterface
    public interface Clearing {
        /** Deletes up to {@code limit} rows of the generation, and returns how many; 0 if none is left. */
        int clear(Connection connection, long generation, int limit) throws SQLException;
    }

    private Projection(EventStore store, String name, Handler handler, Clearing clearing) {
        this.store = store;
        this.name = name;
        this.handler = handler;
        this.clearing = clearing;
        this.rows = new ProjectionRows(store, name);
        this.positions = new Positions(store);
    }

    /**
     * Returns a projection with rows.
     *
     * @param name {@code [a-z][a-z0-9-]{0,63}}; positions are stored under this name
     */
    public static Projection in(EventStore store, String name, Handler handler, Clearing clearing) {
        StreamNames.requireName("a projection", name);
        return new Projection(store, name, handler, clearing);
    }

    /** Returns a subscription: its effect leaves no rows that a rebuild would have to delete. */
    public static Projection subscription(EventStore store, String name, Handler handler) {
        return in(store, name, handler, (connection, generation, limit) -> 0);
    }

    /** Returns the name under which positions are stored. */
    public String name() {
        return name;
    }

    /**
     * Assigns positions to up to 1000 committed events, and passes up to 200 events to each generation. The live
     * generation takes up to 50 during a rebuild. Deletes up to 1000 rows of each dropped generation. Skips generations
     * that another process works on. Blocks.
     *
     * @return whether there may be more work now
     * @throws ProjectionFailed if the handler failed (ENT-084); its batch is rolled back
     */
    public boolean run(DataSource dataSource) throws SQLException {
        return store.borrowed(dataSource, connection -> {
            boolean isMore = positions.give(connection);
            List<Generation> all = registered(connection);
            boolean isBuilding = all.stream().anyMatch(each -> each.state() == Generation.State.BUILDING);
            for (Generation generation : all) {
                isMore |= OwnTransaction.on(connection, () -> step(connection, generation.number(), isBuilding));
            }
            return isMore;
        });
    }

    /**
     * Starts a new generation, in which later runs build the rows, and returns its number. Drops a generation that is
     * being built. Blocks.
     */
    public long rebuild(DataSource dataSource) throws SQLException {
        return store.borrowed(
                dataSource,
                connection -> OwnTransaction.on(connection, () -> {
                    EventSql.readCommitted(connection);
                    rows.register(connection);
                    List<Generation> held = rows.holdAll(connection);
                    long number = held.get(0).number() + 1;
                    rows.build(connection, number);
                    return number;
                }));
    }

    /** Returns the generations, the oldest first; empty before the first run. */
    public List<Generation> generations(Connection connection) throws SQLException {
        return rows.list(connection);
    }

    /**
     * Returns the generation with the rows to read.
     *
     * @throws NoSuchElementException before the first run
     */
    public Generation live(Connection connection) throws SQLException {
        return generations(connection).stream()
                .filter(generation -> generation.state() == Generation.State.LIVE)
                .findFirst()
                .orElseThrow(() -> new NoSuchElementException("projection '" + name + "' has not run yet"));
    }

    /** Lists the generations, the live one before the one that is built, which then finds at least as many events. */
    private List<Generation> registered(Connection connection) throws SQLException {
        return OwnTransaction.on(connection, () -> {
            EventSql.readCommitted(connection);
            rows.register(connection);
            return rows.list(connection);
        });
    }

    private boolean step(Connection connection, long number, boolean isBuilding) throws SQLException {
        EventSql.readCommitted(connection);
        Optional<Generation> held = rows.hold(connection, number);
        if (held.isEmpty()) {
            return false;
        }
        return held.get().state() == Generation.State.DROPPED
                ? clear(connection, number)
                : advance(connection, held.get(), isBuilding);
    }

    private boolean clear(Connection connection, long number) throws SQLException {
        int cleared = clearing.clear(BodyConnection.of(connection, Projection::handlerEnds), number, CLEARED_AT_ONCE);
        if (cleared == 0) {
            rows.delete(connection, number);
        }
        return cleared > 0;
    }

    private boolean advance(Connection connection, Generation generation, boolean isBuilding) throws SQLException {
        int most =
                isBuilding && generation.state() == Generation.State.LIVE ? LIVE_BESIDE_REBUILD : EventStore.MAX_PAGE;
        List<PlacedEvent> page = store.after(connection, generation.position(), most);
        long position = generation.position();
        if (!page.isEmpty()) {
            take(connection, generation.number(), page);
            position = page.get(page.size() - 1).position();
            rows.move(connection, generation.number(), position);
        }
        boolean isMore = page.size() == most;
        boolean isReplacing = generation.state() == Generation.State.BUILDING
                && rows.replaceLive(connection, generation.number(), position);
        return isMore || isReplacing;
    }

    private void take(Connection connection, long number, List<PlacedEvent> page) throws SQLException {
        store.sql(connection).execute("savepoint " + SAVEPOINT);
        PlacedEvent[] at = {page.get(0)};
        try {
            new SavepointBody(connection, SAVEPOINT, Projection::handlerEnds, Projection::handlerEnded).run(same -> {
                for (PlacedEvent event : page) {
                    at[0] = event;
                    handler.handle(same, number, event);
                }
            });
        } catch (SQLException | RuntimeException failure) {
            throw new ProjectionFailed(name, at[0], failure);
        }
    }

    /** @param how the call of the handler, such as {@code commit()}; the call was refused */
    private static IllegalStateException handlerEnds(String how) {
        return new IllegalStateException("ENT-097: the handler called " + how + " on the given connection; the"
                + " projection ends the transaction; remove this call from the handler");
    }

    private static IllegalStateException handlerEnded(SQLException cause) {
        return new IllegalStateException(
                "ENT-097: the handler ended the transaction itself, so only changes that the handler committed are"
                        + " kept, and the events may be applied twice; remove commit and rollback from the handler,"
                        + " and rebuild the projection",
                cause);
    }
}
