package dev.entente.participant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.StringValue;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

/** Tables and rows of earlier versions of the SDK, which knew PostgreSQL alone. */
class EarlierBarrierTableTest extends BarrierFixture {
    private static final int BASE = 1;

    @Test
    void what_an_older_instance_wrote_is_of_the_other_kind() throws Exception {
        TestDatabase.execute(
                database,
                "insert into entente_barrier (gid, branch, op, verdict, fence, response) values ('order-1', 'reserve',"
                        + " 'action', 'done', 3, '')");

        assertThat(run(branch("order-1", BranchOp.ACTION).withFence(1, BASE), this::act))
                .isEqualTo(NOTHING);
        assertThat(ran).isEmpty();
        assertThatThrownBy(() -> run(branch("order-1", BranchOp.ACTION).withFence(2, 0), this::act))
                .isInstanceOf(StaleFence.class);
    }

    @Test
    void a_table_of_before_gets_the_column_and_its_rows_stay() throws Exception {
        DataSource before = TestDatabase.schema("barrier_before");
        barrier.createTable(before);
        TestDatabase.execute(before, "alter table entente_barrier drop column fence_base");
        TestDatabase.execute(
                before,
                "insert into entente_barrier (gid, branch, op, verdict, fence, response) values ('order-1', 'reserve',"
                        + " 'action', 'done', 3, '')");
        assertThatThrownBy(() -> branch("order-1", BranchOp.ACTION)
                        .call(() -> barrier.run(before, NOTHING, connection -> NOTHING)))
                .isInstanceOf(BarrierUnusable.class)
                .hasMessageStartingWith("ENT-091")
                .hasMessageContaining("add column fence_base");

        barrier.createTable(before);
        barrier.createTable(before);

        assertThat(branch("order-1", BranchOp.ACTION)
                        .withFence(2, BASE)
                        .call(() -> barrier.run(before, NOTHING, connection -> StringValue.of("done once more"))))
                .isEqualTo(NOTHING);
        assertThat(TestDatabase.text(before, "select fence || '/' || fence_base from entente_barrier"))
                .isEqualTo("3/0");
    }
}
