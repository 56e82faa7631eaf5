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

/** What MariaDB does otherwise than PostgreSQL: deadlocks end transactions, and ranges are locked. */
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
    void all_tables_are_created_where_each_must_have_a_primary_key() throws Exception {
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
    void a_body_whose_transaction_a_deadlock_ended_comes_again_and_is_done_once() throws Exception {
        assertThatThrownBy(() -> runInDeadlock(false)).isInstanceOf(InProgress.class);
        assertThat(rows()).isEqualTo("0");
        assertThat(effects()).isEqualTo("0");

        assertThat(action("order-1")).isEqualTo("action of order-1");
        assertThat(effects()).isEqualTo("1");
    }

    @Test
    void a_body_that_goes_on_after_a_deadlock_has_done_nothing() throws Exception {
        assertThatThrownBy(() -> runInDeadlock(true))
                .isInstanceOf(BarrierUnusable.class)
                .hasMessageContaining("ENT-097")
                .hasMessageContaining("deadlocks");
        assertThat(rows()).isEqualTo("0");
        assertThat(effects()).isEqualTo("0");
    }

    private void runInDeadlock(boolean isSwallowed) throws Exception {
        besideAnother(bodyHolds -> run(branch("order-1", BranchOp.ACTION), connection -> {
            insertEffect(connection);
            try {
                lose(connection, bodyHolds);
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
    void an_inbox_lets_a_deadlock_pass_and_the_message_comes_again() throws Exception {
        Inbox inbox = Inbox.mariadb();
        inbox.createTable(database);
        besideAnother(bodyHolds -> {
            try (Connection connection = database.getConnection()) {
                connection.setAutoCommit(false);
                assertThatThrownBy(() -> inbox.once(connection, "m-1", same -> lose(same, bodyHolds)))
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

    private static void lose(Connection connection, CountDownLatch bodyHolds) throws SQLException {
        execute(connection, "update account set amount = amount + 1 where id = 1");
        bodyHolds.countDown();
        execute(connection, "update account set amount = amount + 1 where id = 2");
    }

    /** A transaction's part of a deadlock. */
    private interface Loser {
        void run(CountDownLatch bodyHolds) throws Exception;
    }

    /** Runs a transaction beside another one that waits for it; the other has changed more rows, and wins. */
    private void besideAnother(Loser loser) throws Exception {
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
            loser.run(bodyHolds);
        } finally {
            other.get();
        }
    }

    @Test
    void a_call_does_not_wait_for_those_of_other_transactions() throws Exception {
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
    void names_that_its_key_cannot_hold_are_refused() {
        for (String gid : new String[] {"g".repeat(513), "gr\u00fc\u00dfe"}) {
            assertThatThrownBy(() -> action(gid)).hasMessageContaining("512 characters of ASCII");
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
