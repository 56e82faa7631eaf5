package dev.entente.participant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.google.protobuf.StringValue;
import dev.entente.backends.PostgresServer;
import dev.entente.wire.CallMark;
import dev.entente.wire.Decision;
import io.grpc.Context;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

/** Prepared transactions on a real PostgreSQL: duplicate calls, late calls, and calls in the wrong order. */
class XaParticipantTest extends XaFixture {
    @Test
    void a_prepared_transaction_is_invisible_before_its_commit() throws Exception {
        assertThat(prepare("t1").getValue()).isEqualTo("prepared");
        assertThat(effects()).isEqualTo("0");
        assertThat(prepared()).isEqualTo("ent/t1/debit");

        commit("t1");

        assertThat(effects()).isEqualTo("1");
        assertThat(prepared()).isEmpty();
    }

    @Test
    void a_repeated_prepare_succeeds_without_another_effect() throws Exception {
        prepare("t1");
        assertThat(prepare("t1")).isEqualTo(NOTHING);

        commit("t1");

        assertThat(prepare("t1").getValue()).as("what it answered is seen now").isEqualTo("prepared");
        assertThat(effects()).isEqualTo("1");
        assertThat(prepared()).isEmpty();
    }

    @Test
    void repeated_commits_and_rollbacks_succeed_without_another_effect() throws Exception {
        prepare("t1");
        commit("t1");
        commit("t1");
        prepare("t2");
        rollback("t2");
        rollback("t2");

        assertThat(effects()).isEqualTo("1");
        assertThat(prepared()).isEmpty();
    }

    @Test
    void a_prepare_after_its_rollback_gets_a_settled_rejection() throws Exception {
        prepare("t1");
        rollback("t1");
        rollback("t2");

        for (String gid : new String[] {"t1", "t2"}) {
            assertThatThrownBy(() -> prepare(gid))
                    .isInstanceOfSatisfying(
                            Rejection.class, no -> assertThat(no.isSettled()).isTrue());
        }
        assertThat(effects()).isEqualTo("0");
        assertThat(prepared()).isEmpty();
    }

    /**
     * Before the second phase the barrier's row is in the prepared transaction, and other sessions cannot read its
     * fence.
     */
    @Test
    void a_late_prepare_of_a_superseded_coordinator_is_stale_after_the_second_phase() throws Exception {
        prepare("t1", 2);
        assertThat(prepare("t1", 1)).isEqualTo(NOTHING);
        commit("t1");
        prepare("t2", 1);
        Branch.of("t2", "debit", BranchOp.ROLLBACK).withFence(2, 1).call(() -> {
            xa.rollback();
            return "";
        });

        for (String gid : new String[] {"t1", "t2"}) {
            assertThatThrownBy(() -> prepare(gid, 1)).isInstanceOf(StaleFence.class);
        }
        assertThat(effects()).isEqualTo("1");
        assertThat(prepared()).isEmpty();
    }

    private StringValue prepare(String gid, long fence) throws Exception {
        return Branch.of(gid, "debit", BranchOp.PREPARE)
                .withFence(fence, 1)
                .call(() -> xa.prepare(NOTHING, connection -> insert(connection, gid)));
    }

    @Test
    void a_commit_without_a_prepared_transaction_is_refused() throws Exception {
        assertThatThrownBy(() -> commit("t1")).isInstanceOf(ForwardCallMissing.class);
        prepare("t2");
        rollback("t2");
        assertThatThrownBy(() -> commit("t2")).isInstanceOf(ForwardCallMissing.class);
        prepare("t3");
        TestDatabase.execute(database, "rollback prepared 'ent/t3/debit'");
        assertThatThrownBy(() -> commit("t3")).isInstanceOf(ForwardCallMissing.class);
    }

    @Test
    void a_rollback_after_a_manual_commit_is_refused() throws Exception {
        prepare("t1");
        TestDatabase.execute(database, "commit prepared 'ent/t1/debit'");

        assertThatThrownBy(() -> rollback("t1")).isInstanceOf(Rejection.class).hasMessageContaining("COMMITTED");
    }

