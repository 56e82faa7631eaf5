package dev.entente.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Runs one statement, and says in the SQL of each database what differs between them. */
public final class Statements {
    private Statements() {}

    /**
     * A way from a row to a value.
     *
     * @param <T> the value
     */
    @FunctionalInterface
    public interface Reader<T> {
        /** Reads the row at which the result stands. */
        T read(ResultSet row) throws SQLException;
    }

    /** Runs a statement that has no parameters. */
    public static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** Runs a change, and returns how many rows it met. */
    public static int update(Connection connection, String sql, @Nullable Object... values) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(sql)) {
            set(update, values);
            return update.executeUpdate();
        }
    }

    /** Returns all rows of a question. */
    public static <T> List<T> list(Connection connection, String sql, Reader<T> reader, @Nullable Object... values)
            throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(sql)) {
            set(select, values);
            try (ResultSet rows = select.executeQuery()) {
                List<T> found = new ArrayList<>();
                while (rows.next()) {
                    found.add(reader.read(rows));
                }
                return found;
            }
        }
    }

    /** Returns the first row of a question; empty where there is none. */
    public static <T> Optional<T> first(Connection connection, String sql, Reader<T> reader, @Nullable Object... values)
            throws SQLException {
        return list(connection, sql, reader, values).stream().findFirst();
    }

    /** Sets all parameters of a statement. */
    public static void set(PreparedStatement statement, @Nullable Object... values) throws SQLException {
        for (int i = 0; i < values.length; i++) {
            statement.setObject(i + 1, values[i]);
        }
    }

    /** The expression of the present time. */
    public static String now(Dialect dialect) {
        return switch (dialect) {
            case POSTGRES -> "now()";
            case MARIADB -> "utc_timestamp(6)";
        };
    }

    /** The expression of a time that is so many milliseconds from now: the one parameter in it. */
    public static String inMillis(Dialect dialect) {
        return now(dialect)
                + switch (dialect) {
                    case POSTGRES -> " + ? * interval '1 millisecond'";
                    case MARIADB -> " + interval ? * 1000 microsecond";
                };
    }

    /** The statement that deletes rows of a table, at most as many as its last parameter says. */
    public static String deleteAtMost(Dialect dialect, String table, String condition) {
        String which = " from " + table + " where " + condition + " limit ?";
        return switch (dialect) {
            case POSTGRES -> "delete from " + table + " where ctid = any (array(select ctid" + which + "))";
            case MARIADB -> "delete" + which;
        };
    }

    /** Reads a point in time. */
    public static Instant instant(Dialect dialect, ResultSet row, int column) throws SQLException {
        return switch (dialect) {
            case POSTGRES -> row.getObject(column, OffsetDateTime.class).toInstant();
            case MARIADB -> row.getObject(column, LocalDateTime.class).toInstant(ZoneOffset.UTC);
        };
    }
}
