package dev.entente.participant;

import dev.entente.backends.MariaServer;
import dev.entente.backends.PgBouncer;
import dev.entente.backends.PostgresServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * One real PostgreSQL for all tests of this JVM, of the version on the class path ({@code
 * -Dembedded-postgres-binaries.version}). Each test class has its own schema.
 *
 * <p>With {@code -Dentente.test.database=mariadb} the database is a real MariaDB. With {@code -Dentente.test.mysqlUrl=}
 * the database is the server of that URL; the name of the database replaces {@code {}}.
 *
 * <p>With {@code -Dentente.test.pooled=true} connections go through a {@link PgBouncer} in transaction mode. {@code
 * -Dentente.test.isolation=serializable} sets the default isolation level of all transactions.
 */
public final class TestDatabase {
    private static final boolean IS_POOLED = Boolean.getBoolean("entente.test.pooled");
    private static final String ISOLATION = System.getProperty("entente.test.isolation", "read committed");
    private static final String SERIALIZATION_FAILURE = "40001";
    private static final String MYSQL_URL = System.getProperty("entente.test.mysqlUrl", "");
    private static final boolean IS_MARIADB =
            "mariadb".equals(System.getProperty("entente.test.database")) || !MYSQL_URL.isEmpty();
    /**
     * The created databases. A pooler does not pass on a schema, so behind a pooler each test class has its own
     * database.
     */
    private static final Set<String> DATABASES = ConcurrentHashMap.newKeySet();

    private TestDatabase() {}

    /** Returns whether each transaction may get another session of the database. */
    public static boolean isPooled() {
        return IS_POOLED;
    }

    /** Returns whether the database is MariaDB or MySQL. */
    public static boolean isMariadb() {
        return IS_MARIADB;
    }

    /** Returns the statement in the dialect of the database. */
    public static String sql(String postgres, String mariadb) {
        return IS_MARIADB ? mariadb : postgres;
    }

    /** Returns a data source of the same database with these settings of the driver. */
    public static DataSource with(DataSource database, String settings) {
        if (database instanceof UrlDataSource other) {
            return new UrlDataSource(other.url() + "&" + settings);
        }
        PGSimpleDataSource configured = new PGSimpleDataSource();
        configured.setUrl(((PGSimpleDataSource) database).getUrl() + "&" + settings);
        configured.setUser("postgres");
        return configured;
    }

    /** Returns the URL of a database, with the user. */
    public static String url(DataSource database) {
        return database instanceof UrlDataSource other
                ? other.url()
                : ((PGSimpleDataSource) database).getURL() + "&user=postgres";
    }

    /** Ends all sessions except its own. */
    public static void endSessions(DataSource database) throws SQLException {
        if (!IS_MARIADB) {
            execute(database, """
                select pg_terminate_backend(pid) from pg_stat_activity
                where pid <> pg_backend_pid() and backend_type = 'client backend'
                """);
            return;
        }
        try (Connection connection = database.getConnection();
                Statement list = connection.createStatement();
                Statement kill = connection.createStatement();
                ResultSet sessions = list.executeQuery("select id from information_schema.processlist"
                        + " where id <> connection_id() and db = database()")) {
            while (sessions.next()) {
                kill.execute("kill " + sessions.getLong(1));
            }
        }
    }

    /** Returns a barrier for this database. */
    public static Barrier barrier() {
        return IS_MARIADB ? Barrier.mariadb() : Barrier.postgres();
    }

    /** Returns whether the default isolation level is SERIALIZABLE. */
    public static boolean isSerializable() {
        return "serializable".equals(ISOLATION);
    }

    /**
     * Runs a transaction, and repeats it after each serialization failure, as callers do above READ COMMITTED. At READ
     * COMMITTED the transaction runs once.
     */
    public static <T> T untilKept(Transaction<T> transaction) throws SQLException {
        while (true) {
            try {
                return transaction.run();
            } catch (SQLException failure) {
                if ("read committed".equals(ISOLATION) || !SERIALIZATION_FAILURE.equals(failure.getSQLState())) {
                    throw failure;
                }
            }
        }
    }

