package dev.entente.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.simulation.drawing.CallEnd;
import dev.entente.simulation.world.KillPoint;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The table of ends by crash point, and what cannot be in it. */
final class CrashTableTest {
    private final CrashTable table = new CrashTable();

    private static CrashTable.Cell cell(CallEnd end) {
        return new CrashTable.Cell(StepKind.SAGA_APPROVAL, end, KillPoint.PARK);
    }

    @ParameterizedTest
    @EnumSource
    void each_reason_rules_out_what_no_other_does(Impossible reason) {
        assertThat(StepKind.values())
                .anySatisfy(kind -> assertThat(CallEnd.values())
                        .anySatisfy(end -> assertThat(Impossible.values())
                                .filteredOn(each -> each.rulesOut(kind, end))
                                .containsExactly(reason)));
    }

    @ParameterizedTest
    @EnumSource
    void each_kind_of_branch_comes_to_some_end(StepKind kind) {
        assertThat(kind.ends()).isNotEmpty();
        assertThat(CrashTable.cells())
                .filteredOn(cell -> cell.kind() == kind)
                .hasSize(kind.ends().size() * KillPoint.values().length);
    }

    @Test
    void a_cell_is_thin_until_it_is_reached_often_enough() {
        table.count(cell(CallEnd.REJECTED), CrashTable.ENOUGH - 1);
        assertThat(table.thin()).contains(cell(CallEnd.REJECTED));

        table.count(cell(CallEnd.REJECTED), 1);
        assertThat(table.thin())
                .doesNotContain(cell(CallEnd.REJECTED))
                .hasSize(CrashTable.cells().size() - 1);
    }

    @Test
    void what_was_reached_although_it_cannot_be_is_told() {
        table.count(cell(CallEnd.REJECTED), 1);
        table.count(cell(CallEnd.UNDONE), 1);

        assertThat(table.unforeseen()).containsExactly(cell(CallEnd.UNDONE));
        assertThat(table.thin()).doesNotContain(cell(CallEnd.UNDONE));
    }

    @Test
    void what_is_written_is_added_by_whoever_reads_it() throws IOException {
        table.count(cell(CallEnd.REJECTED), 3);
        table.count(cell(CallEnd.EXHAUSTED), 4);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        table.write(new DataOutputStream(bytes));

        table.read(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));

        assertThat(table.count(cell(CallEnd.REJECTED))).isEqualTo(6);
        assertThat(table.count(cell(CallEnd.EXHAUSTED))).isEqualTo(8);
        assertThat(table.count(cell(CallEnd.SUCCEEDED))).isZero();
    }
}
