package dev.entente.lab.service;

import dev.entente.lab.scenario.Result;
import dev.entente.lab.scenario.Stage;
import dev.entente.rig.EmbeddedDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.postgresql.ds.PGSimpleDataSource;

/** A database of a scenario's own, which is asked after it. Blocks; a connection per question. */
final class LocalBooks {
    private final EmbeddedDatabase database;
    private final String name;

    private LocalBooks(EmbeddedDatabase database, String name) {
        this.database = database;
        this.name = name;
    }

    /** Makes an empty one. */
    static LocalBooks create(Stage stage, String name) throws SQLException {
        EmbeddedDatabase database = stage.playground().database();
        database.create(name);
        return new LocalBooks(database, name);
    }

    String url() {
        return database.url(name);
    }

    PGSimpleDataSource dataSource() {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(url());
        return source;
    }

    Connection connect() throws SQLException {
        return database.connect(name);
    }

    void execute(String sql) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** The one number that {@code sql} answers. */
    long number(String sql) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getLong(1);
        }
    }

    /**
     * Adds an invariant that holds where {@code wrong} has no rows.
     *
     * @param wrong rows that break it, each with a text for people
     * @param looked the number of rows that were looked at
     */
    void none(Result result, String invariant, String wrong, String looked) throws SQLException {
        StringBuilder found = new StringBuilder();
        long rows = 0;
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(wrong)) {
            for (; row.next(); rows++) {
                if (rows < 3) {
                    found.append(' ').append(row.getString(1));
                }
            }
        }
        long checked = number(looked);
        result.check(invariant, rows == 0 && checked > 0, checked, rows + " such as" + found);
    }
}
