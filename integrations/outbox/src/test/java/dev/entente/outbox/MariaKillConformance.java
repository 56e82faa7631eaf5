package dev.entente.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.entente.backends.MariaServer;
import dev.entente.client.Retry;
import dev.entente.participant.TestDatabase;
import dev.entente.participant.UrlDataSource;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A MariaDB server that is killed and restarted while writers and a relay use it. */
class MariaKillConformance {
    private static final int KEYS = 5;
    private static final int KILLS = 3;
    private static final int ORDERS_BETWEEN = 150;

    private final ExecutorService threads = Executors.newFixedThreadPool(4);
    private final Outbox outbox = Outbox.mariadb();
    private MariaServer server;
    private DataSource database;
    private HttpReceiver receiver;
    private volatile boolean isOver;

    @BeforeEach
    void start() throws Exception {
        MariaServer.PROGRAM.require();
        server = MariaServer.started();
        String user = "?user=root&sslMode=disable&connectTimeout=2000&socketTimeout=10000";
        TestDatabase.execute(new UrlDataSource(server.url() + user), "create database shop");
        database = new UrlDataSource(server.url() + "shop" + user);
        outbox.createTables(database);
        TestDatabase.execute(database, "create table counter (name varchar(64) primary key, n integer not null)");
        TestDatabase.execute(database, "create table orders (id varchar(64) primary key)");
        receiver = new HttpReceiver();
    }

    @AfterEach
    void stop() {
        isOver = true;
        threads.shutdownNow();
        receiver.close();
        server.close();
    }

    @Test
    void each_committed_order_and_no_other_is_delivered_in_the_order_of_its_key() throws Exception {
        OutboxRelay.Builder relaying = OutboxRelay.from(database)
                .poll(Duration.ofMillis(50))
                .databaseTimeout(Duration.ofSeconds(5))
                .retry(Retry.fixed(Duration.ofMillis(20), 50));
        try (OutboxRelay relay = relaying.start()) {
            List<Future<?>> writers = new ArrayList<>();
            for (int writer = 0; writer < 4; writer++) {
                int first = writer;
                writers.add(threads.submit(() -> write(first)));
            }
            for (int kill = 1; kill <= KILLS; kill++) {
                int goal = receiver.taken.size() + ORDERS_BETWEEN;
                await().until(() -> receiver.taken.size() >= goal);
                server.kill();
                server.start();
            }
            isOver = true;
            for (Future<?> writer : writers) {
                writer.get();
            }
            await().ignoreExceptionsInstanceOf(SQLException.class)
                    .until(() -> text("select count(*) from entente_outbox").equals("0"));
            assertThat(relay.failedRounds()).isPositive();
        }
        assertDeliveredInOrder();
    }

    private void assertDeliveredInOrder() throws SQLException {
        Set<String> reported = new LinkedHashSet<>(receiver.takenBodies());
        assertThat(reported).isEqualTo(orders());
        assertThat(reported).hasSizeGreaterThan(KILLS * ORDERS_BETWEEN);
        for (int key = 0; key < KEYS; key++) {
            String prefix = "key-" + key + "/";
            List<Integer> order = reported.stream()
                    .filter(id -> id.startsWith(prefix))
                    .map(id -> Integer.parseInt(id.substring(prefix.length())))
                    .toList();
            assertThat(order)
                    .as(prefix)
                    .isEqualTo(IntStream.rangeClosed(1, order.size()).boxed().toList());
        }
        assertThat(new HashSet<>(
                        receiver.taken.stream().map(HttpReceiver.Arrival::id).toList()))
                .as("repetitions have the same id")
                .hasSameSizeAs(reported);
    }

    private Set<String> orders() throws SQLException {
        Set<String> orders = new HashSet<>();
        try (Connection connection = database.getConnection();
                PreparedStatement select = connection.prepareStatement("select id from orders");
                ResultSet rows = select.executeQuery()) {
            while (rows.next()) {
                orders.add(rows.getString(1));
            }
        }
        return orders;
    }

    /**
     * Places orders until the test is over. Ignores errors of an unavailable database: its table shows the committed
     * orders.
     */
    private void write(int first) {
        for (int i = first; !isOver; i++) {
            try {
                order("key-" + i % KEYS);
            } catch (SQLException unavailable) {
                await().pollDelay(Duration.ofMillis(50)).until(() -> true);
            }
        }
    }

    private void order(String key) throws SQLException {
        try (Connection connection = database.getConnection();
                PreparedStatement add = connection.prepareStatement(
                        "insert into counter values (?, 1) on duplicate key update n = n + 1");
                PreparedStatement count = connection.prepareStatement("select n from counter where name = ?");
                PreparedStatement insert = connection.prepareStatement("insert into orders values (?)")) {
            connection.setAutoCommit(false);
            add.setString(1, key);
            add.executeUpdate();
            count.setString(1, key);
            try (ResultSet row = count.executeQuery()) {
                row.next();
                String id = key + "/" + row.getInt(1);
                insert.setString(1, id);
                insert.executeUpdate();
                outbox.enqueue(connection, receiver.message(id).key(key));
            }
            connection.commit();
        }
    }

    private String text(String sql) throws SQLException {
        return TestDatabase.text(database, sql);
    }
}
