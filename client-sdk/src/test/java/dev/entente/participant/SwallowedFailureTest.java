package dev.entente.participant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.StringValue;
import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Bodies that ignore a failed statement: PostgreSQL rolls back their transaction. */
class SwallowedFailureTest extends BarrierFixture {
    private final XaParticipant xa = XaParticipant.of(barrier, database);

    @BeforeEach
    void makeEffectsUnique() throws SQLException {
        TestDatabase.execute(database, "create unique index effect_once on effect (what)");
    }

    @Test
    void a_body_that_ignores_a_failed_statement_fails_and_runs_again() throws Exception {
        for (int call = 1; call <= 2; call++) {
            assertThatThrownBy(() -> run(branch("order-1", BranchOp.ACTION), this::swallow))
                    .isInstanceOfSatisfying(
                            SQLException.class,
                            aborted -> assertThat(aborted.getSQLState()).isEqualTo("25P02"))
                    .hasMessageContaining("savepoint")
                    .hasStackTraceContaining("effect_once");
            assertThat(ran).hasSize(call);
        }

        assertThat(rows()).isEqualTo("0");
        assertThat(effects()).isEqualTo("0");
    }

    @Test
    void an_undo_that_ignores_a_failed_statement_fails_and_runs_again() throws Exception {
        run(branch("order-1", BranchOp.ACTION), connection -> NOTHING);

        for (int call = 1; call <= 2; call++) {
            assertThatThrownBy(() -> run(branch("order-1", BranchOp.COMPENSATE), this::swallow))
                    .isInstanceOf(SQLException.class);
            assertThat(ran).hasSize(call);
        }

        assertThat(rows()).isEqualTo("1");
    }

    @Test
    void a_body_that_ignores_a_failed_statement_fails_in_the_callers_transaction() throws Exception {
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            assertThatThrownBy(() -> branch("order-1", BranchOp.ACTION)
                            .call(() -> barrier.run(connection, NOTHING, this::swallow)))
                    .isInstanceOf(SQLException.class);
        }
    }

    @Test
    void a_body_that_ignores_a_failed_statement_and_returns_an_answer_fails() {
        assertThatThrownBy(() -> run(branch("order-1", BranchOp.ACTION), connection -> {
                    swallow(connection);
                    return StringValue.of("done");
                }))
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("savepoint");
    }

    @Test
    void a_bare_call_that_ignores_a_failed_statement_fails() {
        Barrier bare = barrier.allowBareCalls();
        assertThatThrownBy(() -> bare.run(database, NOTHING, this::swallow)).isInstanceOf(SQLException.class);
        assertThatThrownBy(() -> XaParticipant.of(bare, database).prepare(NOTHING, this::swallow))
                .isInstanceOf(SQLException.class);
    }

    @Test
    void a_body_that_executes_rollback_is_refused_with_ENT_097() throws Exception {
        assertThatThrownBy(() -> run(branch("order-1", BranchOp.ACTION), connection -> {
                    connection.createStatement().execute("rollback");
                    return NOTHING;
                }))
                .hasMessageContaining("ENT-097")
                .hasMessageContaining("ended the transaction");

        assertThat(rows()).isEqualTo("0");
    }

    @Test
    void a_body_that_rolls_back_to_its_own_savepoint_succeeds() throws Exception {
        assertThat(run(branch("order-1", BranchOp.ACTION), connection -> {
                    insertEffect(connection);
                    var before = connection.setSavepoint();
                    assertThatThrownBy(() -> insertEffect(connection)).isInstanceOf(SQLException.class);
                    connection.rollback(before);
                    return NOTHING;
                }))
                .isEqualTo(NOTHING);

        assertThat(effects()).isEqualTo("1");
        assertThat(rows()).isEqualTo("1");
    }

    @Test
    void a_prepare_that_ignores_a_failed_statement_fails_and_can_be_repeated() throws Exception {
        for (int call = 1; call <= 2; call++) {
            assertThatThrownBy(() -> prepare(this::swallow)).isInstanceOf(SQLException.class);
            assertThat(ran).hasSize(call);
            assertThat(prepared()).isEqualTo("0");
        }

        prepare(connection -> {
            insertEffect(connection);
            return NOTHING;
        });
        assertThat(prepared()).isEqualTo("1");
        TestDatabase.execute(database, "commit prepared 'ent/order-1/reserve'");
        assertThat(effects()).isEqualTo("1");
    }

    private StringValue swallow(Connection connection) throws SQLException {
        ran.add("swallowed");
        insertEffect(connection);
        try {
            insertEffect(connection);
            throw new AssertionError("a duplicate passed");
        } catch (SQLException duplicate) {
            return NOTHING;
        }
    }

    private void prepare(Barrier.Body<StringValue> body) throws Exception {
        branch("order-1", BranchOp.PREPARE).call(() -> xa.prepare(NOTHING, body));
    }

    private String prepared() throws SQLException {
        return TestDatabase.text(database, "select count(*) from pg_prepared_xacts where gid = 'ent/order-1/reserve'");
    }
}
