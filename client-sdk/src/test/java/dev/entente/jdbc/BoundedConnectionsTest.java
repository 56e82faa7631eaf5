package dev.entente.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.entente.backends.PatientAwaits;
import dev.entente.participant.TestDatabase;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Data sources that hang, as a driver without a login timeout does where the network swallows what is sent. */
class BoundedConnectionsTest {
    private final DataSource database = TestDatabase.schema("bounded_connections");
    private final CountDownLatch letGo = new CountDownLatch(1);
    private final AtomicInteger asked = new AtomicInteger();
    private final List<Connection> given = new CopyOnWriteArrayList<>();

    @AfterEach
    void endWhatHangs() {
        letGo.countDown();
    }

    /** Hangs until it is let go, then gives real connections. */
    private DataSource hanging() {
        return (DataSource) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {DataSource.class}, (proxy, method, arguments) -> {
                    asked.incrementAndGet();
                    letGo.await();
                    Connection connection = database.getConnection();
                    given.add(connection);
                    return connection;
                });
    }

    @Test
    void a_data_source_that_hangs_keeps_a_bounded_number_of_threads() throws SQLException {
        BoundedConnections connections = new BoundedConnections(hanging(), Duration.ofMillis(20));
        for (int i = 0; i < BoundedConnections.MOST_OPENERS; i++) {
            assertThatThrownBy(connections::open)
                    .isInstanceOf(SQLTransientConnectionException.class)
                    .hasMessageContaining("no connection within 20 ms");
        }

        for (int i = 0; i < 10; i++) {
            assertThatThrownBy(connections::open)
                    .isInstanceOf(SQLTransientConnectionException.class)
                    .hasMessageContaining("16 threads")
                    .hasMessageContaining("login timeout");
        }

        await().until(() -> asked.get() == BoundedConnections.MOST_OPENERS);
        letGo.countDown();
        await().until(() -> given.size() == BoundedConnections.MOST_OPENERS);
        for (Connection late : given) {
            await().until(late::isClosed);
        }
        try (BoundedConnection opened =
                new BoundedConnections(database, PatientAwaits.BOUND, BoundedConnections.openers()).open()) {
            assertThat(opened.connection().isValid(10)).isTrue();
        }
    }

    @Test
    void threads_that_came_back_ask_again() throws SQLException {
        Semaphore openers = BoundedConnections.openers();
        BoundedConnections hasty = new BoundedConnections(hanging(), Duration.ofMillis(20), openers);
        for (int i = 0; i < BoundedConnections.MOST_OPENERS; i++) {
            assertThatThrownBy(hasty::open).isInstanceOf(SQLTransientConnectionException.class);
        }
        letGo.countDown();
        BoundedConnections patient = new BoundedConnections(hanging(), PatientAwaits.BOUND, openers);

        for (int i = 0; i < 3 * BoundedConnections.MOST_OPENERS; i++) {
            try (BoundedConnection opened = patient.open()) {
                assertThat(opened.connection().isClosed()).isFalse();
            }
        }
        await().until(() -> openers.availablePermits() == BoundedConnections.MOST_OPENERS);
    }
}
