package dev.entente.server.store.admin;

import dev.entente.core.transaction.ErrorCode;
import dev.entente.server.store.Database;
import dev.entente.server.store.DatabaseFault;
import dev.entente.server.store.DatabaseSettings;
import dev.entente.server.store.DatabaseUrl;
import dev.entente.server.store.PoolerCheck;
import dev.entente.server.store.StartupFailure;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.zip.CRC32;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.JdbiException;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The tables' version. Migrations are forward-only and safe while old and new coordinators run together. Blocks. */
public final class Schema {
    private static final Logger LOG = LoggerFactory.getLogger(Schema.class);
    /**
     * The version that this program needs: the last migration in {@code db/migration}, named by the file {@code
     * db/version} beside it.
     */
    public static final int VERSION = needed();

    private static final String HISTORY = "entente_schema_history";
    /** The histories that the session can see. The tables are beside the history, perhaps not in the first schema. */
    private static final String HISTORIES = """
        select name from unnest(current_schemas(false)) with ordinality path (name, place)
        where to_regclass(quote_ident(name) || '.%s') is not null order by place\
        """.formatted(HISTORY);

    /** The lock of the process that migrates this database: Flyway creates its table before it locks anything. */
    private static final String TRY_LOCK = "select pg_try_advisory_lock(hashtextextended('" + HISTORY + "', 0))";

    /** A role or a database may limit its sessions. A migration needs unlimited time. */
    private static final String NO_TIMEOUTS = Database.NOTICES_SILENCE + """
        select set_config(name, '0', false) from pg_settings
        where name in ('statement_timeout', 'lock_timeout', 'transaction_timeout', 'idle_session_timeout',
          'idle_in_transaction_session_timeout')\
        """;

    /** A query without rows: PostgreSQL checks privileges and row security before it reads. */
    private static final String READ_ALL = """
        select from coordinator, open_transaction, finished_transaction, transaction_label, audit_entry, cluster,
          console_session, bulk_run, subscription, delivery_lane, delivery_order, signing_key, minute_count limit 0\
        """;

    private static final int ANSWER_SECONDS = 30;

    private final Database database;

    public Schema(Database database) {
        this.database = database;
    }

