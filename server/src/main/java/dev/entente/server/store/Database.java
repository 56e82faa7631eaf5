package dev.entente.server.store;

import com.google.common.base.Throwables;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.util.Credentials;
import dev.entente.core.transaction.ErrorCode;
import io.github.resilience4j.core.IntervalFunction;
import io.github.resilience4j.retry.Retry;
import io.github.resilience4j.retry.RetryConfig;
import java.net.SocketTimeoutException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Objects;
import java.util.Properties;
import java.util.regex.Pattern;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.HandleCallback;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jdbi.v3.core.statement.SqlStatements;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The access to one PostgreSQL: a small pool for work that may wait, and single connections for work that must not
 * wait. Thread-safe.
 *
 * <p>Opening does not use the network.
 */
public final class Database implements AutoCloseable {
    /**
     * Settings by which the server ends a session, with its locks, about ten seconds after the client's host has
     * vanished.
     */
    public static final String NOTICES_SILENCE = """
        set tcp_keepalives_idle = 5; set tcp_keepalives_interval = 2; set tcp_keepalives_count = 3;
        set tcp_user_timeout = 10000;
        """;

    private static final Logger LOG = LoggerFactory.getLogger(Database.class);

    private static final Pattern FUNCTION = Pattern.compile("pg_\\w+");

    /** How long a starting coordinator waits for a PostgreSQL that also starts. */
    private static final Duration START = Duration.ofSeconds(10);

    /** The connections for queries of people. */
    static final int PEOPLES_CONNECTIONS = 3;
    /**
     * Fails if a pooler sends the session's reads to a standby, as pgpool-II does with {@code load_balance_mode}: the
     * reads would miss recent commits. Volatile functions, such as pg_is_in_recovery, go to the primary, so they cannot
     * detect this. {@code now()} prevents the planner from evaluating the cast.
     */
    private static final String PRIMARY_ALONE = """
        select case when current_setting('in_hot_standby') = 'on'
          then ('reads go to a standby; a pooler must not balance the load of a coordinator: ' || now())::integer end\
        """;

    /**
     * Makes a statement fail on a table with active row security. Without this setting, the statement would not see all
     * rows: open transactions would never be claimed, and a finished gid would be accepted again.
     */
    private static final String ALL_ROWS = "set row_security = off";

    /** The number of connections outside {@link #pool}: those for people, and about five for single jobs. */
    public static final int BESIDE_THE_POOL = PEOPLES_CONNECTIONS + 5;

    /**
     * The settings for queries of people. Each query is planned for its own values, because selectivity differs by
     * orders of magnitude. A query uses one core: the other cores stay free for the coordinators.
     */
    private static final String FOR_PEOPLE = """
        set default_transaction_read_only = on; set statement_timeout = '%s s'; set plan_cache_mode = force_custom_plan;
        set max_parallel_workers_per_gather = 0\
        """.formatted(QueryExecutor.MAX_SECONDS);

    private final DatabaseSettings settings;
    private final HikariDataSource pool;
    private final HikariDataSource peoplesPool;
    private final Jdbi jdbi;
    private final Jdbi peoplesJdbi;

    private Database(DatabaseSettings settings, HikariDataSource pool, HikariDataSource peoplesPool) {
        this.settings = settings;
        this.pool = pool;
        this.peoplesPool = peoplesPool;
        this.jdbi = Jdbi.create(pool);
        this.peoplesJdbi = Jdbi.create(peoplesPool);
    }

    public static Database of(DatabaseSettings settings) {
        HikariConfig coordinators = pool(settings, "pool", settings.poolSize());
        coordinators.setMinimumIdle(1);
        HikariConfig peoples = pool(settings, "people", PEOPLES_CONNECTIONS);
        peoples.setMinimumIdle(0);
        peoples.setConnectionInitSql(ALL_ROWS + "; " + FOR_PEOPLE + "; " + PRIMARY_ALONE);
        return new Database(settings, new HikariDataSource(coordinators), new HikariDataSource(peoples));
    }

