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
 * Bodies that end their transaction with a statement. The barrier refuses each such body, at the first call and at
 * every later call.
 */
class BodyEndsTransactionTest extends BarrierFixture {
    private static final String DEBIT = "insert into effect values ('something')";

    @ParameterizedTest
    @ValueSource(
            strings = {"commit", "commit; begin", "rollback; begin; " + DEBIT + "; commit; begin", "rollback; " + DEBIT
            })
    void a_body_that_ends_its_transaction_and_fails_is_refused_with_ENT_097(String ending) {
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
    void a_body_that_ends_its_transaction_and_answers_is_refused_with_ENT_097(String ending) {
        assertThatThrownBy(() -> run(branch("order-1", BranchOp.ACTION), connection -> ended(connection, ending)))
                .isInstanceOf(BarrierUnusable.class)
                .hasMessageContaining("ENT-097");
    }

    @Test
    void a_failed_statement_after_a_commit_of_the_body_is_refused_with_ENT_097() {
        assertThatThrownBy(() -> run(branch("order-1", BranchOp.ACTION), connection -> {
                    ended(connection, "commit");
                    execute(connection, "insert into nowhere values (1)");
                    return NOTHING;
                }))
                .isInstanceOf(BarrierUnusable.class)
                .hasMessageContaining("ENT-097");
    }

    @Test
    void a_rejection_after_a_commit_of_the_body_is_refused_with_ENT_097() {
        assertThatThrownBy(() -> run(branch("order-1", BranchOp.ACTION), connection -> {
                    ended(connection, "commit");
                    throw new Rejection("TOO_LATE", "no");
                }))
                .hasMessageContaining("ENT-097");
    }

    @Test
    void later_calls_after_a_commit_of_the_body_are_refused_with_ENT_097() throws Exception {
        commitHalf("order-1", BranchOp.ACTION);

        for (int call = 1; call <= 3; call++) {
            assertThatThrownBy(() -> action("order-1")).hasMessageContaining("ENT-097");
        }
        assertThat(ran).isEmpty();
        assertThat(effects()).isEqualTo("1");
    }

    @ParameterizedTest
    @EnumSource(names = {"COMPENSATE", "CANCEL", "CONFIRM"})
    void an_undo_or_completion_after_a_commit_of_the_body_is_refused(BranchOp later) throws Exception {
        commitHalf("order-1", later.forward());

        for (int call = 1; call <= 2; call++) {
            assertThatThrownBy(() -> run(branch("order-1", later), this::undo)).hasMessageContaining("ENT-097");
        }
        assertThat(ran).isEmpty();
        assertThat(rows()).isEqualTo("1");
    }

    @Test
    void an_undo_that_commits_is_refused_at_every_call() throws Exception {
        action("order-1");
        commitHalf("order-1", BranchOp.COMPENSATE);

        assertThatThrownBy(() -> run(branch("order-1", BranchOp.COMPENSATE), this::undo))
                .hasMessageContaining("ENT-097");
        assertThat(effects()).isEqualTo("2");
    }

    @Test
    void an_ordinary_sql_failure_is_rethrown_and_the_call_can_be_repeated() throws Exception {
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
