package dev.entente.spring;

import dev.entente.rig.Playground;
import java.io.IOException;
import java.sql.SQLException;
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