    private static HikariConfig pool(DatabaseSettings settings, String purpose, int size) {
        HikariConfig config = new HikariConfig();
        config.setPoolName("entente " + purpose);
        config.setJdbcUrl(settings.jdbcUrl());
        config.setDataSourceProperties(properties(settings, purpose, 30));
        config.setCredentialsProvider(() -> new Credentials(settings.user(), settings.password()));
        config.setMaximumPoolSize(size);
        config.setConnectionTimeout(Math.max(250, settings.timeout().toMillis()));
        config.setInitializationFailTimeout(-1);
        config.setConnectionInitSql(ALL_ROWS + "; " + PRIMARY_ALONE);
        return config;
    }

    public DatabaseSettings settings() {
        return settings;
    }

    /** Returns the pool for statements that may wait: reads and claims. Blocks; call it from virtual threads. */
    public Jdbi jdbi() {
        return jdbi;
    }

    /**
     * Reads for people, on a few separate connections that cannot write, so that the coordinator's connections stay
     * free. Each statement takes at most {@link QueryExecutor#mostSeconds}. Blocks; call it from virtual threads.
     */
    public <T> T forPeople(HandleCallback<T, RuntimeException> question) {
        return peoplesJdbi.withHandle(handle -> {
            handle.getConfig(SqlStatements.class).setQueryTimeout(QueryExecutor.mostSeconds());
            return question.withHandle(handle);
        });
    }

    /**
     * Opens a separate connection, in autocommit.
     *
     * @param purpose shown in {@code pg_stat_activity}
     * @param socketTimeoutSeconds the time without an answer after which the link counts as broken; 0 for never
     */
    public Connection connect(String purpose, int socketTimeoutSeconds) throws SQLException {
        return connect(properties(settings, purpose, socketTimeoutSeconds));
    }

    private Connection connect(Properties properties) throws SQLException {
        Connection connection = DriverManager.getConnection(settings.jdbcUrl(), properties);
        try (Statement statement = connection.createStatement()) {
            statement.execute(ALL_ROWS);
            return connection;
        } catch (SQLException failure) {
            connection.close();
            throw failure;
        }
    }

    /**
     * Runs a job on a separate connection, in autocommit. The effect of the job remains if the connection cannot be
     * closed. Blocks.
     *
     * @param purpose as of {@link #connect}
     * @param socketTimeoutSeconds as of {@link #connect}
     * @throws org.jdbi.v3.core.JdbiException if the database does not answer or refuses
     */
    public <T, X extends Exception> T alone(String purpose, int socketTimeoutSeconds, HandleCallback<T, X> job)
            throws X {
        Handle handle = Jdbi.open(() -> connect(purpose, socketTimeoutSeconds));
        try {
            return job.withHandle(handle);
        } finally {
            try {
                handle.close();
            } catch (JdbiException broken) {
                LOG.debug("closing a broken connection: {}", DatabaseFault.serversLine(broken));
            }
        }
    }

    /**
     * Opens a connection as {@link #connect} does, for a caller that keeps its own prepared statements. A closed
     * statement is removed here and on the server at once.
     */
    public Connection connectForgetful(String purpose, int socketTimeoutSeconds) throws SQLException {
        Properties properties = properties(settings, purpose, socketTimeoutSeconds);
        properties.setProperty("preparedStatementCacheQueries", "0");
        return connect(properties);
    }

    /**
     * Connects once, and retries for ten seconds while PostgreSQL starts up. Blocks.
     *
     * @throws StartupFailure ENT-072
     */
    public void awaitAnswer() {
        awaitAnswer(START);
    }

    /** Connects as {@link #awaitAnswer()} does, with that limit. */
    void awaitAnswer(Duration limit) {
        long began = System.nanoTime();
        Retry retry = Retry.of(
                "database",
                RetryConfig.custom()
                        .maxAttempts(Integer.MAX_VALUE)
                        .intervalFunction(IntervalFunction.ofExponentialRandomBackoff(
                                Duration.ofMillis(100), 2, 0.5, Duration.ofSeconds(1)))
                        .retryOnException(failure ->
                                System.nanoTime() - began < limit.toNanos() && DatabaseFault.mayStartSoon(failure))
                        .build());
        retry.getEventPublisher()
                .onRetry(event -> LOG.info(
                        "attempt {} to connect to the database failed: {}",
                        event.getNumberOfRetryAttempts(),
                        DatabaseFault.line(Objects.requireNonNull(event.getLastThrowable()))));
        try {
            var _ = retry.executeSupplier(() -> alone("start", (int) limit.toSeconds(), _ -> true));
        } catch (RuntimeException failure) {
            throw unreachable(failure);
        }
    }

