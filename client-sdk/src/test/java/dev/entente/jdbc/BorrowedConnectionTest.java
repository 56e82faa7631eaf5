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

/** Bounds on connections that others lend, and get back. */
class BorrowedConnectionTest {
    private final DataSource database = TestDatabase.schema("borrowed_connection");

    @Test
    void a_connection_is_bounded_while_it_is_borrowed_and_goes_back_as_it_came() throws SQLException {
        try (Connection pooled = database.getConnection()) {
            try (BorrowedConnection borrowed = BorrowedConnection.from(lending(pooled), Duration.ofSeconds(7))) {
                assertThat(borrowed.connection().getNetworkTimeout()).isEqualTo(7000);
            }
            assertThat(pooled.getNetworkTimeout()).isZero();
        }
    }

    @Test
    void a_network_timeout_that_somebody_has_chosen_stays() throws SQLException {
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

    /** A pool of one, whose connection is not closed. */
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
