package dev.entente.participant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.google.protobuf.StringValue;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.entente.idempotency.JdbcKeyStore;
import dev.entente.idempotency.KeyClaim;
import dev.entente.idempotency.KeyStore;
import dev.entente.jdbc.LocalTransaction;
import dev.entente.jdbc.OwnTransaction;
import dev.entente.outbox.Inbox;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** HikariCP without autocommit: the pool's own statements leave a transaction open on a connection that it lends. */
@ParameterizedClass
@EnumSource(LendingPoolTest.Pool.class)
class LendingPoolTest extends BarrierFixture {
    static {
        // the pool tests a connection each time it lends one, not only after 500 ms
        System.setProperty("com.zaxxer.hikari.aliveBypassWindowMs", "-1");
    }

    private final HikariDataSource pool;

    /** The statements that a pool sends by itself. */
    enum Pool {
        TEST_QUERY,
        SCHEMA,
        INIT_SQL;

        HikariConfig configured(DataSource database) {
            HikariConfig config = new HikariConfig();
            String url = TestDatabase.url(database);
            config.setJdbcUrl(url);
            config.setAutoCommit(false);
            config.setMaximumPoolSize(1);
            switch (this) {
                case TEST_QUERY -> config.setConnectionTestQuery("select 1");
                case SCHEMA -> {
                    config.setJdbcUrl(url.replace("currentSchema=barrier", ""));
                    config.setSchema("barrier");
                }
                case INIT_SQL -> {
                    config.setJdbcUrl(url.replace("currentSchema=barrier", ""));
                    config.setConnectionInitSql(TestDatabase.sql("set search_path = barrier", "use barrier"));
                }
            }
            return config;
        }
    }

    LendingPoolTest(Pool lending) {
        pool = new HikariDataSource(lending.configured(database));
    }

    @AfterEach
    void close() {
        pool.close();
    }

    @Test
    void a_failed_call_is_repeated_and_a_successful_call_runs_once() throws Exception {
        Branch action = branch("order-1", BranchOp.ACTION);
        assertThatThrownBy(() -> action.call(() -> barrier.run(pool, NOTHING, connection -> {
                    apply(connection);
                    throw new IllegalStateException("a defect");
                })))
                .hasMessage("a defect");
        for (int call = 1; call <= 2; call++) {
            assertThat(action.call(() -> barrier.run(pool, NOTHING, this::apply)))
                    .isEqualTo(StringValue.of("action of order-1"));
        }
        assertThat(effects()).isEqualTo("1");
    }

    @Test
    void a_branch_is_prepared_and_committed() throws Exception {
        assumeFalse(TestDatabase.isMariadb(), "PostgreSQL's prepared transactions");
        XaParticipant xa = XaParticipant.of(barrier, pool);
        Branch.of("t1", "debit", BranchOp.PREPARE).call(() -> xa.prepare(NOTHING, this::apply));
        assertThat(effects()).isEqualTo("0");
        Branch.of("t1", "debit", BranchOp.COMMIT).call(() -> {
            xa.commit();
            return "";
        });
        Branch.of("t2", "debit", BranchOp.ROLLBACK).call(() -> {
            xa.rollback();
            return "";
        });
        assertThat(effects()).isEqualTo("1");
    }

    @Test
    void a_local_transaction_commits_and_its_check_back_responds() throws Exception {
        assertThatThrownBy(() -> new LocalTransaction<String, SQLException>("m-1", pool, connection -> {
                            throw new IllegalStateException("a defect");
                        })
                        .run())
                .hasMessage("a defect");
        new LocalTransaction<String, SQLException>("m-1", pool, connection -> {
                    insertEffect(connection);
                    return "";
                })
                .run();
        CheckBack.of(barrier, pool).check("m-1");
        assertThat(effects()).isEqualTo("1");
    }

    @Test
    void a_rejection_is_stored_after_the_callers_rollback() throws Exception {
        Barrier storing = barrier.withRejectionsStoredIn(pool);
        Branch action = branch("order-1", BranchOp.ACTION);
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            assertThatThrownBy(() -> action.call(() -> storing.run(connection, NOTHING, this::reject)))
                    .isInstanceOfSatisfying(Rejection.class, rejection -> {
                        try {
                            connection.rollback();
                        } catch (SQLException broken) {
                            throw new IllegalStateException(broken);
                        }
                        Barrier.settle(rejection);
                    });
        }
        assertThat(verdict("action")).isEqualTo("rejected");
    }

    @Test
    void an_idempotency_key_is_claimed_once() throws Exception {
        JdbcKeyStore keys = TestDatabase.isMariadb() ? JdbcKeyStore.mariadb(pool) : JdbcKeyStore.postgres(pool);
        keys.createTable();
        KeyStore.Key key = new KeyStore.Key("caller", "k-1");
        assertThat(keys.claim(key, "digest", "owner", Duration.ofMinutes(1))).isInstanceOf(KeyClaim.Taken.class);
        assertThat(keys.claim(key, "digest", "other", Duration.ofMinutes(1))).isEqualTo(KeyClaim.RUNNING);
        assertThat(barrier.purge(pool)).isZero();
    }

    /** Borrows the connection itself, as a broker's consumer does. */
    @Test
    void a_record_is_taken_on_retry_after_a_failed_handler() throws Exception {
        Inbox inbox = TestDatabase.isMariadb() ? Inbox.mariadb() : Inbox.postgres();
        inbox.createTable(database);
        assertThatThrownBy(() -> taken(inbox, new IllegalStateException("a defect")))
                .hasMessage("a defect");
        assertThat(taken(inbox, null)).isTrue();
        assertThat(taken(inbox, null)).isFalse();
        assertThat(inbox.purge(pool)).isZero();
    }

    private boolean taken(Inbox inbox, @Nullable RuntimeException failure) throws SQLException {
        try (Connection connection = pool.getConnection()) {
            return OwnTransaction.on(
                    connection,
                    () -> inbox.once(connection, "m-1", same -> {
                        if (failure != null) {
                            throw failure;
                        }
                    }));
        }
    }
}
