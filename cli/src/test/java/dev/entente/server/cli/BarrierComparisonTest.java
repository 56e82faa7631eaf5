package dev.entente.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.server.cli.BarrierComparison.Kind;
import dev.entente.v1.BarrierRow;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.Transaction;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BarrierComparisonTest {
    private static final BarrierComparison STOCK = new BarrierComparison("stock");

    private static Transaction with(BranchStatus.State state) {
        return Transaction.newBuilder()
                .setGid("g")
                .addBranches(
                        BranchStatus.newBuilder().setId("b").setState(state).setParticipant("stock"))
                .build();
    }

    /** Creates a row from each text of the form "op verdict". */
    private static List<BarrierRow> rows(String... texts) {
        List<BarrierRow> rows = new ArrayList<>();
        for (String text : texts) {
            String op = text.substring(0, text.indexOf(' '));
            rows.add(BarrierRow.newBuilder()
                    .setGid("g")
                    .setBranch("b")
                    .setOp(op)
                    .setVerdict(text.substring(op.length() + 1))
                    .build());
        }
        return rows;
    }

    private static List<Kind> kinds(BranchStatus.State here, String... there) {
        return STOCK.of(with(here), rows(there)).stream()
                .map(BarrierComparison.Difference::kind)
                .toList();
    }

    @Test
    void matching_states_yield_no_difference() {
        assertThat(kinds(BranchStatus.State.DONE, "action done")).isEmpty();
        assertThat(kinds(BranchStatus.State.UNDONE, "action done", "compensate done"))
                .isEmpty();
        assertThat(kinds(BranchStatus.State.UNDONE, "action undone", "compensate done"))
                .isEmpty();
        assertThat(kinds(BranchStatus.State.REJECTED, "action rejected")).isEmpty();
        assertThat(kinds(BranchStatus.State.CONFIRMED, "try done", "confirm done"))
                .isEmpty();
        assertThat(kinds(BranchStatus.State.PENDING)).isEmpty();
    }

    @Test
    void each_kind_of_difference_is_reported() {
        assertThat(kinds(BranchStatus.State.DONE, "action done", "compensate done"))
                .containsExactly(Kind.DONE_HERE_UNDONE_THERE);
        assertThat(kinds(BranchStatus.State.DONE, "action rejected")).containsExactly(Kind.DONE_HERE_UNDONE_THERE);
        assertThat(kinds(BranchStatus.State.DONE)).containsExactly(Kind.DONE_HERE_UNKNOWN_THERE);
        assertThat(kinds(BranchStatus.State.UNDONE, "action done")).containsExactly(Kind.UNDONE_HERE_DONE_THERE);
        assertThat(kinds(BranchStatus.State.PENDING, "action done")).containsExactly(Kind.UNDONE_HERE_DONE_THERE);
        assertThat(kinds(BranchStatus.State.CONFIRMED, "try done")).containsExactly(Kind.COMPLETED_HERE_NOT_THERE);
        assertThat(kinds(BranchStatus.State.UNDONE, "try done", "confirm done"))
                .containsExactly(Kind.COMPLETED_THERE_NOT_HERE);
    }

    @Test
    void branches_of_other_participants_are_compared_only_if_they_have_barrier_rows() {
        Transaction other = Transaction.newBuilder()
                .setGid("g")
                .addBranches(BranchStatus.newBuilder()
                        .setId("b")
                        .setState(BranchStatus.State.DONE)
                        .setParticipant("payment"))
                .build();
        assertThat(STOCK.of(other, List.of())).isEmpty();
        assertThat(STOCK.of(other, rows("action undone")))
                .extracting(BarrierComparison.Difference::kind)
                .containsExactly(Kind.DONE_HERE_UNDONE_THERE);
    }

    @Test
    void a_row_of_an_unknown_branch_is_reported() {
        assertThat(STOCK.of(Transaction.newBuilder().setGid("g").build(), rows("action done")))
                .extracting(BarrierComparison.Difference::kind)
                .containsExactly(Kind.UNKNOWN_BRANCH);
    }
}