    private static int needed() {
        try (InputStream version = Schema.class.getResourceAsStream("/db/version")) {
            if (version == null) {
                throw new IllegalStateException("missing on the class path: /db/version");
            }
            return Integer.parseInt(new String(version.readAllBytes(), StandardCharsets.US_ASCII).strip());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Brings the schema to {@link #VERSION}, unless it has that version already. Waits for other processes that migrate
     * this database.
     *
     * @return the number of migrations that ran
     * @throws StartupFailure ENT-071 to ENT-074
     */
    public int migrate() {
        if (version() == VERSION) {
            return 0; // Flyway needs longer to find the same result
        }
        try {
            return database.alone("migrate", 0, handle -> {
                handle.execute(NO_TIMEOUTS);
                awaitOthers(handle);
                return migrate(history());
            });
        } catch (JdbiException e) {
            throw database.unreachable(e);
        }
    }

    /** Polls, because a session that waits in a statement holds a snapshot, which blocks concurrent index builds. */
    private static void awaitOthers(Handle session) {
        for (boolean isFirst = true; !isTruth(session, TRY_LOCK); isFirst = false) {
            if (isFirst) {
                LOG.info("another process migrates the schema of this database; waiting for it");
            }
            LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
        }
    }

    private int migrate(History found) {
        if (found.version() > VERSION) {
            throw newer(found.version());
        }
        try {
            return Flyway.configure()
                    .dataSource(patient())
                    .initSql(NO_TIMEOUTS)
                    .defaultSchema(found.schema())
                    .table(HISTORY)
                    .locations("classpath:db/migration")
                    .baselineOnMigrate(true)
                    .baselineVersion("0")
                    .load()
                    .migrate()
                    .migrationsExecuted;
        } catch (FlywayException e) {
            throw failed(e);
        }
    }

    private StartupFailure failed(FlywayException failure) {
        SQLException refused = DatabaseFault.databases(failure);
        String why = refused != null && "42501".equals(refused.getSQLState())
                ? refused.getMessage() + "; grant user '" + database.settings().user()
                        + "' create on that schema, and make the user the owner of its tables"
                : failure.getMessage();
        return new StartupFailure(
                ErrorCode.SCHEMA_OLDER, "the schema cannot be brought to version " + VERSION + ": " + why, failure);
    }

    /** Returns connections without a timeout, because an index of a large table takes longer than the pool allows. */
    private DataSource patient() {
        DatabaseSettings settings = database.settings();
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUser(settings.user());
        source.setPassword(settings.password());
        source.setUrl(settings.jdbcUrl());
        String sslMode = DatabaseUrl.tls(settings.jdbcUrl()).get("sslmode");
        if (sslMode != null) {
            source.setSslMode(sslMode);
        }
        source.setApplicationName("entente migrate");
        source.setTcpKeepAlive(true);
        source.setConnectTimeout(5);
        source.setLoginTimeout(10);
        source.setSocketTimeout(0);
        return source;
    }

    /**
     * Returns {@link #version}, which must be {@link #VERSION}.
     *
     * @throws StartupFailure ENT-072, also if the user cannot read all rows; ENT-073 or ENT-074 for another version
     */
    public int check() {
        int version = version();
        if (version < VERSION) {
            throw new StartupFailure(
                    ErrorCode.SCHEMA_OLDER,
                    ("the database's schema has version %s, this program needs %s; "
                                    + "run `entente migrate`, or start the server with --migrate")
                            .formatted(version, VERSION),
                    null);
        }
        if (version > VERSION) {
            throw newer(version);
        }
        readTables();
        return version;
    }

    /** Fails if the user may not read a table, or if row security would hide rows of the table. */
    private void readTables() {
        try {
            database.alone("schema", ANSWER_SECONDS, handle -> handle.execute(READ_ALL));
        } catch (JdbiException e) {
            throw database.unreachable(e);
        }
    }

    private static StartupFailure newer(int version) {
        return new StartupFailure(
                ErrorCode.SCHEMA_NEWER,
                "the database's schema has version %s, this program knows %s; run a newer Entente"
                        .formatted(version, VERSION),
                null);
    }

    /**
     * Returns the last migration that ran, 0 if none did.
     *
     * @throws StartupFailure ENT-071 behind a pooler that shares sessions, for an encoding other than UTF8, for
     *     read-only sessions and for two histories on the search path; ENT-072; ENT-073 if a different migration ran
     *     under the same name
     */
    public int version() {
        return history().version();
    }

    /** @param schema the schema of the tables; null if there are none yet */
    private record History(@Nullable String schema, int version) {}

    private History history() {
        try {
            return database.alone("schema", ANSWER_SECONDS, this::history);
        } catch (SQLException | JdbiException e) {
            throw database.unreachable(e);
        }
    }

    private History history(Handle handle) throws SQLException {
        PoolerCheck.require(database, handle.getConnection());
        String encoding = texts(handle, "show server_encoding").getFirst();
        if (!encoding.equals("UTF8")) {
            throw unusable("server_encoding is " + encoding + ", UTF8 is required; create the database with"
                    + " `create database NAME encoding 'UTF8' template template0`");
        }
        if (isTruth(handle, "select current_setting('transaction_read_only')::boolean")) {
            throw unusable("its sessions are read-only; use the primary, not a standby, and remove a"
                    + " default_transaction_read_only of the database or of the user '"
                    + database.settings().user() + "'");
        }
        List<String> schemas = texts(handle, HISTORIES);
        if (schemas.size() > 1) {
            throw unusable("the search path has Entente's tables in " + schemas.size() + " schemas, "
                    + String.join(" and ", schemas) + "; set the correct schema in the URL, such as ?currentSchema="
                    + schemas.getLast() + ", or drop the other table " + HISTORY);
        }
        return schemas.isEmpty()
                ? new History(null, 0)
                : new History(schemas.getFirst(), version(handle, schemas.getFirst()));
    }

    private StartupFailure unusable(String why) {
        return new StartupFailure(
                ErrorCode.BAD_VALUE,
                "database.url = '" + DatabaseUrl.shown(database.settings().jdbcUrl()) + "': " + why);
    }

    private static int version(Handle handle, String schema) {
        return handle.createQuery("select version::int, script, checksum from <schema>." + HISTORY
                        + " where success and version is not null order by 1")
                .define("schema", '"' + schema.replace("\"", "\"\"") + '"')
                .reduceRows(0, (_, row) -> {
                    int version = row.getColumn("version", Integer.class);
                    Integer checksum = row.getColumn("checksum", Integer.class);
                    if (version <= VERSION
                            && checksum != null
                            && checksum != checksum(row.getColumn("script", String.class))) {
                        throw unreleased();
                    }
                    return version;
                });
    }

    /**
     * Returns eight hexadecimal digits that differ from those of other databases and of other schemas. A migrated
     * database keeps the digits; a database restored from a dump has new digits.
     *
     * @throws StartupFailure ENT-072
     */
    public String databaseId() {
        try {
            return database.alone(
                    "schema",
                    ANSWER_SECONDS,
                    handle -> texts(
                                    handle,
                                    "select left(md5(concat(extract(epoch from min(installed_on)), ' ', (select oid"
                                            + " from pg_database where datname = current_database()))), 8) from "
                                            + HISTORY)
                            .getFirst());
        } catch (JdbiException e) {
            throw database.unreachable(e);
        }
    }

    private static StartupFailure unreleased() {
        return new StartupFailure(
                ErrorCode.SCHEMA_OLDER,
                "the database's tables are from a build that was never released, and cannot be migrated; use an empty"
                        + " database (with `entente dev`: another folder for --data, or delete this one)",
                null);
    }

    /** Returns the checksum that Flyway stores for a migration: the CRC-32 of its lines. */
    private static int checksum(String script) {
        CRC32 sum = new CRC32();
        try (InputStream file = Schema.class.getResourceAsStream("/db/migration/" + script)) {
            byte[] bytes = file == null ? new byte[0] : file.readAllBytes();
            new String(bytes, StandardCharsets.UTF_8)
                    .lines()
                    .forEach(line -> sum.update(line.getBytes(StandardCharsets.UTF_8)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return (int) sum.getValue();
    }

    private static List<String> texts(Handle handle, String query) {
        return handle.createQuery(query).mapTo(String.class).list();
    }

    private static boolean isTruth(Handle handle, String query) {
        return handle.createQuery(query).mapTo(Boolean.class).one();
    }
}
