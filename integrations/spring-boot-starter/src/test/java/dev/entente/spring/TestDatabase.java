package dev.entente.spring;

import dev.entente.backends.MariaServer;
import dev.entente.jdbc.Dialect;
import dev.entente.rig.Playground;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One PostgreSQL server for the tests of this JVM, and one MariaDB server on demand. Each test has its own databases.
 */
final class TestDatabase {
    private static final AtomicInteger NUMBER = new AtomicInteger();
    private static final Playground PLAYGROUND = opened();

    private TestDatabase() {}

    private static Playground opened() {
        try {
            return Playground.open();
        } catch (IOException | SQLException failed) {
            throw new IllegalStateException(failed);
        }
    }

    /** Returns the playground, which ends with this JVM. */
    static Playground playground() {
        return PLAYGROUND;
    }

    /** Returns the URL of a new, empty database of the dialect. Skips the test if MariaDB is not installed. */
    static String url(Dialect dialect) {
        if (dialect == Dialect.POSTGRES) {
            return url();
        }
        MariaServer.PROGRAM.require();
        String name = "spring_" + NUMBER.incrementAndGet();
        try (Connection connection = DriverManager.getConnection(Maria.SERVER.url(""));
                Statement statement = connection.createStatement()) {
            statement.execute("create database " + name);
        } catch (SQLException failed) {
            throw new IllegalStateException(failed);
        }
        return Maria.SERVER.url(name);
    }

    /** Starts the server on first use. The server ends with this JVM. */
    private static final class Maria {
        static final MariaServer SERVER = started();

        private static MariaServer started() {
            try {
                return MariaServer.started();
            } catch (IOException failed) {
                throw new IllegalStateException(failed);
            }
        }
    }

    /** Returns the URL of a new, empty database. */
    static String url() {
        String name = "spring_" + NUMBER.incrementAndGet();
        try {
            PLAYGROUND.database().create(name);
        } catch (SQLException failed) {
            throw new IllegalStateException(failed);
        }
        return PLAYGROUND.database().url(name);
    }
}
