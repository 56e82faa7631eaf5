package dev.entente.participant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.StringValue;
import java.sql.Connection;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Superseded coordinators with fences that count from one (current), from zero (older versions), and both. */
class BarrierFenceTest extends BarrierFixture {
    private static final int BASE = 1;

    /** The call of the first coordinator is late; the call of the second coordinator has already run. */
    @ParameterizedTest
    @EnumSource(
            value = BranchOp.class,
            names = {"ACTION", "COMPENSATE", "TRY", "CONFIRM", "CANCEL", "PREPARE", "COMMIT", "ROLLBACK", "DELIVER"})
    void a_late_call_of_the_first_coordinator_is_refused_as_stale(BranchOp op) throws Exception {
        if (op.role() != BranchOp.Role.FORWARD) {
            run(branch("order-1", op.forward()).withFence(1, BASE), this::apply);
        }
        run(branch("order-1", op).withFence(2, BASE), this::apply);

        assertStale(branch("order-1", op).withFence(1, BASE));
        assertThat(effects()).isEqualTo(op.role() == BranchOp.Role.FORWARD ? "1" : "2");
    }

    @Test
    void a_late_action_after_an_empty_compensation_is_refused_as_stale() throws Exception {
        run(branch("order-1", BranchOp.COMPENSATE).withFence(2, BASE), this::undo);

        assertStale(branch("order-1", BranchOp.ACTION).withFence(1, BASE));
        assertThat(effects()).isEqualTo("0");
    }

    @Test
    void a_late_first_attempt_after_the_undo_is_refused_as_stale() throws Exception {
        run(branch("order-1", BranchOp.ACTION).withFence(1, BASE).withAttempt(2), this::apply);
        run(branch("order-1", BranchOp.COMPENSATE).withFence(2, BASE), this::undo);

        assertStale(branch("order-1", BranchOp.ACTION).withFence(1, BASE));
        assertThat(effects()).isEqualTo("2");
    }

    @Test
    void the_stored_answer_goes_to_the_next_coordinator_and_the_first_is_refused() throws Exception {
        run(branch("order-1", BranchOp.ACTION).withFence(1, BASE), this::apply);
        assertThat(run(branch("order-1", BranchOp.ACTION).withFence(2, BASE), this::reject)
                        .getValue())
                .isEqualTo("action of order-1");

        assertStale(branch("order-1", BranchOp.ACTION).withFence(1, BASE));
        assertThat(row()).isEqualTo("2/1");
    }

    @Test
    void a_rejection_stored_after_the_rollback_carries_the_fence() throws Exception {
        Barrier storing = barrier.withRejectionsStoredIn(database);
        Branch second = branch("order-1", BranchOp.ACTION).withFence(2, BASE);
        Rejection no = catchThrowableOfType(Rejection.class, () -> {
            try (Connection connection = database.getConnection()) {
                connection.setAutoCommit(false);
                try {
                    second.call(() -> storing.run(connection, NOTHING, this::reject));
                } finally {
                    connection.rollback();
                }
            }
        });
        Barrier.settle(no);

        assertThat(row()).isEqualTo("2/1");
        assertStale(branch("order-1", BranchOp.ACTION).withFence(1, BASE));
    }

    // ---- fences that are not compared

    @Test
    void a_fence_of_zero_without_a_base_is_unknown_and_other_fences_compare() throws Exception {
        run(branch("order-1", BranchOp.ACTION).withFence(1, 0), this::apply);

        assertAnswered(branch("order-1", BranchOp.ACTION).withFence(0, 0));
        run(branch("order-1", BranchOp.ACTION).withFence(3, 0), this::apply);
        assertStale(branch("order-1", BranchOp.ACTION).withFence(2, 0));
    }

    @Test
    void a_call_without_a_fence_is_never_stale() throws Exception {
        run(branch("order-1", BranchOp.ACTION).withFence(9, BASE), this::apply);

        assertAnswered(branch("order-1", BranchOp.ACTION));
        assertAnswered(branch("order-1", BranchOp.ACTION).withFence(0, BASE));
    }

    @Test
    void fences_with_different_bases_do_not_refuse_each_other() throws Exception {
        run(branch("order-1", BranchOp.ACTION).withFence(4, BASE), this::apply);
        assertAnswered(branch("order-1", BranchOp.ACTION).withFence(2, 0));
        assertAnswered(branch("order-1", BranchOp.ACTION).withFence(7, 0));
        assertThat(row()).isEqualTo("4/1");

        run(branch("order-2", BranchOp.ACTION).withFence(4, 0), this::apply);
        assertAnswered(branch("order-2", BranchOp.ACTION).withFence(2, BASE));
        assertThat(row("order-2")).isEqualTo("4/0");
        assertAnswered(branch("order-2", BranchOp.ACTION).withFence(6, BASE));
        assertThat(row("order-2")).isEqualTo("6/1");
    }

    // ---- an older instance of the SDK, without fence bases, on the same table

    /**
     * The older instance gets each fence without its base, and compares the stored number: the fence of a later owner
     * is never lower.
     */
    @Test
    void an_older_instance_does_not_refuse_a_newer_coordinator_as_stale() throws Exception {
        // The row's rev at each claim. Older coordinators send the rev as the fence, newer ones send the rev plus one.
        long earlier = 5;
        long later = 6;
        for (int base : new int[] {0, BASE}) {
            for (int laterBase : new int[] {0, BASE}) {
                String gid = "order-" + base + laterBase;
                run(branch(gid, BranchOp.ACTION).withFence(earlier + base, base), this::apply);
                assertThat(later + laterBase).as("what it would refuse").isGreaterThanOrEqualTo(earlier + base);
                raiseFenceAsOlderInstance(gid, later + laterBase);
                // The fence that the older instance stores refuses no later coordinator.
                assertAnswered(branch(gid, BranchOp.ACTION).withFence(later + 1, 0));
                assertAnswered(branch(gid, BranchOp.ACTION).withFence(later + 2, BASE));
            }
        }
    }

    private void raiseFenceAsOlderInstance(String gid, long fence) throws SQLException {
        TestDatabase.execute(
                database,
                "update entente_barrier set fence = " + fence + " where gid = '" + gid + "' and fence < " + fence);
    }

    // ----

    private void assertStale(Branch late) {
        assertThatThrownBy(() -> run(late, this::apply))
                .isInstanceOf(StaleFence.class)
                .hasMessageStartingWith("ENT-093")
                .hasMessageContaining("fence " + late.fence());
    }

    /** Asserts that the call is answered without another effect. */
    private void assertAnswered(Branch again) throws Exception {
        String before = effects();
        StringValue unused = run(again, this::apply);
        assertThat(effects()).isEqualTo(before);
    }

    private String row() throws SQLException {
        return row("order-1");
    }

    private String row(String gid) throws SQLException {
        return TestDatabase.text(
                database, "select concat(fence, '/', fence_base) from entente_barrier where gid = '" + gid + "'");
    }
}
