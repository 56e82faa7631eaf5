package dev.entente.eventstore;

import dev.entente.jdbc.BodyConnection;
import dev.entente.jdbc.InnerBody;
import dev.entente.jdbc.OwnTransaction;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import javax.sql.DataSource;

/**
 * Rows that are made of all events, in the order of their positions. It may as well be a subscription, whose effect is
 * something else in the same database, such as a message in the outbox.
 *
 * <pre>{@code
 * Projection list = Projection.in(store, "order-list", orderList::take, orderList::clear);
 * try (ProjectionRunner runner = ProjectionRunner.start(list, dataSource)) { … }
 * }</pre>
 *
 * <p>The position is kept in the transaction of the effect, so each event has its effect once. Each row names its
 * generation: a rebuild makes the rows of a new one beside the live one, which is read until the new one has caught up.
 * Any number of processes may run a projection; one at a time works on a generation. Immutable and thread-safe.
 */
public final class Projection {
    private static final int CLEARED_AT_ONCE = 1000;
    /** The events that the live one takes at once while another one is to catch up with it, however many come. */
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
        /** Does it on this connection, neither committing nor rolling it back; the rows are of that generation. */
        void handle(Connection connection, long generation, PlacedEvent event) throws SQLException;
    }

    /** The deletion of a generation's rows. */
    @FunctionalInterface
    public interface Clearing {
        /** Deletes up to {@code limit} of them on this connection, and returns how many; 0 where none is left. */
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
     * Rows that are made by a handler.
     *
     * @param name {@code [a-z][a-z0-9-]{0,63}}; positions are kept under it
     */
    public static Projection in(EventStore store, String name, Handler handler, Clearing clearing) {
        StreamNames.requireName("a projection", name);
        return new Projection(store, name, handler, clearing);
    }

    /** A subscription: an effect that leaves no rows behind which a rebuild would have to delete. */
    public static Projection subscription(EventStore store, String name, Handler handler) {
        return in(store, name, handler, (connection, generation, limit) -> 0);
    }

    /** The name under which positions are kept. */
    public String name() {
        return name;
    }

    /**
     * Gives positions to up to 1000 committed events, and takes up to 200 events into each generation. The live one
     * takes up to 50 while another is built. Of a dropped one it clears up to 1000 rows. What another process works on
     * is left to it. Blocks.
     *
     * @return whether there may be more to do at once
     * @throws ProjectionFailed if the handler failed (ENT-084); nothing of its batch is kept
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

    /** Builds the rows anew in a new generation, whose number is returned; gives up one that is being built. Blocks. */
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

    /** Returns its generations, the oldest first; none where it has not run yet. */
    public List<Generation> generations(Connection connection) throws SQLException {
        return rows.list(connection);
    }

    /**
     * Returns the generation whose rows are to be read.
     *
     * @throws NoSuchElementException if it has not run yet
     */
    public Generation live(Connection connection) throws SQLException {
        return generations(connection).stream()
                .filter(generation -> generation.state() == Generation.State.LIVE)
                .findFirst()
                .orElseThrow(() -> new NoSuchElementException("projection '" + name + "' has not run yet"));
    }

    /** The live one comes before the one that is built, which so finds no less than the live one did. */
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
            new InnerBody(connection, SAVEPOINT, Projection::handlerEnds, Projection::handlerEnded).run(same -> {
                for (PlacedEvent event : page) {
                    at[0] = event;
                    handler.handle(same, number, event);
                }
            });
        } catch (SQLException | RuntimeException failure) {
            throw new ProjectionFailed(name, at[0], failure);
        }
    }

    /** @param how what the handler called, such as {@code commit()}; it did not happen */
    private static IllegalStateException handlerEnds(String how) {
        return new IllegalStateException("ENT-097: the handler called " + how + " on the connection that it was given;"
                + " the projection ends its transaction; take that call out");
    }

    private static IllegalStateException handlerEnded(SQLException cause) {
        return new IllegalStateException(
                "ENT-097: the handler ended the transaction by itself: what it committed stands, and may come twice;"
                        + " take commit and rollback out of it, and rebuild the projection",
                cause);
    }
}