    /**
     * Returns the failure of a start: the database did not answer, or refused a statement.
     *
     * @throws OutOfMemoryError if the driver could not start a thread
     */
    public StartupFailure unreachable(Exception failure) {
        SQLException databases = DatabaseFault.databases(failure);
        Exception cause = databases == null ? failure : databases;
        Throwable root = Throwables.getRootCause(cause);
        boolean isExhausted = root instanceof OutOfMemoryError
                || (root instanceof LinkageError && root.toString().contains("OutOfMemoryError"));
        if (isExhausted) { // a class that could not be initialized stays unusable
            OutOfMemoryError exhausted = new OutOfMemoryError(root.getMessage());
            exhausted.initCause(failure);
            throw exhausted;
        }
        if (PoolerCheck.isPoolers(cause)) {
            return PoolerCheck.shared(this);
        }
        if (cause instanceof SQLException refused && DatabaseFault.isOfStatement(refused)) {
            return new StartupFailure(
                    ErrorCode.DATABASE_UNREACHABLE,
                    "the database %s refuses a statement of user '%s': %s; %s"
                            .formatted(
                                    DatabaseUrl.shown(settings.jdbcUrl()),
                                    settings.user(),
                                    DatabaseFault.line(refused),
                                    advice(refused)),
                    refused);
        }
        String message = ("the database %s cannot be reached as user '%s': %s; "
                        + "check database.url, user and password, and that PostgreSQL runs%s%s")
                .formatted(
                        DatabaseUrl.shown(settings.jdbcUrl()),
                        settings.user(),
                        cause.getMessage(),
                        isSilence(cause)
                                ? ("; there was no response in time: if this is a pooler, it needs a free session for"
                                                + " each of the %s connections of a coordinator")
                                        .formatted(settings.poolSize() + BESIDE_THE_POOL)
                                : "",
                        DatabaseUrl.tlsAdvice(settings.jdbcUrl()));
        return new StartupFailure(ErrorCode.DATABASE_UNREACHABLE, message, cause);
    }

    private static boolean isSilence(@Nullable Throwable failure) {
        return failure != null && (failure instanceof SocketTimeoutException || isSilence(failure.getCause()));
    }

    /**
     * Returns whether the message names one of {@link ClusterIdentity#FUNCTIONS}. Only the name is compared, because
     * the rest of the message is in the language of {@code lc_messages}.
     */
    private static boolean isOfFunction(SQLException refused) {
        return FUNCTION.matcher(String.valueOf(refused.getMessage()))
                .results()
                .anyMatch(name -> ClusterIdentity.FUNCTIONS.contains(name.group()));
    }

    private String advice(SQLException refused) {
        if (DatabaseFault.isOfRowSecurity(refused)) {
            return "disable row security for Entente's tables (alter table … disable row level security), or give the"
                    + " user the attribute bypassrls";
        }
        return switch (String.valueOf(refused.getSQLState())) {
            case "42501" ->
                (isOfFunction(refused)
                                ? "grant that privilege"
                                : "grant that privilege, which each user has on PostgreSQL's own views unless it was"
                                        + " revoked; or, after a restore, make the user the owner of all of Entente's"
                                        + " tables (alter table … owner to …)")
                        + "; to detect a failover, a coordinator needs this grant by a superuser in this database:"
                        + " grant execute on function " + ClusterIdentity.FUNCTIONS + " to \"" + settings.user() + "\"";
            case "55000" -> "a standby cannot run a coordinator; name the primary in database.url";
            default -> "see PostgreSQL's log";
        };
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
        peoplesPool.close();
        pool.close();
    }
}
