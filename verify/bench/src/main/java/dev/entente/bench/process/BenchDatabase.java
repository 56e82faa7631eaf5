package dev.entente.bench.process;

import dev.entente.bench.load.RequestTemplate;
import dev.entente.rig.EmbeddedDatabase;
import dev.entente.rig.SqlDatabase;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Map;
import java.util.TreeMap;

/**
 * The PostgreSQL that all subjects share, durable as in production: fsync, synchronous_commit and full_page_writes are
 * on. One connection reads its counters; not thread-safe.
 */
public final class BenchDatabase implements AutoCloseable {
    private static final int COMMIT_PROBES = 300;
    private static final Map<String, String> ROOMY = Map.of(
            "synchronous_commit", "on",
            "shared_buffers", "512MB",
            // Avoids a checkpoint within a usual run, because a checkpoint would slow down one subject's window only.
            "max_wal_size", "16GB",
            "checkpoint_timeout", "1h");
    /** The settings that determine the speed of a durable commit, and the cost of pages and log. */
    private static final String SETTINGS = """
        select name, current_setting(name) from pg_settings where name in (
          'fsync', 'synchronous_commit', 'full_page_writes', 'wal_sync_method', 'wal_level', 'wal_compression', 'shared_buffers',
          'max_wal_size', 'checkpoint_timeout', 'max_connections', 'autovacuum', 'commit_delay', 'server_version', 'data_checksums')
        """;

    private static final String COUNTERS = """
        select (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint, pg_snapshot_xmax(pg_current_snapshot())::text::bigint
        """;

    private final EmbeddedDatabase postgres;
    private final Connection connection;

    /**
     * The position of the write-ahead log.
     *
     * @param walBytes bytes written to the log so far
     * @param transactionIds transactions that wrote something so far; each was one commit, because the bench rolls
     *     nothing back
     */
    public record Counters(long walBytes, long transactionIds) {}

    private BenchDatabase(EmbeddedDatabase postgres) throws SQLException {
        this.postgres = postgres;
        this.connection = postgres.connect(EmbeddedDatabase.USER);
    }

    /** Starts a new, empty PostgreSQL below {@code folder}. Blocks. */
    public static BenchDatabase start(Path folder) throws IOException, SQLException {
        return new BenchDatabase(EmbeddedDatabase.start(folder, ROOMY));
    }

    /** Creates an empty database. */
    public SqlDatabase create(String name) throws SQLException {
        postgres.create(name);
        return postgres.ask(name);
    }

    /**
     * Creates a database as a copy of the files of {@code original}. No client may be connected to {@code original}.
     */
    public SqlDatabase copy(String name, String original) throws SQLException {
        update("create database " + name + " template " + original + " strategy file_copy");
        return postgres.ask(name);
    }

    public long postmasterPid() {
        return postgres.postmaster().pid();
    }

    public Counters counters() throws SQLException {
        return SqlDatabase.rows(connection, row -> new Counters(row.getLong(1), row.getLong(2)), COUNTERS)
                .getFirst();
    }

    /** Returns the settings that affect the figures, as the server reports them. */
    public Map<String, String> settings() throws SQLException {
        Map<String, String> settings = new TreeMap<>();
        SqlDatabase.rows(connection, row -> settings.put(row.getString(1), row.getString(2)), SETTINGS);
        return settings;
    }

    /** Measures the median commit time of one small row, in milliseconds, with one client on an idle machine. */
    public double commitMillis() throws SQLException {
        update("create table commit_probe (id integer primary key, payload bytea)");
        try (PreparedStatement insert = connection.prepareStatement("insert into commit_probe values (?, ?)")) {
            return MachineProbe.medianMillis(COMMIT_PROBES, i -> {
                insert.setInt(1, i);
                insert.setBytes(2, new byte[RequestTemplate.PLAN_BYTES]);
                insert.executeUpdate();
            });
        }
    }

    /** Writes everything to the data files, so that all following windows start in the same state. */
    public void checkpoint() throws SQLException {
        update("checkpoint");
    }

    private void update(String sql) throws SQLException {
        var _ = SqlDatabase.update(connection, sql);
    }

    @Override
    public void close() {
        postgres.close();
    }
}
