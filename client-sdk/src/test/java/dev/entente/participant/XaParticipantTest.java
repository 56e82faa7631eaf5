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

/** Prepared transactions on a real PostgreSQL: calls that come twice, late, or before the one that they follow. */
class XaParticipantTest extends XaFixture {
    @Test
    void nobody_sees_what_is_prepared_before_its_commit() throws Exception {
        assertThat(prepare("t1").getValue()).isEqualTo("prepared");
        assertThat(effects()).isEqualTo("0");
        assertThat(prepared()).isEqualTo("ent/t1/debit");

        commit("t1");

        assertThat(effects()).isEqualTo("1");
        assertThat(prepared()).isEmpty();
    }

    @Test
    void a_repeated_prepare_is_a_yes_and_does_nothing_again() throws Exception {
        prepare("t1");
        assertThat(prepare("t1")).isEqualTo(NOTHING);

        commit("t1");

        assertThat(prepare("t1").getValue()).as("what it answered is seen now").isEqualTo("prepared");
        assertThat(effects()).isEqualTo("1");
        assertThat(prepared()).isEmpty();
    }

    @Test
    void a_repeated_commit_and_a_repeated_rollback_are_answered_as_before() throws Exception {
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
    void a_prepare_after_its_rollback_is_refused_for_good() throws Exception {
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

    /** Until then the barrier's row is inside what stands prepared, and nobody can read its fence. */
    @Test
    void a_superseded_coordinators_late_prepare_does_nothing_and_is_stale_once_settled() throws Exception {
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
    void a_commit_of_what_is_not_there_is_refused() throws Exception {
        assertThatThrownBy(() -> commit("t1")).isInstanceOf(ForwardCallMissing.class);
        prepare("t2");
        rollback("t2");
        assertThatThrownBy(() -> commit("t2")).isInstanceOf(ForwardCallMissing.class);
        prepare("t3");
        TestDatabase.execute(database, "rollback prepared 'ent/t3/debit'");
        assertThatThrownBy(() -> commit("t3")).isInstanceOf(ForwardCallMissing.class);
    }

    @Test
    void a_rollback_of_what_somebody_committed_by_hand_is_refused() throws Exception {
        prepare("t1");
        TestDatabase.execute(database, "commit prepared 'ent/t1/debit'");

        assertThatThrownBy(() -> rollback("t1")).isInstanceOf(Rejection.class).hasMessageContaining("COMMITTED");
    }

    @Test
    void a_no_is_kept_and_leaves_nothing_prepared() throws Exception {
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
    void a_body_that_fails_leaves_nothing_and_may_be_asked_again() throws Exception {
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
    void a_transaction_that_the_barrier_may_have_forgotten_is_not_prepared() throws Exception {
        Branch old = Branch.of("t1", "debit", BranchOp.PREPARE)
                .withCreated(Instant.now().minus(Duration.ofDays(20)));

        assertThatThrownBy(() -> old.call(() -> xa.prepare(NOTHING, connection -> NOTHING)))
                .isInstanceOf(BarrierExpired.class);
        assertThat(prepared()).isEmpty();
    }

    @Test
    void a_marked_call_without_a_branch_just_does_the_work() throws Exception {
        assertThatThrownBy(() -> xa.prepare(NOTHING, connection -> insert(connection, "by accident")))
                .hasMessageStartingWith("ENT-095");
        CallMark.set(Context.current()).call(() -> xa.prepare(NOTHING, connection -> insert(connection, "by hand")));

        assertThat(effects()).isEqualTo("1");
        assertThatThrownBy(xa::commit).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void what_postgresql_cannot_prepare_is_told_by_its_name() throws Exception {
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
                    .hasMessageStartingWith("ENT-098");
        }
        assertThat(prepared()).isEmpty();
    }

    @Test
    void a_name_that_would_end_the_statement_is_refused() {
        assertThatThrownBy(() -> prepare("t1'; drop table effect; --")).hasMessageContaining("UNNAMEABLE");
        assertThatThrownBy(() -> rollback("t1' or 'x")).hasMessageContaining("UNNAMEABLE");
        assertThatThrownBy(() -> prepare("x".repeat(200))).hasMessageContaining("UNNAMEABLE");
    }

    @Test
    void the_longest_gid_and_branch_fit() throws Exception {
        String gid = "g".repeat(128);
        Branch longest = Branch.of(gid, "b".repeat(64), BranchOp.PREPARE);

        longest.call(() -> xa.prepare(NOTHING, connection -> insert(connection, gid)));

        assertThat(prepared()).hasSize(197);
    }

    // ---- the sweep

    @Test
    void the_sweep_does_what_was_decided_and_leaves_the_rest() throws Exception {
        assumeFalse(TestDatabase.isSerializable(), "what stands prepared may then keep others from being prepared");
        Map<String, Decision> decided =
                Map.of("t1", Decision.COMMIT, "t2", Decision.ROLL_BACK, "t3", Decision.NOT_YET, "t4", Decision.UNKNOWN);
        for (String gid : decided.keySet()) {
            prepare(gid);
        }
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            insert(connection, "other");
            XaTable.prepare(connection, "somebody-elses");
        }

        assertThat(xa.sweep(Duration.ofHours(1), gid -> decided.getOrDefault(gid, Decision.NOT_YET)))
                .isEqualTo(new XaParticipant.Swept(0, 0, 0, List.of()));
        assertThat(xa.sweep(Duration.ZERO, gid -> decided.getOrDefault(gid, Decision.NOT_YET)))
                .isEqualTo(new XaParticipant.Swept(1, 1, 1, List.of("ent/t4/debit")));

        assertThat(effects()).isEqualTo("1");
        assertThat(prepared()).isEqualTo("ent/t3/debit,ent/t4/debit,somebody-elses");
        assertThatThrownBy(() -> prepare("t2")).as("a mark stands").isInstanceOf(Rejection.class);
        commit("t1");
        rollback("t2");
    }

    @Test
    void where_postgresql_prepares_nothing_that_is_said() throws Exception {
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
