package dev.entente.eventstore;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/** The generations of a projection and their positions: the table {@code entente_projection}. */
final class ProjectionRows {
    private static final String LIST =
            "select generation, state, position from entente_projection where name = ? order by generation";
    private static final String HOLD = "select generation, state, position from entente_projection"
            + " where name = ? and generation = ? for update skip locked";
    private static final String HOLD_ALL =
            "select generation, state, position from entente_projection where name = ? order by generation desc for"
                    + " update";
    private static final String MOVE = "update entente_projection set position = ? where name = ? and generation = ?";
    private static final String DELETE = "delete from entente_projection where name = ? and generation = ?";
    private static final String RETIRE =
            "update entente_projection set state = 'DROPPED'" + " where name = ? and state = 'LIVE' and position <= ?";
    private static final String GO_LIVE =
            "update entente_projection set state = 'LIVE' where name = ? and generation = ?";
    private static final String GIVE_UP =
            "update entente_projection set state = 'DROPPED' where name = ? and state = 'BUILDING'";
    private static final String ADD =
            "insert into entente_projection (name, generation, state, position) values (?, ?, 'BUILDING', 0)";

    private final EventStore store;
    private final String name;

    ProjectionRows(EventStore store, String name) {
        this.store = store;
        this.name = name;
    }

    /** Adds the first generation if there is none. */
    void register(Connection connection) throws SQLException {
        store.sql(connection).update(EventSql.REGISTER, name, name);
    }

    List<Generation> list(Connection connection) throws SQLException {
        return store.sql(connection).query(LIST, ProjectionRows::generation, name);
    }

    /**
     * Locks all generations until the transaction ends, and waits for other holders. Locks the newest first, in the
     * order in which a new generation replaces the live one.
     */
    List<Generation> holdAll(Connection connection) throws SQLException {
        return store.sql(connection).query(HOLD_ALL, ProjectionRows::generation, name);
    }

    /** Locks a generation until the transaction ends; empty if another transaction holds it, or it does not exist. */
    Optional<Generation> hold(Connection connection, long number) throws SQLException {
        return store.sql(connection).first(HOLD, ProjectionRows::generation, name, number);
    }

    private static Generation generation(ResultSet row) throws SQLException {
        return new Generation(row.getLong(1), Generation.State.valueOf(row.getString(2)), row.getLong(3));
    }

    void move(Connection connection, long number, long position) throws SQLException {
        store.sql(connection).update(MOVE, position, name, number);
    }

    /**
     * Makes a generation live, unless the live generation is ahead: a reader must not see an older state.
     *
     * @return whether it is live now
     */
    boolean replaceLive(Connection connection, long number, long position) throws SQLException {
        return store.sql(connection).update(RETIRE, name, position) > 0
                && store.sql(connection).update(GO_LIVE, name, number) == 1;
    }

    void delete(Connection connection, long number) throws SQLException {
        store.sql(connection).update(DELETE, name, number);
    }

    /** Drops a generation that is being built, and begins another. */
    void build(Connection connection, long number) throws SQLException {
        store.sql(connection).update(GIVE_UP, name);
        store.sql(connection).update(ADD, name, number);
    }
}
