package dev.entente.participant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.StringValue;
import dev.entente.wire.CallMark;
import dev.entente.wire.TriedChildren;
import io.grpc.Context;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;

class BarrierTest extends BarrierFixture {
    @Test
    void a_duplicate_gets_the_first_answer_and_does_not_run() throws Exception {
        assertThat(action("order-1")).isEqualTo("action of order-1");
        assertThat(action("order-1")).isEqualTo("action of order-1");

        assertThat(ran).containsExactly("action");
        assertThat(effects()).isEqualTo("1");
    }

    @Test
    void a_duplicate_of_a_try_returns_the_children_of_the_first_call() throws Exception {
        assertThat(triedChildren()).isEqualTo("fee,fee/tax");
        assertThat(triedChildren()).isEqualTo("fee,fee/tax");
        assertThat(ran).containsExactly("try");
    }

    /** Makes one call of the try in its own context, and returns the names of the children. */
    private String triedChildren() throws Exception {
        Branch debit = Branch.of("order-1", "debit", BranchOp.TRY);
        TriedChildren children = new TriedChildren(debit.gid(), debit.name());
        debit.in(children.in(Context.current()))
                .call(() -> barrier.run(database, NOTHING, connection -> {
                    ran.add("try");
                    TriedChildren.of("order-1", "debit").add("debit/fee", "tax");
                    return NOTHING;
                }));
        return children.text();
    }

    @Test
    void a_rejection_is_rolled_back_stored_and_returned_to_a_repeated_call() throws Exception {
        Rejection first = catchThrowableOfType(Rejection.class, () -> rejected("order-1"));
        Rejection second = catchThrowableOfType(Rejection.class, () -> action("order-1"));

        assertThat(first.isSettled()).isTrue();
        assertThat(second.isSettled()).isTrue();
        assertThat(second.code()).isEqualTo("OUT_OF_STOCK");
        assertThat(second.detail()).isEqualTo("no A-1 left");
        assertThat(ran).containsExactly("rejected");
        assertThat(effects()).isEqualTo("0");
        assertThat(verdict("action")).isEqualTo("rejected");
    }

    @Test
    void a_rejection_after_a_failed_statement_is_stored() throws Exception {
        Rejection rejection = catchThrowableOfType(
                Rejection.class,
                () -> run(branch("order-1", BranchOp.ACTION), connection -> {
                    try {
                        connection.createStatement().execute("insert into effect values (1, 2)");
                        throw new AssertionError("two values for one column passed");
                    } catch (SQLException failed) {
                        throw new Rejection("BAD_NUMBER", "cannot be divided", failed);
                    }
                }));

        assertThat(rejection.isSettled()).isTrue();
        assertThat(verdict("action")).isEqualTo("rejected");
    }

    @Test
    void unsupported_characters_of_a_rejection_are_replaced() throws Exception {
        for (int call = 1; call <= 2; call++) {
            Rejection rejection = catchThrowableOfType(
                    Rejection.class,
                    () -> run(branch("order-1", BranchOp.ACTION), connection -> {
                        throw new Rejection("OUT\0OF_STOCK", "no A\0-1 left");
                    }));

            assertThat(rejection.isSettled()).isTrue();
            assertThat(rejection.code()).isEqualTo("OUT\uFFFDOF_STOCK");
            assertThat(rejection.detail()).isEqualTo("no A\uFFFD-1 left");
        }
    }

    @Test
    void an_empty_compensation_does_not_run_and_refuses_the_late_action() throws Exception {
        assertThat(run(branch("order-1", BranchOp.COMPENSATE), this::undo)).isEqualTo(NOTHING);
        Rejection late = catchThrowableOfType(Rejection.class, () -> action("order-1"));

        assertThat(late.code()).isEqualTo("ALREADY_UNDONE");
        assertThat(late.isSettled()).isTrue();
        assertThat(ran).isEmpty();
        assertThat(verdict("action")).isEqualTo("undone");
    }

    @Test
    void an_undo_runs_once_and_gets_the_answer_of_its_forward_call() throws Exception {
        action("order-1");

        assertThat(run(branch("order-1", BranchOp.COMPENSATE), this::undo).getValue())
                .isEqualTo("undid action of order-1");
        assertThat(run(branch("order-1", BranchOp.COMPENSATE), this::undo).getValue())
                .isEqualTo("undid action of order-1");
        assertThat(ran).containsExactly("action", "undo");
    }

