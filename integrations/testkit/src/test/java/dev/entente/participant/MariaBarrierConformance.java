package dev.entente.participant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.google.protobuf.StringValue;
import dev.entente.backends.PatientAwaits;
import dev.entente.eventstore.EventStore;
import dev.entente.idempotency.JdbcKeyStore;
import dev.entente.outbox.Inbox;
import dev.entente.outbox.Outbox;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Differences of MariaDB from PostgreSQL: deadlocks end transactions, and ranges are locked. */
class MariaBarrierConformance extends BarrierFixture {
    private final ExecutorService threads = Executors.newFixedThreadPool(2);

    @BeforeEach
    void createAccounts() throws SQLException {
        TestDatabase.execute(database, "create table account (id int primary key, amount int)");
        TestDatabase.execute(database, "insert into account values (1, 0), (2, 0)");
    }

    @AfterEach
    void stopThreads() {
        threads.shutdownNow();
    }

    @Test
    void all_tables_can_be_created_when_primary_keys_are_mandatory() throws Exception {
        assumeFalse(TestDatabase.text(database, "show variables like 'innodb_force_primary_key'")
                .isEmpty());
        DataSource strict = TestDatabase.schema("strict");
        TestDatabase.execute(strict, "set global innodb_force_primary_key = 1");
        try {
            Barrier.mariadb().createTable(strict);
            Inbox.mariadb().createTable(strict);
            Outbox.mariadb().createTables(strict);
            JdbcKeyStore.mariadb(strict).createTable();
            EventStore.mariadb().createTables(strict);
        } finally {
            TestDatabase.execute(strict, "set global innodb_force_primary_key = 0");
        }
        assertThat(TestDatabase.text(strict, "select count(*) from entente_outbox_sent"))
                .isEqualTo("0");
    }

    @Test
    void a_body_aborted_by_a_deadlock_is_repeated_and_has_one_effect() throws Exception {
        assertThatThrownBy(() -> runInDeadlock(false)).isInstanceOf(InProgress.class);
        assertThat(rows()).isEqualTo("0");
        assertThat(effects()).isEqualTo("0");

        assertThat(action("order-1")).isEqualTo("action of order-1");
        assertThat(effects()).isEqualTo("1");
    }

    @Test
    void a_body_that_ignores_a_deadlock_is_refused_without_effect() throws Exception {
        assertThatThrownBy(() -> runInDeadlock(true))
                .isInstanceOf(BarrierUnusable.class)
                .hasMessageContaining("ENT-097")
                .hasMessageContaining("deadlocks");
        assertThat(rows()).isEqualTo("0");
        assertThat(effects()).isEqualTo("0");
    }

    private void runInDeadlock(boolean isSwallowed) throws Exception {
        runInDeadlockWithAnother(bodyHolds -> run(branch("order-1", BranchOp.ACTION), connection -> {
            insertEffect(connection);
            try {
                causeDeadlock(connection, bodyHolds);
            } catch (SQLException deadlock) {
                if (!isSwallowed) {
                    throw deadlock;
                }
                insertEffect(connection);
            }
            return NOTHING;
        }));
    }

    @Test
    void an_inbox_propagates_a_deadlock_and_takes_the_message_on_retry() throws Exception {
        Inbox inbox = Inbox.mariadb();
        inbox.createTable(database);
        runInDeadlockWithAnother(bodyHolds -> {
            try (Connection connection = database.getConnection()) {
                connection.setAutoCommit(false);
                assertThatThrownBy(() -> inbox.once(connection, "m-1", same -> causeDeadlock(same, bodyHolds)))
                        .isInstanceOf(SQLException.class)
                        .hasMessageContaining("Deadlock");
                connection.rollback();
                assertThat(inbox.once(connection, "m-1", BarrierFixture::insertEffect))
                        .isTrue();
                connection.commit();
            }
        });
        assertThat(effects()).isEqualTo("1");
    }

    private static void causeDeadlock(Connection connection, CountDownLatch bodyHolds) throws SQLException {
        execute(connection, "update account set amount = amount + 1 where id = 1");
        bodyHolds.countDown();
        execute(connection, "update account set amount = amount + 1 where id = 2");
    }

    /** The transaction that the database aborts in a deadlock. */
    private interface DeadlockVictim {
        void run(CountDownLatch bodyHolds) throws Exception;
    }

    /** Runs a transaction in a deadlock with another transaction, which has changed more rows and wins. */
    private void runInDeadlockWithAnother(DeadlockVictim victim) throws Exception {
        CountDownLatch otherHolds = new CountDownLatch(1);
        CountDownLatch bodyHolds = new CountDownLatch(1);
        Future<?> other = threads.submit(() -> {
            try (Connection connection = database.getConnection()) {
                connection.setAutoCommit(false);
                for (int i = 10; i < 200; i++) {
                    execute(connection, "insert into account values (" + i + ", 0)");
                }
                execute(connection, "update account set amount = amount + 1 where id = 2");
                otherHolds.countDown();
                assertThat(bodyHolds.await(PatientAwaits.BOUND.toSeconds(), TimeUnit.SECONDS))
                        .isTrue();
                execute(connection, "update account set amount = amount + 1 where id = 1");
                connection.commit();
                return null;
            }
        });
        assertThat(otherHolds.await(PatientAwaits.BOUND.toSeconds(), TimeUnit.SECONDS))
                .isTrue();
        try {
            victim.run(bodyHolds);
        } finally {
            other.get();
        }
    }

    @Test
    void a_call_does_not_wait_for_calls_of_other_transactions() throws Exception {
        try (Connection first = database.getConnection();
                Connection second = database.getConnection()) {
            first.setAutoCommit(false);
            second.setAutoCommit(false);
            for (BranchOp op : new BranchOp[] {BranchOp.ACTION, BranchOp.COMPENSATE, BranchOp.CANCEL}) {
                pass(first, "order-1", op);
                pass(second, "order-2", op);
                pass(first, "order-3", op);
                pass(second, "order-0", op);
            }
            first.commit();
            second.commit();
        }
    }

    private void pass(Connection connection, String gid, BranchOp op) throws Exception {
        branch(gid, op).call(() -> barrier.run(connection, NOTHING, same -> StringValue.of("done")));
    }

    @Test
    void a_gid_that_is_too_long_or_not_ascii_is_refused() {
        for (String gid : new String[] {"g".repeat(513), "gr\u00fc\u00dfe"}) {
            assertThatThrownBy(() -> action(gid)).hasMessageContaining("512 ASCII characters");
        }
    }

    @Test
    void two_phase_branches_are_refused() {
        assertThatThrownBy(() -> XaParticipant.of(barrier, database)).hasMessageContaining("PostgreSQL");
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
