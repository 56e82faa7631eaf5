package dev.entente.spring;

import dev.entente.backends.MariaServer;
import dev.entente.rig.Playground;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicInteger;

/** One PostgreSQL for the tests of this JVM, with a database for each that asks. */
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

    /** Returns the URL of a new, empty database of a MariaDB, which ends with this JVM. */
    static String mariadbUrl() {
        String name = "spring_" + NUMBER.incrementAndGet();
        try (Connection connection = DriverManager.getConnection(Maria.SERVER.url(""));
                Statement statement = connection.createStatement()) {
            statement.execute("create database " + name);
        } catch (SQLException failed) {
            throw new IllegalStateException(failed);
        }
        return Maria.SERVER.url(name);
    }

    /** Started where it is asked for. */
    private static final class Maria {
        static final MariaServer SERVER = started();

        private static MariaServer started() {
            MariaServer.PROGRAM.require();
            try {
                return MariaServer.started();
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        }
    }

    /** It ends with this JVM. */
    static Playground playground() {
        return PLAYGROUND;
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
