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

/**
 * Coordinators that were superseded, counted from one as they count now, from zero as they counted before, and both.
 */
class BarrierFenceTest extends BarrierFixture {
    private static final int BASE = 1;

    /** The first coordinator's call is delayed, the second one's has come. */
    @ParameterizedTest
    @EnumSource(
            value = BranchOp.class,
            names = {"ACTION", "COMPENSATE", "TRY", "CONFIRM", "CANCEL", "PREPARE", "COMMIT", "ROLLBACK", "DELIVER"})
    void the_first_owners_late_call_is_refused(BranchOp op) throws Exception {
        if (op.role() != BranchOp.Role.FORWARD) {
            run(branch("order-1", op.forward()).withFence(1, BASE), this::act);
        }
        run(branch("order-1", op).withFence(2, BASE), this::act);

        assertStale(branch("order-1", op).withFence(1, BASE));
        assertThat(effects()).isEqualTo(op.role() == BranchOp.Role.FORWARD ? "1" : "2");
    }

    @Test
    void it_is_refused_as_stale_also_behind_an_undo_that_never_saw_it() throws Exception {
        run(branch("order-1", BranchOp.COMPENSATE).withFence(2, BASE), this::undo);

        assertStale(branch("order-1", BranchOp.ACTION).withFence(1, BASE));
        assertThat(effects()).isEqualTo("0");
    }

    @Test
    void and_behind_one_that_took_back_what_the_same_owner_had_done() throws Exception {
        run(branch("order-1", BranchOp.ACTION).withFence(1, BASE).withAttempt(2), this::act);
        run(branch("order-1", BranchOp.COMPENSATE).withFence(2, BASE), this::undo);

        assertStale(branch("order-1", BranchOp.ACTION).withFence(1, BASE));
        assertThat(effects()).isEqualTo("2");
    }

    @Test
    void the_first_owners_result_is_answered_to_the_next_one_and_no_more_to_the_first() throws Exception {
        run(branch("order-1", BranchOp.ACTION).withFence(1, BASE), this::act);
        assertThat(run(branch("order-1", BranchOp.ACTION).withFence(2, BASE), this::reject)
                        .getValue())
                .isEqualTo("action of order-1");

        assertStale(branch("order-1", BranchOp.ACTION).withFence(1, BASE));
        assertThat(row()).isEqualTo("2/1");
    }

    @Test
    void a_rejection_that_is_stored_behind_its_transaction_brings_the_fence() throws Exception {
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

    // ---- fences that do not compare

    @Test
    void without_a_base_zero_is_unknown_and_the_others_compare() throws Exception {
        run(branch("order-1", BranchOp.ACTION).withFence(1, 0), this::act);

        assertAnswered(branch("order-1", BranchOp.ACTION).withFence(0, 0));
        run(branch("order-1", BranchOp.ACTION).withFence(3, 0), this::act);
        assertStale(branch("order-1", BranchOp.ACTION).withFence(2, 0));
    }

    @Test
    void no_fence_at_all_is_never_stale() throws Exception {
        run(branch("order-1", BranchOp.ACTION).withFence(9, BASE), this::act);

        assertAnswered(branch("order-1", BranchOp.ACTION));
        assertAnswered(branch("order-1", BranchOp.ACTION).withFence(0, BASE));
    }

    @Test
    void fences_of_two_kinds_do_not_compare_and_the_newer_kind_stays_on_record() throws Exception {
        run(branch("order-1", BranchOp.ACTION).withFence(4, BASE), this::act);
        assertAnswered(branch("order-1", BranchOp.ACTION).withFence(2, 0));
        assertAnswered(branch("order-1", BranchOp.ACTION).withFence(7, 0));
        assertThat(row()).isEqualTo("4/1");

        run(branch("order-2", BranchOp.ACTION).withFence(4, 0), this::act);
        assertAnswered(branch("order-2", BranchOp.ACTION).withFence(2, BASE));
        assertThat(row("order-2")).isEqualTo("4/0");
        assertAnswered(branch("order-2", BranchOp.ACTION).withFence(6, BASE));
        assertThat(row("order-2")).isEqualTo("6/1");
    }

    // ---- an instance of the SDK that knows no base, on the same table

    /**
     * It gets each fence without its base, and compares whatever stands there: that of a later owner is never lower.
     */
    @Test
    void an_older_instance_takes_no_newer_coordinator_for_a_superseded_one() throws Exception {
        // the row's rev at the claim of each, from which older coordinators send the rev itself and newer ones one more
        long earlier = 5;
        long later = 6;
        for (int base : new int[] {0, BASE}) {
            for (int laterBase : new int[] {0, BASE}) {
                String gid = "order-" + base + laterBase;
                run(branch(gid, BranchOp.ACTION).withFence(earlier + base, base), this::act);
                assertThat(later + laterBase).as("what it would refuse").isGreaterThanOrEqualTo(earlier + base);
                raiseAsBefore(gid, later + laterBase);
                // and what it leaves on record holds up nobody who comes later still
                assertAnswered(branch(gid, BranchOp.ACTION).withFence(later + 1, 0));
                assertAnswered(branch(gid, BranchOp.ACTION).withFence(later + 2, BASE));
            }
        }
    }

    private void raiseAsBefore(String gid, long fence) throws SQLException {
        TestDatabase.execute(
                database,
                "update entente_barrier set fence = " + fence + " where gid = '" + gid + "' and fence < " + fence);
    }

    // ----

    private void assertStale(Branch late) {
        assertThatThrownBy(() -> run(late, this::act))
                .isInstanceOf(StaleFence.class)
                .hasMessageStartingWith("ENT-093")
                .hasMessageContaining("fence " + late.fence());
    }

    /** As the first time, without another effect. */
    private void assertAnswered(Branch again) throws Exception {
        String before = effects();
        StringValue unused = run(again, this::act);
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
