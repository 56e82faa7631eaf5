package dev.entente.simulation;

import dev.entente.backends.PostgresServer;
import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.ClusterIdentity;
import dev.entente.server.store.Database;
import dev.entente.server.store.DatabaseSettings;
import dev.entente.server.store.QueryExecutor;
import dev.entente.server.store.admin.AuditLog;
import dev.entente.server.store.admin.Failover;
import dev.entente.server.store.admin.Schema;
import dev.entente.server.store.writer.Incarnations;
import dev.entente.server.store.writer.PostgresTransactionStore;
import dev.entente.server.telemetry.Metrics;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;

/**
 * The store contract on PostgreSQL: an embedded server, or the database of {@code -Dentente.test.jdbcUrl}. The test
 * empties the tables of that database.
 */
class PostgresStoreTest extends StoreContract {
    private static @Nullable PostgresServer embedded;
    private static Database database;

    private final ExecutorService results = Executors.newFixedThreadPool(2);
    private final List<AutoCloseable> open = new ArrayList<>();

    @BeforeAll
    static void startDatabase() {
        String url = System.getProperty("entente.test.jdbcUrl");
        if (url == null) {
            embedded = PostgresServer.start();
            url = embedded.url("postgres");
        }
        String password = System.getProperty("entente.test.password", "postgres");
        database = Database.of(DatabaseSettings.of(url, System.getProperty("entente.test.user", "postgres"), password));
        new Schema(database).migrate();
    }

    @AfterAll
    static void stopDatabase() {
        database.close();
        if (embedded != null) {
            embedded.close();
        }
    }

    @Override
    Node join(String node) {
        if (open.isEmpty()) {
            execute("truncate open_transaction, finished_transaction, transaction_label, delivery_order, delivery_lane,"
                    + " audit_entry, coordinator");
        }
        ClusterIdentity cluster = new Failover(database).settle();
        Incarnations incarnation = Incarnations.register(database, cluster, node, node + ":7790", "test", results);
        PostgresTransactionStore store =
                PostgresTransactionStore.open(database, cluster, incarnation, results, Metrics.none(), () -> {});
        open.add(store::close);
        open.add(incarnation);
        return new Node(store, incarnation);
    }

    @Override
    List<AuditRecord> auditEntries() {
        try (QueryExecutor queries = new QueryExecutor(Runnable::run)) {
            return await(new AuditLog(database, queries)
                            .list(AuditLog.Filter.ALL, true, true, "", false, Long.MAX_VALUE, 100))
                    .stream()
                    .map(AuditLog.Entry::entry)
                    .toList();
        }
    }

    @Override
    Map<String, String> labelsOf(String gid) {
        try (Connection connection = connect();
                PreparedStatement statement =
                        connection.prepareStatement("select key, value from transaction_label where gid = ?")) {
            statement.setString(1, gid);
            Map<String, String> labels = new HashMap<>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    labels.put(row.getString(1), row.getString(2));
                }
            }
            return labels;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    void killProcess(Node node) {
        ((Incarnations) node.membership()).close();
    }

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
        results.shutdown();
    }

    private static void execute(String sql) {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Connection connect() throws SQLException {
        return DriverManager.getConnection(
                database.settings().jdbcUrl(),
                database.settings().user(),
                database.settings().password());
    }
}