    /**
     * A complete transaction, from its begin to its commit.
     *
     * @param <T> the result
     */
    @FunctionalInterface
    public interface Transaction<T> {
        T run() throws SQLException;
    }

    /** Returns a data source of a new, empty schema of this name. */
    public static DataSource schema(String name) {
        if (IS_MARIADB) {
            return maria(name);
        }
        if (IS_POOLED) {
            PgBouncer.PROGRAM.require();
        }
        return IS_POOLED ? pooled(name) : direct(name);
    }

    /** Returns a new, empty PostgreSQL database with this encoding. */
    public static DataSource encoded(String encoding) {
        String name = "encoded_" + encoding.toLowerCase(Locale.ROOT);
        run(
                "postgres",
                "drop database if exists " + name,
                "create database " + name + " template template0 locale 'C' encoding '" + encoding + "'");
        return Postgres.SERVER.database(name);
    }

    private static DataSource maria(String name) {
        if (MYSQL_URL.isEmpty()) {
            MariaServer.PROGRAM.require();
        }
        try (Connection connection = DriverManager.getConnection(Maria.url(""));
                Statement statement = connection.createStatement()) {
            statement.execute("drop database if exists " + name);
            statement.execute("create database " + name);
        } catch (SQLException broken) {
            throw new IllegalStateException(broken);
        }
        return new UrlDataSource(Maria.url(name));
    }

    private static DataSource direct(String name) {
        recreate("postgres", name);
        PGSimpleDataSource dataSource = new PGSimpleDataSource();
        dataSource.setUrl(Postgres.SERVER.url("postgres"));
        dataSource.setCurrentSchema(name);
        return dataSource;
    }

    private static DataSource pooled(String name) {
        if (DATABASES.add(name)) {
            run("postgres", "create database " + name);
        }
        recreate(name, "public");
        PGSimpleDataSource dataSource = new PGSimpleDataSource();
        dataSource.setUrl("jdbc:postgresql://127.0.0.1:" + Pooler.RUNNING.port() + "/" + name
                + "?user=postgres&sslmode=disable&gssEncMode=disable&prepareThreshold=0");
        return dataSource;
    }

    private static void recreate(String database, String schema) {
        run(database, "drop schema if exists " + schema + " cascade", "create schema " + schema);
    }

    private static void run(String database, String... statements) {
        try (Connection connection = Postgres.SERVER.database(database).getConnection();
                Statement statement = connection.createStatement()) {
            for (String each : statements) {
                statement.execute(each);
            }
        } catch (SQLException broken) {
            throw new IllegalStateException(broken);
        }
    }

    /** Returns the port of PostgreSQL itself on loopback, without a pooler. */
    public static int port() {
        return Postgres.SERVER.port();
    }

    public static void execute(DataSource dataSource, String sql) throws SQLException {
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    public static String text(DataSource dataSource, String sql) throws SQLException {
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            return rows.next() ? String.valueOf(rows.getString(1)) : "";
        }
    }

    /** Starts PostgreSQL at the first use. */
    private static final class Postgres {
        static final PostgresServer SERVER = PostgresServer.start(Map.of(
                "max_connections",
                "300",
                "max_prepared_transactions",
                "100",
                "default_transaction_isolation",
                ISOLATION));
    }

    private static final class Maria {
        static final String URL = MYSQL_URL.isEmpty() ? started().url("{}") : MYSQL_URL;

        private static MariaServer started() {
            try {
                return MariaServer.started();
            } catch (IOException broken) {
                throw new UncheckedIOException(broken);
            }
        }

        static String url(String database) {
            return URL.replace("{}", database);
        }
    }

    private static final class Pooler {
        static final PgBouncer RUNNING = PgBouncer.start(Postgres.SERVER.port());
    }
}
