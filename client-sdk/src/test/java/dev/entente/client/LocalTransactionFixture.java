package dev.entente.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.participant.CheckBack;
import dev.entente.participant.TestDatabase;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.postgresql.ds.PGSimpleDataSource;

/** Messages with a local transaction each. The orders are stored in a real PostgreSQL. */
abstract class LocalTransactionFixture extends ScopeFixture {
    final DataSource orders;
    final CheckBack checks;

    /** @param schema unique among the test classes */
    LocalTransactionFixture(String schema) throws IOException {
        orders = TestDatabase.schema(schema);
        checks = CheckBack.of(TestDatabase.barrier(), orders);
    }

    @BeforeEach
    void createTables() throws SQLException {
        TestDatabase.barrier().createTable(orders);
        TestDatabase.execute(orders, "create table if not exists orders (id varchar(64) primary key)");
    }

    void assertMessageAborted() {
        assertThat(coordinator.calls).hasSize(2).first().isEqualTo("begin");
        assertThat(coordinator.calls.get(1)).startsWith("abort: ");
    }

    /** Returns a data source of the same database with a lock timeout of at most a second. */
    DataSource impatient() {
        return TestDatabase.with(
                orders,
                TestDatabase.sql("options=-c%20lock_timeout=100", "sessionVariables=innodb_lock_wait_timeout=1"));
    }

    /** Returns a data source of the same PostgreSQL whose sessions start with these settings. */
    DataSource ordersWith(String options) {
        PGSimpleDataSource configured = new PGSimpleDataSource();
        configured.setUrl(((PGSimpleDataSource) orders).getUrl());
        configured.setUser(((PGSimpleDataSource) orders).getUser());
        configured.setOptions(options);
        return configured;
    }

    Message message(String gid) {
        return entente.message("order-created")
                .gid(gid)
                .to(freeze("alice"))
                .checkBack(entente.participant("order"), Duration.ofSeconds(10));
    }

    static long insert(Connection connection, String id) throws SQLException {
        return execute(connection, "insert into orders (id) values ('" + id + "')");
    }

    static long execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            return statement.execute(sql) ? 0 : statement.getUpdateCount();
        }
    }

    String count(String id) throws SQLException {
        return TestDatabase.text(orders, "select count(*) from orders where id = '" + id + "'");
    }
}
