package dev.entente.lab.judge;

import dev.entente.rig.EmbeddedDatabase;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.postgresql.ds.PGSimpleDataSource;

/** One database, read and changed by SQL. Blocks; a connection per question. Thread-safe. */
public record AskedDatabase(EmbeddedDatabase server, String name) {
    /** Makes an empty one. */
    public static AskedDatabase create(EmbeddedDatabase server, String name) throws SQLException {
        server.create(name);
        return new AskedDatabase(server, name);
    }

    public String url() {
        return server.url(name);
    }

    public PGSimpleDataSource dataSource() {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(url());
        return source;
    }

    public Connection connect() throws SQLException {
        return server.connect(name);
    }

    /** Reads what a row has. */
    interface Reader<T> {
        T read(ResultSet row) throws SQLException;
    }

    <T> List<T> rows(Reader<T> reader, String sql, Object... arguments) throws SQLException {
        List<T> found = new ArrayList<>();
        try (Connection connection = connect();
                PreparedStatement statement = prepared(connection, sql, arguments);
                ResultSet rows = statement.executeQuery()) {
            while (rows.next()) {
                found.add(reader.read(rows));
            }
        }
        return found;
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
        try (Connection connection = connect();
                PreparedStatement statement = prepared(connection, sql, arguments)) {
            statement.execute();
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
