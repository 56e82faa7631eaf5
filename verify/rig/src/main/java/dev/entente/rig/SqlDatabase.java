package dev.entente.rig;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.postgresql.ds.PGSimpleDataSource;

/** SQL access to one database. Calls block and open one connection per query. Thread-safe. */
public record SqlDatabase(String url) {
    public PGSimpleDataSource dataSource() {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(url);
        return source;
    }

    /** Returns a new connection, which the caller must close. */
    public Connection connect() throws SQLException {
        return DriverManager.getConnection(url);
    }

    /** Reads the current row of a result. */
    public interface Reader<T> {
        T read(ResultSet row) throws SQLException;
    }

    /** Returns all rows of the query's result, in the order of the query. */
    public <T> List<T> rows(Reader<T> reader, String sql, Object... arguments) throws SQLException {
        try (Connection connection = connect()) {
            return rows(connection, reader, sql, arguments);
        }
    }

    /** Returns the single number of the query's result, such as a count or a balance. */
    public long number(String sql, Object... arguments) throws SQLException {
        return rows(row -> row.getLong(1), sql, arguments).getFirst();
    }

    /** Returns the texts in the first column of the query's result. */
    public List<String> texts(String sql, Object... arguments) throws SQLException {
        return rows(row -> row.getString(1), sql, arguments);
    }

    /** Changes data without its owner's knowledge, such as opening balances or new goods. */
    public void change(String sql, Object... arguments) throws SQLException {
        try (Connection connection = connect()) {
            var _ = update(connection, sql, arguments);
        }
    }

    /** Returns all rows of the query's result. The query runs in the connection's transaction. */
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

    /** Runs a statement in the connection's transaction. Returns the number of changed rows; -1 for no count. */
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