    @Test
    void the_undo_of_a_rejected_call_does_not_run() throws Exception {
        assertThatThrownBy(() -> rejected("order-1")).isInstanceOf(Rejection.class);

        assertThat(run(branch("order-1", BranchOp.COMPENSATE), this::undo)).isEqualTo(NOTHING);
        assertThat(ran).containsExactly("rejected");
    }

    @Test
    void a_rejected_undo_is_rolled_back_and_can_be_repeated() throws Exception {
        action("order-1");

        Rejection rejection = catchThrowableOfType(
                Rejection.class,
                () -> run(branch("order-1", BranchOp.COMPENSATE), connection -> {
                    insertEffect(connection);
                    throw new Rejection("LOCKED", "the account is locked");
                }));

        assertThat(rejection.isSettled()).isFalse();
        assertThat(effects()).isEqualTo("1");
        assertThat(run(branch("order-1", BranchOp.COMPENSATE), this::undo).getValue())
                .isEqualTo("undid action of order-1");
    }

    @Test
    void a_completion_runs_once_after_its_forward_call() throws Exception {
        run(branch("order-1", BranchOp.TRY), connection -> StringValue.of("f-1"));

        for (int attempt = 1; attempt <= 2; attempt++) {
            StringValue answer = run(branch("order-1", BranchOp.CONFIRM), connection -> {
                ran.add("confirm");
                return Branch.required().forwardResponse(NOTHING).orElseThrow();
            });
            assertThat(answer.getValue()).isEqualTo("f-1");
        }
        assertThat(ran).containsExactly("confirm");
    }

    @Test
    void a_completion_without_a_forward_call_is_refused_and_stores_no_row() throws Exception {
        assertThatThrownBy(() -> run(branch("order-1", BranchOp.CONFIRM), connection -> NOTHING))
                .isInstanceOf(ForwardCallMissing.class);

        assertThat(rows()).isEqualTo("0");
    }

    @Test
    void a_completion_after_the_undo_is_refused() throws Exception {
        run(branch("order-1", BranchOp.CANCEL), connection -> NOTHING);

        assertThatThrownBy(() -> run(branch("order-1", BranchOp.CONFIRM), connection -> NOTHING))
                .isInstanceOf(ForwardCallMissing.class);
    }

    @Test
    void an_exception_other_than_a_rejection_rolls_back_the_transaction() throws Exception {
        assertThatThrownBy(() -> run(branch("order-1", BranchOp.ACTION), connection -> {
                    insertEffect(connection);
                    throw new IllegalStateException("a defect");
                }))
                .isInstanceOf(IllegalStateException.class);

        assertThat(rows()).isEqualTo("0");
        assertThat(effects()).isEqualTo("0");
        assertThat(action("order-1")).isEqualTo("action of order-1");
    }

    @Test
    void a_marked_call_without_metadata_runs_the_body_each_time() throws Exception {
        for (int call = 1; call <= 2; call++) {
            CallMark.set(Context.current()).call(() -> inserted(barrier));
        }

        assertThat(effects()).isEqualTo("2");
        assertThat(rows()).isEqualTo("0");
    }

    @Test
    void a_barrier_outside_of_any_call_is_refused_with_ENT_095() throws Exception {
        assertThatThrownBy(() -> inserted(barrier))
                .isInstanceOfSatisfying(
                        BarrierUnusable.class, bare -> assertThat(bare.code()).isEqualTo("ENT-095"));
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            assertThatThrownBy(() -> barrier.run(connection, NOTHING, same -> NOTHING))
                    .hasMessageStartingWith("ENT-095")
                    .hasMessageContainingAll("ParticipantWiring", "CallContext", "run(branch", "allowBareCalls()");
        }

