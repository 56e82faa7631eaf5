package dev.entente.rocketmq;

import dev.entente.backends.PostgresServer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/** One real PostgreSQL server for all tests of this JVM. Each test has its own schema. */
final class TestDatabase {
    private static final PostgresServer SERVER = PostgresServer.start();

    private TestDatabase() {}

    /** Creates a schema and returns a data source for it. */
    static PGSimpleDataSource schema(String name) throws SQLException {
        PGSimpleDataSource all = new PGSimpleDataSource();
        all.setUrl(SERVER.url("postgres"));
        run(all, "create schema " + name);
        PGSimpleDataSource one = new PGSimpleDataSource();
        one.setUrl(SERVER.url("postgres"));
        one.setCurrentSchema(name);
        return one;
    }

    static void run(DataSource dataSource, String sql) throws SQLException {
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    static long number(DataSource dataSource, String sql) throws SQLException {
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getLong(1);
        }
    }
}
