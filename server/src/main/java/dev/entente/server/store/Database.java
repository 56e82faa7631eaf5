package dev.entente.server.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.entente.core.transaction.ErrorCode;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;
import org.jdbi.v3.core.Jdbi;

/**
 * The way to one PostgreSQL: a small pool for everything that may wait, and single connections for those that must not.
 * Thread-safe.
 *
 * <p>Opening it touches no network.
 */
public final class Database implements AutoCloseable {
    /**
     * By this a session is given up by the server within some ten seconds of its host's vanishing, with the locks that
     * it holds.
     */
    public static final String NOTICES_SILENCE = """
        set tcp_keepalives_idle = 5; set tcp_keepalives_interval = 2; set tcp_keepalives_count = 3;
        set tcp_user_timeout = 10000;
        """;

    private final DatabaseSettings settings;
    private final HikariDataSource pool;
    private final Jdbi jdbi;

    private Database(DatabaseSettings settings, HikariDataSource pool) {
        this.settings = settings;
        this.pool = pool;
        this.jdbi = Jdbi.create(pool);
    }

    public static Database of(DatabaseSettings settings) {
        HikariConfig config = new HikariConfig();
        config.setPoolName("entente");
        config.setJdbcUrl(settings.jdbcUrl());
        config.setDataSourceProperties(properties(settings, "pool", 30));
        config.setMaximumPoolSize(settings.poolSize());
        config.setMinimumIdle(1);
        config.setConnectionTimeout(Math.max(250, settings.patience().toMillis()));
        config.setInitializationFailTimeout(-1);
        return new Database(settings, new HikariDataSource(config));
    }

    /** Returns the settings that it was opened with. */
    public DatabaseSettings settings() {
        return settings;
    }

    /** Statements that may wait: reads, claims, lists. Blocks; call it from virtual threads. */
    public Jdbi jdbi() {
        return jdbi;
    }

    /**
     * A connection of its own, in autocommit.
     *
     * @param purpose seen in {@code pg_stat_activity}
     * @param socketTimeoutSeconds after so long without an answer the link counts as broken; 0 for never
     */
    public Connection connect(String purpose, int socketTimeoutSeconds) throws SQLException {
        return DriverManager.getConnection(settings.jdbcUrl(), properties(settings, purpose, socketTimeoutSeconds));
    }

    /**
     * The same for whoever keeps statements prepared himself: what he closes is forgotten here and on the server at
     * once.
     */
    public Connection connectForgetful(String purpose, int socketTimeoutSeconds) throws SQLException {
        Properties properties = properties(settings, purpose, socketTimeoutSeconds);
        properties.setProperty("preparedStatementCacheQueries", "0");
        return DriverManager.getConnection(settings.jdbcUrl(), properties);
    }

    public StartupFailure unreachable(Exception cause) {
        String message = ("the database %s cannot be reached as user '%s': %s; "
                        + "check database.url, user and password, and that PostgreSQL runs%s")
                .formatted(
                        DatabaseUrl.shown(settings.jdbcUrl()),
                        settings.user(),
                        cause.getMessage(),
                        DatabaseUrl.tlsAdvice(settings.jdbcUrl()));
        return new StartupFailure(ErrorCode.DATABASE_UNREACHABLE, message, cause);
    }

    /** Visible for tests. */
    static Properties properties(DatabaseSettings settings, String purpose, int socketTimeoutSeconds) {
        Properties properties = new Properties();
        properties.putAll(DatabaseUrl.tls(settings.jdbcUrl()));
        properties.setProperty("user", settings.user());
        properties.setProperty("password", settings.password());
        properties.setProperty("ApplicationName", "entente " + purpose);
        properties.setProperty("prepareThreshold", "1");
        properties.setProperty("tcpKeepAlive", "true");
        properties.setProperty("connectTimeout", "5");
        properties.setProperty("loginTimeout", "10");
        properties.setProperty("socketTimeout", Integer.toString(socketTimeoutSeconds));
        return properties;
    }

    @Override
    public void close() {
        pool.close();
    }
}
