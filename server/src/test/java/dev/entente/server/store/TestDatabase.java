package dev.entente.server.store;

import dev.entente.backends.PostgresServer;
import dev.entente.server.store.admin.Schema;
import java.net.URI;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * New databases for tests: on a PostgreSQL server that runs as long as the tests, or on the server of
 * {@code -Dentente.test.jdbcUrl} (its user must be allowed to create databases).
 */
public final class TestDatabase {
    private static final AtomicInteger COUNT = new AtomicInteger();
    private static final Queue<String> MADE = new ConcurrentLinkedQueue<>();
    private static final long RUN = System.nanoTime();

    /** Longer than the wait of any test: no request is refused because the database is slow. */
    public static final Duration TIMEOUT = Duration.ofMinutes(10);

    private static final Duration HURRY = Duration.ofSeconds(2);

    private TestDatabase() {}

    /** Creates a new, empty database, for which requests wait as long as necessary. */
    public static DatabaseSettings empty() {
        return made("template1");
    }

    /** Creates a new, empty database in this encoding of PostgreSQL. */
    public static DatabaseSettings encoded(String encoding) {
        return made("template0 locale 'C' encoding '" + encoding + "'");
    }

    /** Creates a new database with the schema, for which requests wait as long as necessary. */
    public static DatabaseSettings withSchema() {
        return made(Migrated.NAME);
    }

    private static DatabaseSettings made(String template) {
        String name = "entente_test_" + RUN + "_" + COUNT.incrementAndGet();
        MADE.add(name);
        return made(name, template);
    }

    private static DatabaseSettings made(String name, String template) {
        execute(adminUrl(), "create database " + name + " template " + template);
        return new DatabaseSettings(urlOf(name), user(), TestDatabase::password, 8, false, TIMEOUT);
    }

    /** Creates a new database with the schema. */
    public static Database migrated() {
        return Database.of(withSchema());
    }

    /** Creates a new database with the schema, for which requests wait as long as by default. */
    public static Database impatient() {
        return Database.of(impatient(withSchema()));
    }

    /** Returns the settings with a short timeout, for tests in which the database is unavailable. */
    public static DatabaseSettings impatient(DatabaseSettings settings) {
        return changed(settings, settings.jdbcUrl(), settings.poolSize(), HURRY);
    }

    /** Returns the settings with another URL, pool size and timeout. */
    public static DatabaseSettings changed(DatabaseSettings given, String url, int pool, Duration timeout) {
        return new DatabaseSettings(url, given.user(), given.secret(), pool, given.isReplicationSynchronous(), timeout);
    }

    /** Returns the settings with a URL through a proxy on this port of the local machine. */
    public static DatabaseSettings through(int port, DatabaseSettings given, String query, int pool, Duration timeout) {
        String url = given.jdbcUrl().replaceFirst("//[^/]*/", "//127.0.0.1:" + port + "/");
        return changed(given, url + (url.contains("?") ? "&" : "?") + query, pool, timeout);
    }

    public static int port(DatabaseSettings settings) {
        return URI.create(settings.jdbcUrl().substring("jdbc:".length())).getPort();
    }

    /**
     * Returns the settings with connections that count as broken after one second without a response, unless a
     * connection sets another limit.
     */
    public static DatabaseSettings hurried(DatabaseSettings settings) {
        String url = settings.jdbcUrl();
        String hurried = url + (url.contains("?") ? "&" : "?") + "socketTimeout=1";
        return changed(settings, hurried, settings.poolSize(), settings.timeout());
    }

    /** Returns whether a session has waited for a lock for longer than {@link #hurried} connections wait. */
    public static boolean isWaitedFor(Database database) {
        return number(database, """
            select count(*) from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock' and query_start < now() - interval '2 s'\
            """) > 0;
    }

    /** Drops the databases of a test class after the class: hundreds of databases would fill the disk or the memory. */
    public static final class Drop implements AfterAllCallback {
        @Override
        public void afterAll(ExtensionContext context) {
            if (context.getRequiredTestClass().getEnclosingClass() == null) {
                for (String name = MADE.poll(); name != null; name = MADE.poll()) {
                    execute(adminUrl(), "drop database if exists " + name + " with (force)");
                }
            }
        }
    }

    public static void execute(String url, String... statements) {
        try (Connection connection = DriverManager.getConnection(url, user(), password());
                Statement statement = connection.createStatement()) {
            for (String each : statements) {
                statement.execute(each);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    public static void execute(Database database, String... statements) {
        execute(database.settings().jdbcUrl(), statements);
    }

    public static long number(Database database, String query) {
        try (Connection connection =
                        DriverManager.getConnection(database.settings().jdbcUrl(), user(), password());
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            row.next();
            return row.getLong(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    static String adminUrl() {
        return urlOf("postgres");
    }

    private static String user() {
        return System.getProperty("entente.test.user", "postgres");
    }

    private static String password() {
        return System.getProperty("entente.test.password", "postgres");
    }

    private static String urlOf(String name) {
        String given = System.getProperty("entente.test.jdbcUrl");
        if (given == null) {
            return Running.SERVER.url(name);
        }
        int query = given.indexOf('?');
        String base = query < 0 ? given : given.substring(0, query);
        return base.substring(0, base.lastIndexOf('/') + 1) + name + (query < 0 ? "" : given.substring(query));
    }

    /**
     * The template of the databases with the schema: a copy costs far less than the migrations. The copies share the
     * random values of the migrations, for example a key.
     */
    private static final class Migrated {
        static final String NAME = "entente_test_" + RUN;

        static {
            try (Database database = Database.of(made(NAME, "template1"))) {
                new Schema(database).migrate();
            }
        }
    }

    private static final class Running {
        static final PostgresServer SERVER = PostgresServer.start(Map.of("max_connections", "200"));
    }
}