        assertThat(effects()).isEqualTo("0");
    }

    @Test
    void a_named_branch_outside_of_any_call_runs_once() throws Exception {
        Branch branch = branch("order-1", BranchOp.ACTION);
        for (int call = 1; call <= 2; call++) {
            assertThat(barrier.run(branch, database, NOTHING, this::apply).getValue())
                    .isEqualTo("action of order-1");
            try (Connection connection = database.getConnection()) {
                connection.setAutoCommit(false);
                barrier.run(branch, connection, NOTHING, this::apply);
                connection.commit();
            }
        }

        assertThat(ran).containsExactly("action");
        assertThat(Branch.current()).isEmpty();
    }

    @Test
    void bare_calls_run_if_the_barrier_allows_them() throws Exception {
        inserted(barrier.allowBareCalls().withWait(Duration.ofSeconds(2)));
        assertThat(effects()).isEqualTo("1");
    }

    private StringValue inserted(Barrier through) throws SQLException {
        return through.run(database, NOTHING, connection -> {
            insertEffect(connection);
            return NOTHING;
        });
    }

    @Test
    void an_autocommit_connection_is_refused() throws Exception {
        try (Connection connection = database.getConnection()) {
            assertThatThrownBy(() -> branch("order-1", BranchOp.ACTION)
                            .call(() -> barrier.run(connection, NOTHING, same -> NOTHING)))
                    .isInstanceOf(BarrierUnusable.class)
                    .hasMessageStartingWith("ENT-090");
        }
    }

    @Test
    void a_missing_table_is_reported_with_its_create_statements() throws Exception {
        TestDatabase.execute(database, "drop table entente_barrier");

        assertThatThrownBy(() -> action("order-1"))
                .isInstanceOf(BarrierUnusable.class)
                .hasMessageStartingWith("ENT-091")
                .hasMessageContaining("entente.barrier.create-table=true")
                .hasMessageContaining(barrier.ddl());
    }

    @Test
    void a_superseded_coordinator_is_refused_with_ENT_093() throws Exception {
        run(branch("order-1", BranchOp.ACTION).withFence(5, 1), this::apply);
        run(branch("order-1", BranchOp.ACTION).withFence(7, 1), this::apply);

        assertThatThrownBy(() -> run(branch("order-1", BranchOp.COMPENSATE).withFence(6, 1), this::undo))
                .isInstanceOf(StaleFence.class)
                .hasMessageStartingWith("ENT-093");
        assertThat(run(branch("order-1", BranchOp.COMPENSATE).withFence(7, 1), this::undo)
                        .getValue())
                .startsWith("undid");
    }

    @Test
    void a_call_of_a_transaction_older_than_half_the_retention_needs_a_row() throws Exception {
        Instant accepted = Instant.now();
        Barrier later = barrier.withClock(Clock.fixed(accepted.plus(Duration.ofDays(16)), ZoneOffset.UTC));
        run(branch("known", BranchOp.ACTION).withCreated(accepted), this::apply);

        for (BranchOp op : List.of(BranchOp.ACTION, BranchOp.COMPENSATE, BranchOp.CONFIRM)) {
            assertThatThrownBy(() -> branch("forgotten", op)
                            .withCreated(accepted)
                            .call(() -> later.run(database, NOTHING, this::apply)))
                    .isInstanceOf(BarrierExpired.class);
        }
        assertThat(branch("known", BranchOp.ACTION)
                        .withCreated(accepted)
                        .call(() -> later.run(database, NOTHING, this::apply))
                        .getValue())
                .isEqualTo("action of known");
        assertThat(branch("known", BranchOp.COMPENSATE)
                        .withCreated(accepted)
                        .call(() -> later.run(database, NOTHING, this::undo))
                        .getValue())
                .startsWith("undid");
        assertThat(rows()).isEqualTo("2");
    }

    @Test
    void purge_deletes_only_rows_older_than_the_retention() throws Exception {
        action("old");
        TestDatabase.execute(
                database,
                TestDatabase.sql(
                        "update entente_barrier set created_at = now() - interval '31 days'",
                        "update entente_barrier set created_at = utc_timestamp() - interval 31 day"));
        action("young");

        assertThat(barrier.purge(database)).isEqualTo(1);
        assertThat(TestDatabase.text(database, "select gid from entente_barrier"))
                .isEqualTo("young");
    }

    @Test
    void the_lock_timeout_of_the_barrier_does_not_apply_to_the_body() throws Exception {
        String limit = TestDatabase.sql("show lock_timeout", "select @@innodb_lock_wait_timeout");
        StringValue seen = run(branch("order-1", BranchOp.ACTION), connection -> {
            try (PreparedStatement show = connection.prepareStatement(limit);
                    var rows = show.executeQuery()) {
                rows.next();
                return StringValue.of(rows.getString(1));
            }
        });

        assertThat(seen.getValue()).isEqualTo(TestDatabase.text(database, limit));
    }
}
