package dev.entente.server.store.writer;

import static dev.entente.server.store.DamagedDatabase.ROWS;
import static dev.entente.server.store.DamagedDatabase.allBut;
import static dev.entente.server.store.DamagedDatabase.await;
import static dev.entente.server.store.DamagedDatabase.large;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.entente.server.store.AcceptResult;
import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.DamagedFixture;
import dev.entente.server.store.DueWork;
import dev.entente.server.store.Membership;
import dev.entente.server.store.NewTransaction;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.OwnedRow;
import dev.entente.server.store.QuestionLimit;
import dev.entente.server.store.RowWrite;
import dev.entente.server.store.Rows;
import dev.entente.server.store.StoreFailure;
import dev.entente.server.store.StoredTransaction;
import dev.entente.server.store.TestDatabase;
import dev.entente.server.store.TransactionFilter;
import dev.entente.server.store.WriteResult;
import dev.entente.server.store.admin.Failover;
import dev.entente.server.store.admin.Queries;
import dev.entente.server.store.admin.Retention;
import dev.entente.server.store.admin.Subscriptions;
import dev.entente.server.store.admin.TableCensus;
import dev.entente.server.telemetry.Metrics;
import dev.entente.server.transaction.Pattern;
import dev.entente.server.transaction.TransactionState;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A page of rows is overwritten on disk: nobody can say which rows stood on it, and all others go on. */
class DamagedPageTest extends DamagedFixture {
    @Test
    void a_damaged_page_of_rows_keeps_no_row_of_another_page_from_being_taken_over() throws IOException {
        damaged.accept(false, 1500);
        long dead = damaged.incarnation().incarnation();
        List<String> lost = damaged.damageRows("open_transaction");
        TestDatabase.execute(damaged.database(), "update coordinator set dead_at = now() where incarnation = " + dead);

        List<String> adopted = new ArrayList<>();
        String after = "";
        for (List<OpenRow> batch = adopt(dead, after); !batch.isEmpty(); batch = adopt(dead, after)) {
            batch.forEach(row -> adopted.add(row.gid()));
            assertThat(batch).allMatch(row -> row.damage() == null && row.plan().size() == 1500);
            after = batch.getLast().gid();
        }

        assertThat(adopted).containsExactlyElementsOf(allBut(lost));
        assertThat(await(damaged.store().owned("", ROWS)))
                .extracting(OwnedRow::gid)
                .containsExactlyElementsOf(adopted);
        assertThat(damaged.database().damagedPages()).isEqualTo(1);
    }

    private List<OpenRow> adopt(long dead, String after) {
        return await(damaged.store().adopt(dead, after, 3, Long.MAX_VALUE));
    }

    @Test
    void a_damaged_page_of_rows_keeps_no_row_of_another_page_from_being_claimed() throws IOException {
        damaged.accept(true, 1500);
        List<String> lost = damaged.damageRows("open_transaction");

        List<String> claimed = new ArrayList<>();
        for (int bucket : await(damaged.store().due()).buckets()) {
            await(damaged.store().claimDue(bucket, ROWS, Long.MAX_VALUE)).forEach(row -> claimed.add(row.gid()));
        }

        assertThat(claimed).containsExactlyInAnyOrderElementsOf(allBut(lost));
        assertThat(await(damaged.store().due()).buckets())
                .as("what cannot be read is due for nobody")
                .isEmpty();
        RowWrite.Finish finish =
                new RowWrite.Finish(TransactionState.SUCCEEDED, null, ByteString.EMPTY, ByteString.EMPTY);
        for (String gid : claimed) {
            assertThat(await(damaged.store().write(new RowWrite(gid, false, 1, finish, null))))
                    .isInstanceOf(WriteResult.Written.class);
        }
    }

