package dev.entente.participant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.StringValue;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Bodies that end their transaction by a statement, and how they go on: each is found out, at its first call and at
 * every later one.
 */
class BodyEndsTransactionTest extends BarrierFixture {
    private static final String DEBIT = "insert into effect values ('something')";

    @ParameterizedTest
    @ValueSource(
            strings = {"commit", "commit; begin", "rollback; begin; " + DEBIT + "; commit; begin", "rollback; " + DEBIT
            })
    void a_body_that_ends_it_and_then_fails_says_so(String ending) {
        assertThatThrownBy(() -> run(branch("order-1", BranchOp.ACTION), connection -> {
                    execute(connection, DEBIT);
                    execute(connection, ending);
                    throw new SQLException("deadlock, transient");
                }))
                .isInstanceOf(BarrierUnusable.class)
                .hasMessageContaining("ENT-097")
                .satisfies(thrown -> assertThat(thrown.getSuppressed())
                        .extracting(Throwable::getMessage)
                        .containsExactly("deadlock, transient"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"commit", "rollback", "rollback; begin; " + DEBIT, "commit and chain"})
    void a_body_that_ends_it_and_answers_says_so(String ending) {
        assertThatThrownBy(() -> run(branch("order-1", BranchOp.ACTION), connection -> ended(connection, ending)))
                .isInstanceOf(BarrierUnusable.class)
                .hasMessageContaining("ENT-097");
    }

    @Test
    void a_body_whose_statement_failed_after_the_commit_says_so() {
        assertThatThrownBy(() -> run(branch("order-1", BranchOp.ACTION), connection -> {
                    ended(connection, "commit");
                    execute(connection, "insert into nowhere values (1)");
                    return NOTHING;
                }))
                .isInstanceOf(BarrierUnusable.class)
                .hasMessageContaining("ENT-097");
    }

    @Test
    void a_body_that_says_no_after_the_commit_says_so() {
        assertThatThrownBy(() -> run(branch("order-1", BranchOp.ACTION), connection -> {
                    ended(connection, "commit");
                    throw new Rejection("TOO_LATE", "no");
                }))
                .hasMessageContaining("ENT-097");
    }

    @Test
    void what_a_body_committed_is_never_taken_for_done() throws Exception {
        commitHalf("order-1", BranchOp.ACTION);

        for (int call = 1; call <= 3; call++) {
            assertThatThrownBy(() -> action("order-1")).hasMessageContaining("ENT-097");
        }
        assertThat(ran).isEmpty();
        assertThat(effects()).isEqualTo("1");
    }

    @ParameterizedTest
    @EnumSource(names = {"COMPENSATE", "CANCEL", "CONFIRM"})
    void what_a_body_committed_is_neither_undone_nor_confirmed(BranchOp later) throws Exception {
        commitHalf("order-1", later.forward());

        for (int call = 1; call <= 2; call++) {
            assertThatThrownBy(() -> run(branch("order-1", later), this::undo)).hasMessageContaining("ENT-097");
        }
        assertThat(ran).isEmpty();
        assertThat(rows()).isEqualTo("1");
    }

    @Test
    void an_undo_that_commits_is_found_out_at_every_call() throws Exception {
        action("order-1");
        commitHalf("order-1", BranchOp.COMPENSATE);

        assertThatThrownBy(() -> run(branch("order-1", BranchOp.COMPENSATE), this::undo))
                .hasMessageContaining("ENT-097");
        assertThat(effects()).isEqualTo("2");
    }

    @Test
    void an_ordinary_failure_stays_what_it_is_and_the_call_comes_again() throws Exception {
        assertThatThrownBy(() -> run(branch("order-1", BranchOp.ACTION), connection -> {
                    insertEffect(connection);
                    throw new SQLException("deadlock, transient");
                }))
                .isExactlyInstanceOf(SQLException.class)
                .hasMessage("deadlock, transient");
        assertThat(effects()).isEqualTo("0");

        assertThat(action("order-1")).isEqualTo("action of order-1");
        assertThat(effects()).isEqualTo("1");
    }

    private void commitHalf(String gid, BranchOp op) {
        assertThatThrownBy(() -> run(branch(gid, op), connection -> {
                    execute(connection, DEBIT);
                    execute(connection, "commit");
                    throw new IllegalStateException("died halfway");
                }))
                .hasMessageContaining("ENT-097");
    }

    private static StringValue ended(Connection connection, String how) throws SQLException {
        execute(connection, how);
        return NOTHING;
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String each : sql.split("; ", -1)) {
                statement.execute(each);
            }
        }
    }
}
