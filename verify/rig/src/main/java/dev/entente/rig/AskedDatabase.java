package dev.entente.rig;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.postgresql.ds.PGSimpleDataSource;

/** One database, read and changed by SQL. Blocks; a connection per question. Thread-safe. */
public record AskedDatabase(String url) {
    public PGSimpleDataSource dataSource() {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(url);
        return source;
    }

    /** A new connection; the caller closes it. */
    public Connection connect() throws SQLException {
        return DriverManager.getConnection(url);
    }

    /** Reads what a row has. */
    public interface Reader<T> {
        T read(ResultSet row) throws SQLException;
    }

    /** All rows that {@code sql} answers, in its order. */
    public <T> List<T> rows(Reader<T> reader, String sql, Object... arguments) throws SQLException {
        try (Connection connection = connect()) {
            return rows(connection, reader, sql, arguments);
        }
    }

    /** The one number that {@code sql} answers, such as a count or a balance. */
    public long number(String sql, Object... arguments) throws SQLException {
        return rows(row -> row.getLong(1), sql, arguments).getFirst();
    }

    /** The texts in the first column of what {@code sql} answers. */
    public List<String> texts(String sql, Object... arguments) throws SQLException {
        return rows(row -> row.getString(1), sql, arguments);
    }

    /** Changes it behind its owner's back: opening balances, goods that came in. */
    public void change(String sql, Object... arguments) throws SQLException {
        try (Connection connection = connect()) {
            var _ = update(connection, sql, arguments);
        }
    }

    /** The same in the connection's transaction: all rows that {@code sql} answers. */
    public static <T> List<T> rows(Connection connection, Reader<T> reader, String sql, Object... arguments)
            throws SQLException {
        List<T> found = new ArrayList<>();
        try (PreparedStatement statement = prepared(connection, sql, arguments);
                ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                found.add(reader.read(rows));
            }
        }
        return found;
    }

    /** Runs a statement in the connection's transaction, and returns how many rows it changed; -1 for none. */
    public static int update(Connection connection, String sql, Object... arguments) throws SQLException {
        try (PreparedStatement statement = prepared(connection, sql, arguments)) {
            statement.execute();
            return statement.getUpdateCount();
        }
    }

    private static PreparedStatement prepared(Connection connection, String sql, Object... arguments)
            throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        for (int i = 0; i < arguments.length; i++) {
            statement.setObject(i + 1, arguments[i]);
        }
        return statement;
    }
}
