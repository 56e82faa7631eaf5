package dev.entente.eventstore;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/** The rows that say how far a projection has come: the table {@code entente_projection}. */
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

    /** Adds the first generation where there is none. */
    void register(Connection connection) throws SQLException {
        store.sql(connection).update(EventSql.REGISTER, name, name);
    }

    List<Generation> list(Connection connection) throws SQLException {
        return store.sql(connection).query(LIST, ProjectionRows::generation, name);
    }

    /**
     * Holds all of them until the transaction ends, and waits for those who hold one. The newest comes first, as where
     * one that is being built replaces the live one.
     */
    List<Generation> holdAll(Connection connection) throws SQLException {
        return store.sql(connection).query(HOLD_ALL, ProjectionRows::generation, name);
    }

    /** Holds one until the transaction ends; empty where another transaction does, or it is gone. */
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
     * Puts a generation in the live one's place, unless that is ahead: readers do not go back in time.
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

    /** Gives up one that is being built, and begins another. */
    void build(Connection connection, long number) throws SQLException {
        store.sql(connection).update(GIVE_UP, name);
        store.sql(connection).update(ADD, name, number);
    }
}
