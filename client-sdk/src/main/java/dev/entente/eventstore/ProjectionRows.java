package dev.entente.eventstore;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
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

    private final EventSql sql;
    private final String name;

    ProjectionRows(EventSql sql, String name) {
        this.sql = sql;
        this.name = name;
    }

    /** Adds the first generation where there is none. */
    void register(Connection connection) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(sql.registerProjection())) {
            insert.setString(1, name);
            insert.setString(2, name);
            insert.executeUpdate();
        }
    }

    List<Generation> list(Connection connection) throws SQLException {
        return select(connection, LIST);
    }

    /**
     * Holds all of them until the transaction ends, and waits for those who hold one. The newest comes first, as where
     * one that is being built replaces the live one.
     */
    List<Generation> holdAll(Connection connection) throws SQLException {
        return select(connection, HOLD_ALL);
    }

    private List<Generation> select(Connection connection, String how) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(how)) {
            select.setString(1, name);
            try (ResultSet rows = select.executeQuery()) {
                List<Generation> found = new ArrayList<>();
                while (rows.next()) {
                    found.add(generation(rows));
                }
                return found;
            }
        }
    }

    /** Holds one until the transaction ends; empty where another transaction does, or it is gone. */
    Optional<Generation> hold(Connection connection, long number) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(HOLD)) {
            select.setString(1, name);
            select.setLong(2, number);
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? Optional.of(generation(row)) : Optional.empty();
            }
        }
    }

    private static Generation generation(ResultSet row) throws SQLException {
        return new Generation(row.getLong(1), Generation.State.valueOf(row.getString(2)), row.getLong(3));
    }

    void move(Connection connection, long number, long position) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(MOVE)) {
            update.setLong(1, position);
            update.setString(2, name);
            update.setLong(3, number);
            update.executeUpdate();
        }
    }

    /**
     * Puts a generation in the live one's place, unless that is ahead: readers do not go back in time.
     *
     * @return whether it is live now
     */
    boolean replaceLive(Connection connection, long number, long position) throws SQLException {
        try (PreparedStatement retire = connection.prepareStatement(RETIRE);
                PreparedStatement live = connection.prepareStatement(GO_LIVE)) {
            retire.setString(1, name);
            retire.setLong(2, position);
            if (retire.executeUpdate() == 0) {
                return false;
            }
            live.setString(1, name);
            live.setLong(2, number);
            return live.executeUpdate() == 1;
        }
    }

    void delete(Connection connection, long number) throws SQLException {
        try (PreparedStatement delete = connection.prepareStatement(DELETE)) {
            delete.setString(1, name);
            delete.setLong(2, number);
            delete.executeUpdate();
        }
    }

    /** Gives up one that is being built, and begins another. */
    void build(Connection connection, long number) throws SQLException {
        try (PreparedStatement giveUp = connection.prepareStatement(GIVE_UP);
                PreparedStatement add = connection.prepareStatement(ADD)) {
            giveUp.setString(1, name);
            giveUp.executeUpdate();
            add.setString(1, name);
            add.setLong(2, number);
            add.executeUpdate();
        }
    }
}
