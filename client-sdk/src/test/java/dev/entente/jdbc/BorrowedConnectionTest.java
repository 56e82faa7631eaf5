package dev.entente.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.participant.TestDatabase;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/** Network timeouts of connections that are borrowed from a pool. */
class BorrowedConnectionTest {
    private final DataSource database = TestDatabase.schema("borrowed_connection");

    @Test
    void a_borrowed_connection_has_a_network_timeout_that_is_reset_on_return() throws SQLException {
        try (Connection pooled = database.getConnection()) {
            try (BorrowedConnection borrowed = BorrowedConnection.from(lending(pooled), Duration.ofSeconds(7))) {
                assertThat(borrowed.connection().getNetworkTimeout()).isEqualTo(7000);
            }
            assertThat(pooled.getNetworkTimeout()).isZero();
        }
    }

    @Test
    void a_configured_network_timeout_is_kept() throws SQLException {
        PGSimpleDataSource impatient = new PGSimpleDataSource();
        impatient.setUrl(((PGSimpleDataSource) database).getURL());
        impatient.setUser("postgres");
        impatient.setSocketTimeout(120);
        try (Connection pooled = impatient.getConnection()) {
            try (BorrowedConnection borrowed = BorrowedConnection.from(lending(pooled), Duration.ofSeconds(7))) {
                assertThat(borrowed.connection().getNetworkTimeout()).isEqualTo(120_000);
            }
            assertThat(pooled.getNetworkTimeout()).isEqualTo(120_000);
        }
    }

    /** A pool of one connection, which {@code close} leaves open. */
    private static DataSource lending(Connection pooled) {
        Connection lent = (Connection) Proxy.newProxyInstance(
                BorrowedConnectionTest.class.getClassLoader(),
                new Class<?>[] {Connection.class},
                (self, method, args) -> {
                    try {
                        return method.getName().equals("close") ? null : method.invoke(pooled, args);
                    } catch (InvocationTargetException failed) {
                        throw failed.getCause();
                    }
                });
        return (DataSource) Proxy.newProxyInstance(
                BorrowedConnectionTest.class.getClassLoader(),
                new Class<?>[] {DataSource.class},
                (self, method, args) -> lent);
    }
}
