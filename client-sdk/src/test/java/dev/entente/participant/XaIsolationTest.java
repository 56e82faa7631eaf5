package dev.entente.participant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A participant of two-phase commit with a SERIALIZABLE database that reads its small tables by sequential scans, as
 * PostgreSQL does after an analyze. Each transaction conflicts with all prepared transactions.
 */
class XaIsolationTest extends XaFixture {
    private XaParticipant serializable;

    @BeforeEach
    void prepareOne() throws Exception {
        assumeFalse(TestDatabase.isPooled(), "a pooler takes no settings of a session");
        PGSimpleDataSource strict = new PGSimpleDataSource();
        strict.setUrl(((PGSimpleDataSource) database).getURL());
        strict.setUser("postgres");
        strict.setOptions(
                "-c default_transaction_isolation=serializable -c enable_indexscan=off -c enable_bitmapscan=off"
                        + " -c enable_indexonlyscan=off");
        serializable = XaParticipant.of(HASTY, strict);
        call("t1", BranchOp.PREPARE, () -> serializable.prepare(NOTHING, connection -> insert(connection, "t1")));
    }

    @Test
    void a_pre_commit_does_not_wait_for_its_prepared_transaction() throws Exception {
        done("t1", BranchOp.PRE_COMMIT, serializable::preCommit);

        assertThat(serializable.giveUp(Duration.ZERO)).isEmpty();
        done("t1", BranchOp.COMMIT, serializable::commit);
        assertThat(effects()).isEqualTo("1");
    }

    @Test
    void a_transaction_without_a_pre_commit_is_given_up() throws Exception {
        assertThat(serializable.giveUp(Duration.ZERO)).containsExactly("ent/t1/debit");

        assertThatThrownBy(() -> done("t1", BranchOp.PRE_COMMIT, serializable::preCommit))
                .isInstanceOf(Rejection.class);
        assertThat(effects()).isEqualTo("0");
    }

    @Test
    void a_rollback_does_not_wait_for_other_prepared_transactions() throws Exception {
        done("t2", BranchOp.ROLLBACK, serializable::rollback);
        assertThatThrownBy(() -> call(
                        "t2",
                        BranchOp.PREPARE,
                        () -> serializable.prepare(NOTHING, connection -> insert(connection, "t2"))))
                .isInstanceOf(Rejection.class);

        done("t1", BranchOp.ROLLBACK, serializable::rollback);
        assertThat(prepared()).isEmpty();
        assertThat(effects()).isEqualTo("0");
    }

    @Test
    void a_repeated_commit_does_not_wait_for_other_prepared_transactions() throws Exception {
        done("t1", BranchOp.COMMIT, serializable::commit);
        call("t2", BranchOp.PREPARE, () -> serializable.prepare(NOTHING, connection -> insert(connection, "t2")));

        done("t1", BranchOp.COMMIT, serializable::commit);

        assertThat(effects()).isEqualTo("1");
        assertThat(prepared()).isEqualTo("ent/t2/debit");
        assertThat(serializable.giveUp(Duration.ofHours(1))).isEqualTo(List.of());
    }

    private static void done(String gid, BranchOp op, Settlement settlement) throws Exception {
        Callable<String> work = () -> {
            settlement.run();
            return "";
        };
        call(gid, op, work);
    }

    private interface Settlement {
        void run() throws SQLException;
    }
}