    @Test
    void what_a_damaged_page_holds_back_keeps_no_other_from_its_participant() throws IOException {
        damaged.accept(true, 1500);
        TestDatabase.execute(
                damaged.database(), "update open_transaction set held_back_by = 'hung'", "vacuum open_transaction");
        List<String> lost = damaged.damageRows("open_transaction");

        DueWork due = await(damaged.store().due());

        assertThat(due.buckets()).isEmpty();
        assertThat(due.heldBack()).containsExactly(new DueWork.HeldBack("hung", true));
        assertThat(await(damaged.store().claimHeldBack("hung", false, ROWS, Long.MAX_VALUE)))
                .extracting(OpenRow::gid)
                .containsExactlyInAnyOrderElementsOf(allBut(lost));
        assertThat(await(damaged.store().due()).heldBack()).isEmpty();
    }

    @Test
    void lists_counts_and_gauges_show_all_but_a_damaged_page() throws IOException {
        damaged.accept(true, 1500);
        List<String> lost = damaged.damageRows("open_transaction");
        int left = ROWS - lost.size();
        try (Queries queries = new Queries(
                        damaged.database(),
                        QuestionLimit.of(64, damaged.database().settings()),
                        Runnable::run);
                Subscriptions subscriptions = new Subscriptions(
                        damaged.database(),
                        QuestionLimit.of(64, damaged.database().settings()),
                        Runnable::run)) {
            assertThat(await(queries.list(TransactionFilter.ALL, 100, "")).rows())
                    .extracting(StoredTransaction::gid)
                    .containsExactlyInAnyOrderElementsOf(allBut(lost));
            assertThat(await(queries.list(TransactionFilter.ALL, 3, "")).rows()).hasSize(3);
            assertThat(await(queries.openGids(TransactionFilter.ALL, 100))).hasSize(left);
            assertThat(await(queries.count(TransactionFilter.ALL)).open()).isEqualTo(left);
            assertThat(await(queries.coordinators())).hasSize(2);
            assertThat(await(subscriptions.openTo(ByteString.copyFromUtf8("nobody"), "", 10)))
                    .isEmpty();
        }
        assertThat(new Failover(damaged.database()).found(10).count()).isZero();
        Metrics metrics = Metrics.withoutJvm();
        try (TableCensus census = new TableCensus(damaged.database(), metrics)) {
            census.round();
            assertThat(metrics.exposition())
                    .contains("entente_table_open{pattern=\"saga\",state=\"running\"} " + left + ".0");
        }
    }

    @Test
    void the_dead_are_found_and_others_read_beside_a_damaged_page() throws IOException {
        damaged.accept(false, 1500);
        long dead = damaged.incarnation().incarnation();
        List<String> lost = damaged.damageRows("open_transaction");
        TestDatabase.execute(
                damaged.database(),
                "update coordinator set dead_at = now() - interval '1 day' - interval '1 hour' where incarnation = "
                        + dead);

        assertThat(await(damaged.incarnation().peers()))
                .extracting(Membership.Peer::incarnation)
                .contains(damaged.incarnation().incarnation());
        for (String gid : allBut(lost)) {
            assertThat(await(damaged.store().read(gid))).isInstanceOf(OpenRow.class);
        }
        assertThatThrownBy(() -> await(damaged.store().read(lost.getFirst())))
                .hasCauseInstanceOf(StoreFailure.class)
                .cause()
                .isInstanceOfSatisfying(
                        StoreFailure.class,
                        failure -> assertThat(failure.isUnreadable()).isTrue());
    }

    @Test
    void all_but_a_damaged_page_are_parked_after_a_restore_and_released() throws IOException {
        damaged.accept(false, 1500);
        List<String> lost = damaged.damageRows("open_transaction");
        int left = ROWS - lost.size();
        Failover failover = new Failover(damaged.database());

        assertThat(failover.parkRestored()).isEqualTo(left);
        assertThat(failover.found(100)).isEqualTo(new Failover.Found(left, allBut(lost)));
        assertThat(failover.release(new AuditRecord("a", "recover", "", "", "", ""), Duration.ofMillis(1)))
                .isEqualTo(left);
        assertThat(failover.found(100).count()).isZero();
    }

