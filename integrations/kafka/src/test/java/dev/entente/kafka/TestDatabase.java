package dev.entente.kafka;

import dev.entente.backends.MariaServer;
import dev.entente.backends.PostgresServer;
import dev.entente.jdbc.Dialect;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.mariadb.jdbc.MariaDbDataSource;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * One real PostgreSQL server for all tests of this JVM, and one MariaDB server on demand. Each test has its own schema.
 */
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

    /** Creates a schema on a database of the given dialect. Skips the test if MariaDB is not installed. */
    static DataSource schema(Dialect dialect, String name) throws SQLException {
        if (dialect == Dialect.POSTGRES) {
            return schema(name);
        }
        MariaServer.PROGRAM.require();
        MariaDbDataSource all = new MariaDbDataSource(Maria.SERVER.url(""));
        run(all, "create database " + name);
        return new MariaDbDataSource(Maria.SERVER.url(name));
    }

    /** Creates another user of the schema, for {@link #takesWrites}. */
    static DataSource user(Dialect dialect, String schema) throws SQLException {
        if (dialect == Dialect.POSTGRES) {
            PGSimpleDataSource user = schema(schema + "_user");
            run(user, "create role " + schema + " superuser login");
            user.setUser(schema);
            user.setCurrentSchema(schema);
            return user;
        }
        MariaDbDataSource root = new MariaDbDataSource(Maria.SERVER.url(""));
        run(root, "create user " + schema);
        run(root, "grant all on " + schema + ".* to " + schema);
        return new MariaDbDataSource(Maria.SERVER.url() + schema + "?sslMode=disable&user=" + schema);
    }

    /** Makes the database accept or refuse the user's writes. */
    static void takesWrites(Dialect dialect, String user, boolean takes) throws SQLException {
        if (dialect == Dialect.POSTGRES) {
            PGSimpleDataSource all = new PGSimpleDataSource();
            all.setUrl(SERVER.url("postgres"));
            run(all, "alter role " + user + " set default_transaction_read_only = " + (takes ? "off" : "on"));
        } else {
            run(new MariaDbDataSource(Maria.SERVER.url("")), "set global read_only = " + (takes ? 0 : 1));
        }
    }

    /** Starts the server on first use. */
    private static final class Maria {
        static final MariaServer SERVER = started();

        private static MariaServer started() {
            try {
                return MariaServer.started();
            } catch (IOException broken) {
                throw new UncheckedIOException(broken);
            }
        }
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
