package dev.entente.spring;

import dev.entente.rig.EmbeddedDatabase;
import dev.entente.rig.RunFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;

/** One PostgreSQL for the tests of this JVM, with a database for each that asks. */
final class TestDatabase {
    private static final AtomicInteger NUMBER = new AtomicInteger();
    private static final EmbeddedDatabase DATABASE = started();

    private TestDatabase() {}

    private static EmbeddedDatabase started() {
        try {
            RunFolder folder = RunFolder.create("entente-spring-");
            EmbeddedDatabase database = EmbeddedDatabase.start(folder.path());
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                database.close();
                try {
                    folder.close();
                } catch (IOException left) {
                    throw new UncheckedIOException(left);
                }
            }));
            return database;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    static EmbeddedDatabase database() {
        return DATABASE;
    }

    /** Returns the URL of a new, empty database. */
    static String url() {
        String name = "spring_" + NUMBER.incrementAndGet();
        try {
            DATABASE.create(name);
        } catch (SQLException failed) {
            throw new IllegalStateException(failed);
        }
        return DATABASE.url(name) + (DATABASE.url(name).contains("?") ? "&" : "?") + "user=" + EmbeddedDatabase.USER;
    }
}