    @Test
    void operations_in_doubt_on_a_damaged_page_fail_and_those_beside_it_are_settled() throws Exception {
        damaged.accept(false, 1500);
        long before = damaged.incarnation().incarnation();
        List<String> lost = damaged.damageRows("open_transaction");
        try (WriterConnection writer = WriterConnection.open(damaged.database(), before)) {
            List<Pending> flushes = new ArrayList<>();
            List<CompletableFuture<WriteResult>> answers = new ArrayList<>();
            for (int i = 0; i < ROWS; i++) {
                Pending.Write flush = new Pending.Write(Rows.flush("g%02d".formatted(i), 0, "p"));
                flushes.add(flush);
                answers.add(flush.answer());
            }

            List<Pending> again = new InDoubt(writer, before).settle(flushes);

            assertThat(again).extracting(Pending::gid).containsExactlyElementsOf(allBut(lost));
            flushes.removeAll(again);
            flushes.forEach(Pending::complete);
            assertThat(answers.stream().filter(CompletableFuture::isCompletedExceptionally))
                    .hasSize(lost.size());
        }
    }

    @Test
    void writes_and_accepts_go_on_beside_a_damaged_page() throws IOException {
        damaged.accept(true, 1500);
        List<String> lost = damaged.damageRows("open_transaction");
        for (int i = 0; i < ROWS; i++) {
            assertThat(await(damaged.store()
                            .accept(new NewTransaction(
                                    "n%02d".formatted(i),
                                    Pattern.SAGA,
                                    TransactionState.RUNNING,
                                    "new",
                                    Map.of(),
                                    null,
                                    null,
                                    1,
                                    Rows.digest("n" + i),
                                    large(i, 1500)))))
                    .isInstanceOf(AcceptResult.Accepted.class);
        }
        List<CompletableFuture<WriteResult>> writes = new ArrayList<>();
        for (int i = 0; i < ROWS; i++) {
            writes.add(damaged.store().write(Rows.flush("n%02d".formatted(i), 0, "p")));
        }
        CompletableFuture<WriteResult> onThePage = damaged.store().write(Rows.flush(lost.getFirst(), 0, "p"));
        writes.forEach(write -> assertThat(await(write)).isInstanceOf(WriteResult.Written.class));
        assertThatThrownBy(() -> await(onThePage)).hasCauseInstanceOf(StoreFailure.class);
    }

    @Test
    void finished_rows_beside_a_damaged_page_are_listed_counted_and_removed() throws IOException {
        damaged.accept(false, 1500);
        for (int i = 0; i < ROWS; i++) {
            RowWrite.Finish finish =
                    new RowWrite.Finish(TransactionState.SUCCEEDED, null, large(i, 1500), ByteString.EMPTY);
            await(damaged.store().write(new RowWrite("g%02d".formatted(i), false, 0, finish, null)));
        }
        List<String> lost = damaged.damageRows("finished_transaction");
        try (Queries queries = new Queries(
                damaged.database(), QuestionLimit.of(64, damaged.database().settings()), Runnable::run)) {
            assertThat(await(queries.list(TransactionFilter.ALL, 100, "")).rows())
                    .extracting(StoredTransaction::gid)
                    .containsExactlyInAnyOrderElementsOf(allBut(lost));
            assertThat(await(queries.count(TransactionFilter.ALL)).byState())
                    .containsExactly(Map.entry(TransactionState.SUCCEEDED, (long) ROWS - lost.size()));
        }
        try (Retention retention = new Retention(damaged.database(), Duration.ZERO)) {
            assertThat(retention.removeSlice()).isEqualTo(ROWS - lost.size());
            assertThat(retention.removeSlice()).isZero();
        }
    }
}