    @Test
    void a_rejection_is_stored_and_leaves_no_prepared_transaction() throws Exception {
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> call(
                            "t1",
                            BranchOp.PREPARE,
                            () -> xa.prepare(NOTHING, connection -> {
                                insert(connection, "t1");
                                throw new Rejection("EMPTY", "no money");
                            })))
                    .isInstanceOfSatisfying(
                            Rejection.class, no -> assertThat(no.isSettled()).isTrue())
                    .hasMessageContaining("no money");
        }
        rollback("t1");

        assertThat(prepared()).isEmpty();
        assertThat(effects()).isEqualTo("0");
    }

    @Test
    void a_failed_body_leaves_no_prepared_transaction_and_can_be_repeated() throws Exception {
        assertThatThrownBy(() -> call(
                        "t1",
                        BranchOp.PREPARE,
                        () -> xa.prepare(NOTHING, connection -> {
                            insert(connection, "t1");
                            throw new SQLException("no disk");
                        })))
                .isInstanceOf(SQLException.class);
        assertThat(prepared()).isEmpty();

        assertThat(prepare("t1").getValue()).isEqualTo("prepared");
    }

    @Test
    void an_expired_transaction_is_not_prepared() throws Exception {
        Branch old = Branch.of("t1", "debit", BranchOp.PREPARE)
                .withCreated(Instant.now().minus(Duration.ofDays(20)));

        assertThatThrownBy(() -> old.call(() -> xa.prepare(NOTHING, connection -> NOTHING)))
                .isInstanceOf(BarrierExpired.class);
        assertThat(prepared()).isEmpty();
    }

    @Test
    void a_marked_call_without_a_branch_runs_the_body_without_a_prepare() throws Exception {
        assertThatThrownBy(() -> xa.prepare(NOTHING, connection -> insert(connection, "by accident")))
                .hasMessageStartingWith("ENT-095");
        CallMark.set(Context.current()).call(() -> xa.prepare(NOTHING, connection -> insert(connection, "by hand")));

        assertThat(effects()).isEqualTo("1");
        assertThatThrownBy(xa::commit).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void a_statement_that_postgresql_cannot_prepare_is_refused_with_ENT_098() throws Exception {
        for (String statement : List.of("notify news", "listen news", "create temp table scratch (what text)")) {
            assertThatThrownBy(() -> call(
                            "t-" + statement.length(),
                            BranchOp.PREPARE,
                            () -> xa.prepare(NOTHING, connection -> {
                                try (Statement does = connection.createStatement()) {
                                    does.execute(statement);
                                }
                                return NOTHING;
                            })))
                    .isInstanceOf(BarrierUnusable.class)
                    .hasMessageStartingWith("ENT-098")
                    .hasMessageContaining("cannot PREPARE a transaction that has");
        }
        assertThat(prepared()).isEmpty();
    }

    @Test
    void an_unsafe_or_too_long_gid_is_refused() {
        assertThatThrownBy(() -> prepare("t1'; drop table effect; --")).hasMessageContaining("UNNAMEABLE");
        assertThatThrownBy(() -> rollback("t1' or 'x")).hasMessageContaining("UNNAMEABLE");
        assertThatThrownBy(() -> prepare("x".repeat(200))).hasMessageContaining("UNNAMEABLE");
    }

    @Test
    void the_longest_gid_and_branch_can_be_prepared() throws Exception {
        String gid = "g".repeat(128);
        Branch longest = Branch.of(gid, "b".repeat(64), BranchOp.PREPARE);

        longest.call(() -> xa.prepare(NOTHING, connection -> insert(connection, gid)));

        assertThat(prepared()).hasSize(197);
    }

    // ---- the sweep

    @Test
    void the_sweep_executes_decisions_and_leaves_undecided_transactions() throws Exception {
        assumeFalse(TestDatabase.isSerializable(), "prepared transactions may then block other prepares");
        Map<String, Decision> decided =
                Map.of("t1", Decision.COMMIT, "t2", Decision.ROLL_BACK, "t3", Decision.NOT_YET, "t4", Decision.UNKNOWN);
        for (String gid : decided.keySet()) {
            prepare(gid);
        }
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            insert(connection, "other");
            XaTable.prepare(connection, "other-owner");
        }

        assertThat(xa.sweep(Duration.ofHours(1), gid -> decided.getOrDefault(gid, Decision.NOT_YET)))
                .isEqualTo(new XaParticipant.SweepResult(0, 0, 0, List.of()));
        assertThat(xa.sweep(Duration.ZERO, gid -> decided.getOrDefault(gid, Decision.NOT_YET)))
                .isEqualTo(new XaParticipant.SweepResult(1, 1, 1, List.of("ent/t4/debit")));

        assertThat(effects()).isEqualTo("1");
        assertThat(prepared()).isEqualTo("ent/t3/debit,ent/t4/debit,other-owner");
        assertThatThrownBy(() -> prepare("t2")).as("a mark is stored").isInstanceOf(Rejection.class);
        commit("t1");
        rollback("t2");
    }

    @Test
    void a_server_without_prepared_transactions_is_reported_with_ENT_092() throws Exception {
        try (PostgresServer server = PostgresServer.start(Map.of("max_prepared_transactions", "0"))) {
            DataSource without = server.database("postgres");
            HASTY.createTable(without);
            XaParticipant cannot = XaParticipant.of(HASTY, without);

            assertThatThrownBy(() -> call("t1", BranchOp.PREPARE, () -> cannot.prepare(NOTHING, connection -> NOTHING)))
                    .isInstanceOf(BarrierUnusable.class)
                    .hasMessageContaining("ENT-092");
        }
    }
}
