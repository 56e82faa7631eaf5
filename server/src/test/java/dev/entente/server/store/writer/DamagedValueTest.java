package dev.entente.server.store.writer;

import static dev.entente.server.store.DamagedDatabase.ROWS;
import static dev.entente.server.store.DamagedDatabase.await;
import static dev.entente.server.store.DamagedDatabase.large;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.entente.server.store.DamagedFixture;
import dev.entente.server.store.FinishedRow;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.QuestionLimit;
import dev.entente.server.store.RowWrite;
import dev.entente.server.store.Rows;
import dev.entente.server.store.StoredTransaction;
import dev.entente.server.store.TestDatabase;
import dev.entente.server.store.TransactionFilter;
import dev.entente.server.store.WriteResult;
import dev.entente.server.store.admin.Queries;
import dev.entente.server.store.admin.Retention;
import dev.entente.server.transaction.ParkReason;
import dev.entente.server.transaction.Parked;
import dev.entente.server.transaction.TransactionState;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A page of large values is overwritten on disk: what stands on it cannot be read, and all else goes on. */
class DamagedValueTest extends DamagedFixture {
    private static List<String> damaged(List<OpenRow> rows) {
        return rows.stream()
                .filter(row -> row.damage() != null)
                .map(OpenRow::gid)
                .sorted()
                .toList();
    }

    @Test
    void one_unreadable_value_keeps_no_other_row_from_being_taken_over() throws IOException {
        damaged.accept(false, 40_000);
        long dead = damaged.incarnation().incarnation();
        damaged.damageValues("open_transaction");
        List<String> lost = damaged.unreadable("open_transaction", "plan");
        TestDatabase.execute(damaged.database(), "update coordinator set dead_at = now() where incarnation = " + dead);

        List<OpenRow> adopted = await(damaged.store().adopt(dead, "", ROWS, Long.MAX_VALUE));

        assertThat(adopted).hasSize(ROWS).extracting(OpenRow::gid).isSorted();
        assertThat(damaged(adopted)).isEqualTo(lost);
        assertThat(adopted)
                .filteredOn(row -> row.damage() == null)
                .allMatch(row -> row.plan().size() == 40_000 && row.rev() == 1);
        assertThat(adopted)
                .filteredOn(row -> row.damage() != null)
                .allMatch(row -> row.plan().isEmpty() && row.name().equals("large") && row.rev() == 1);
    }

    @Test
    void one_unreadable_value_hinders_no_other_claim_and_is_parked_by_its_columns() throws IOException {
        damaged.accept(true, 40_000);
        damaged.damageValues("open_transaction");
        List<String> lost = damaged.unreadable("open_transaction", "plan");

        List<OpenRow> claimed = new ArrayList<>();
        for (int bucket : await(damaged.store().due()).buckets()) {
            claimed.addAll(await(damaged.store().claimDue(bucket, ROWS, Long.MAX_VALUE)));
        }

        assertThat(claimed).hasSize(ROWS);
        assertThat(damaged(claimed)).isEqualTo(lost);
        for (String gid : lost) {
            Parked mark = new Parked(ParkReason.UNREADABLE_ROW, "damaged", Instant.EPOCH);
            RowWrite.Rest park = new RowWrite.Rest(TransactionState.RUNNING, null, null, mark, null);
            assertThat(await(damaged.store().write(new RowWrite(gid, false, 1, park, null))))
                    .isEqualTo(new WriteResult.Written(2));
            assertThat(await(damaged.store().read(gid))).isInstanceOfSatisfying(OpenRow.class, row -> {
                assertThat(row.damage()).contains("invalid page");
                assertThat(row.parked()).isNotNull();
                assertThat(row.owner()).isNull();
            });
        }
    }

    @Test
    void a_list_shows_what_it_can_read_and_marks_the_rest() throws IOException {
        damaged.accept(false, 40_000);
        damaged.damageValues("open_transaction");
        List<String> lost = damaged.unreadable("open_transaction", "plan");
        try (Queries queries = new Queries(
                damaged.database(), QuestionLimit.of(64, damaged.database().settings()), Runnable::run)) {
            List<StoredTransaction> rows =
                    await(queries.list(TransactionFilter.ALL, 100, "")).rows();
            assertThat(rows).hasSize(ROWS);
            List<OpenRow> open = new ArrayList<>();
            rows.forEach(row -> open.add((OpenRow) row));
            assertThat(damaged(open)).isEqualTo(lost);
        }
    }

    @Test
    void finished_rows_are_read_listed_and_removed_beside_one_that_cannot_be() throws IOException {
        damaged.accept(false, 40_000);
        for (int i = 0; i < ROWS; i++) {
            RowWrite.Finish finish =
                    new RowWrite.Finish(TransactionState.SUCCEEDED, null, large(i, 40_000), ByteString.EMPTY);
            await(damaged.store().write(new RowWrite("g%02d".formatted(i), false, 0, finish, null)));
        }
        damaged.damageValues("finished_transaction");
        List<String> lost = damaged.unreadable("finished_transaction", "plan");
        for (int i = 0; i < ROWS; i++) {
            String gid = "g%02d".formatted(i);
            assertThat(await(damaged.store().read(gid)))
                    .isInstanceOfSatisfying(
                            FinishedRow.class,
                            row -> assertThat(row.damage() != null).isEqualTo(lost.contains(gid)));
        }
        try (Queries queries = new Queries(
                damaged.database(), QuestionLimit.of(64, damaged.database().settings()), Runnable::run)) {
            assertThat(await(queries.list(TransactionFilter.ALL, 100, "")).rows())
                    .hasSize(ROWS);
        }
        try (Retention retention = new Retention(damaged.database(), Duration.ZERO)) {
            assertThat(retention.removeSlice()).isEqualTo(ROWS - lost.size());
            assertThat(retention.removeSlice()).isZero();
        }
        assertThat(TestDatabase.number(damaged.database(), "select count(*) from finished_transaction"))
                .isEqualTo(lost.size());
    }

    @Test
    void operations_in_doubt_are_settled_beside_a_row_that_cannot_be_read() throws Exception {
        damaged.accept(false, 40_000);
        long before = damaged.incarnation().incarnation();
        damaged.damageValues("open_transaction");
        List<String> lost = damaged.unreadable("open_transaction", "plan");
        try (WriterConnection writer = WriterConnection.open(damaged.database(), before)) {
            List<Pending> flushes = new ArrayList<>();
            for (int i = 0; i < ROWS; i++) {
                flushes.add(new Pending.Write(Rows.flush("g%02d".formatted(i), 0, "p")));
            }
            writer.commit(Batch.of(flushes));
            flushes.forEach(Pending::reset);

            assertThat(new InDoubt(writer, before).settle(flushes)).isEmpty();
            assertThat(flushes).allMatch(Pending::isApplied);
        }
        assertThat(lost).isNotEmpty();
    }
}
