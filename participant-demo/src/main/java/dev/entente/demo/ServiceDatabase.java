package dev.entente.demo;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.entente.outbox.Inbox;
import dev.entente.outbox.Outbox;
import dev.entente.participant.Barrier;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.postgresql.ds.PGSimpleDataSource;

/** The database of one service, with the service's tables and the barrier's. Missing parts are created. */
final class ServiceDatabase implements AutoCloseable {
    private static final String DUPLICATE_DATABASE = "42P04";
    private static final int POOL_SIZE = 10;
    private static final long SCHEMA_LOCK = 7790;

    private final HikariDataSource dataSource;

    private ServiceDatabase(HikariDataSource dataSource) {
        this.dataSource = dataSource;
    }

    /**
     * Opens the database, and creates it if it is missing. Blocks.
     *
     * @param serverUrl a JDBC URL of any database of the server; its user must be allowed to create databases
     */
    static ServiceDatabase open(String serverUrl, ShopService service) throws SQLException {
        create(serverUrl, service.databaseName());
        HikariConfig config = new HikariConfig();
        config.setDataSource(named(serverUrl, service.databaseName()));
        config.setMaximumPoolSize(POOL_SIZE);
        config.setMinimumIdle(1);
        config.setPoolName(service.label());
        ServiceDatabase database = new ServiceDatabase(new HikariDataSource(config));
        database.makeTables(service);
        return database;
    }

    HikariDataSource dataSource() {
        return dataSource;
    }

    @Override
    public void close() {
        dataSource.close();
    }

    /** Returns a source of connections to one database of the server, without a pool. */
    static PGSimpleDataSource named(String serverUrl, String databaseName) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(serverUrl);
        source.setDatabaseName(databaseName);
        return source;
    }

    private static void create(String serverUrl, String databaseName) throws SQLException {
        PGSimpleDataSource server = new PGSimpleDataSource();
        server.setUrl(serverUrl);
        try (Connection connection = server.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("create database " + databaseName);
        } catch (SQLException refused) {
            if (!DUPLICATE_DATABASE.equals(refused.getSQLState())) {
                throw refused;
            }
        }
    }

    /**
     * Creates missing tables, under a lock because two processes of one service may start concurrently. Does nothing if
     * the tables exist: even {@code create … if not exists} would wait for a transaction that uses them, and a prepared
     * transaction may in turn wait for this service to start.
     */
    private void makeTables(ShopService service) throws SQLException {
        if (areThere()) {
            return;
        }
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("select pg_advisory_xact_lock(" + SCHEMA_LOCK + ")");
            statement.execute(resource("/shop/common.sql"));
            statement.execute(resource(service.schema()));
            connection.commit();
        }
        Barrier.postgres().createTable(dataSource);
        Outbox.postgres().createTables(dataSource);
        Inbox.postgres().createTable(dataSource);
    }

    /** Returns whether all tables exist: the inbox is created last. */
    private boolean areThere() throws SQLException {
        try (Connection connection = dataSource.getConnection()) {
            return Sql.first(connection, "select to_regclass('entente_inbox') is not null", row -> row.getBoolean(1))
                    .orElse(false);
        }
    }

    private static String resource(String path) {
        try (InputStream in = ServiceDatabase.class.getResourceAsStream(path)) {
            if (in == null) {
                throw new IllegalStateException("missing on the class path: " + path);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
