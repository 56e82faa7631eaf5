package dev.entente.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.entente.server.telemetry.Metrics;
import dev.entente.server.transaction.ParkReason;
import dev.entente.server.transaction.Parked;
import dev.entente.server.transaction.Pattern;
import dev.entente.server.transaction.TransactionState;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A page of large values is overwritten on disk: what stands in it cannot be read, and all else is to go on. */
class DamagedPageTest {
    private static final int ROWS = 12;
    private static final int PAGE = 8192;

    @TempDir
    private Path folder;

    private EmbeddedPostgres server;
    private Database database;
    private Incarnations incarnation;
    private PostgresTransactionStore store;

    @BeforeEach
    void start() throws IOException {
        open();
        new Schema(database).migrate();
        join();
    }

    @AfterEach
    void stop() throws IOException {
        leave();
        server.close();
    }

    private void open() throws IOException {
        server = EmbeddedPostgres.builder()
                .setDataDirectory(folder.resolve("data"))
                .setCleanDataDirectory(false)
                .start();
        database = Database.of(DatabaseSettings.of(server.getJdbcUrl("postgres", "postgres"), "postgres", "postgres"));
    }

    private void join() {
        ClusterIdentity cluster = new Failover(database).settle();
        incarnation = Incarnations.register(database, cluster, "n1", "localhost:1", "test", Runnable::run);
        store = PostgresTransactionStore.open(
                database, cluster, incarnation.incarnation(), Runnable::run, Metrics.none(), () -> {});
    }

    private void leave() {
        store.close();
        incarnation.close();
        database.close();
    }

    private static <T extends @Nullable Object> T await(CompletableFuture<T> future) {
        return future.orTimeout(60, TimeUnit.SECONDS).join();
    }

    /** Of some pages, which no compression makes smaller. */
    private static ByteString large(int seed) {
        return large(seed, 40_000);
    }

    private static ByteString large(int seed, int size) {
        byte[] bytes = new byte[size];
        new Random(seed).nextBytes(bytes);
        return ByteString.copyFrom(bytes);
    }

    private void accept(boolean isDue) {
        accept(isDue, 40_000);
    }

    private void accept(boolean isDue, int bytes) {
        for (int i = 0; i < ROWS; i++) {
            await(store.accept(new NewTransaction(
                    "g%02d".formatted(i),
                    Pattern.SAGA,
                    TransactionState.RUNNING,
                    "large",
                    Map.of(),
                    isDue ? Duration.ZERO : null,
                    null,
                    1,
                    Rows.digest("g" + i),
                    large(i, bytes))));
        }
    }

    /** The server ends, a page of the table's large values is overwritten, and the server starts. Whoever held rows is gone. */
    private void damage(String table) throws IOException {
        damageRelation("(select reltoastrelid from pg_class where oid = '" + table + "'::regclass)");
    }

    private void damageRelation(String relation) throws IOException {
        TestDatabase.execute(database, "checkpoint");
        long filenode = TestDatabase.number(database, "select pg_relation_filenode(" + relation + ")");
        long oid = TestDatabase.number(database, "select oid from pg_database where datname = current_database()");
        long pages = TestDatabase.number(database, "select pg_relation_size(" + relation + ") / " + PAGE);
        leave();
        server.close();
        Path file = folder.resolve("data/base/" + oid + "/" + filenode);
        assertThat(Files.size(file)).isEqualTo(pages * PAGE);
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
            byte[] garbage = new byte[PAGE];
            Arrays.fill(garbage, (byte) 0xA5);
            open.seek(pages / 2 * PAGE);
            open.write(garbage);
        }
        open();
        join();
    }

    /** Asks the database itself. */
    private List<String> unreadable(String table, String column) {
        List<String> found = new ArrayList<>();
        for (int i = 0; i < ROWS; i++) {
            try {
                TestDatabase.number(
                        database,
                        "select sum(length(md5(%s))) from %s where gid = 'g%02d'".formatted(column, table, i));
            } catch (IllegalStateException e) {
                found.add("g%02d".formatted(i));
            }
        }
        assertThat(found).hasSizeBetween(1, 2);
        return found;
    }

    private static List<String> damaged(List<OpenRow> rows) {
        return rows.stream()
                .filter(row -> row.damage() != null)
                .map(OpenRow::gid)
                .sorted()
                .toList();
    }

    @Test
    void one_unreadable_value_keeps_no_other_row_from_being_taken_over() throws IOException {
        accept(false);
        long dead = incarnation.incarnation();
        damage("open_transaction");
        List<String> lost = unreadable("open_transaction", "plan");
        TestDatabase.execute(database, "update coordinator set dead_at = now() where incarnation = " + dead);

        List<OpenRow> adopted = await(store.adopt(dead, "", ROWS, Long.MAX_VALUE));

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
    void one_unreadable_value_keeps_no_other_row_from_being_claimed_and_is_parked_by_its_columns() throws IOException {
        accept(true);
        damage("open_transaction");
        List<String> lost = unreadable("open_transaction", "plan");

        List<OpenRow> claimed = new ArrayList<>();
        for (int bucket : await(store.due()).buckets()) {
            claimed.addAll(await(store.claimDue(bucket, ROWS, Long.MAX_VALUE)));
        }

        assertThat(claimed).hasSize(ROWS);
        assertThat(damaged(claimed)).isEqualTo(lost);
        for (String gid : lost) {
            Parked mark = new Parked(ParkReason.UNREADABLE_ROW, "damaged", Instant.EPOCH);
            RowWrite.Rest park = new RowWrite.Rest(TransactionState.RUNNING, null, null, mark, null);
            assertThat(await(store.write(new RowWrite(gid, false, 1, park, null))))
                    .isEqualTo(new WriteResult.Written(2));
            assertThat(await(store.read(gid))).isInstanceOfSatisfying(OpenRow.class, row -> {
                assertThat(row.damage()).contains("invalid page");
                assertThat(row.parked()).isNotNull();
                assertThat(row.owner()).isNull();
            });
        }
    }

    /** Rows that do not leave their page: several to a page, on several pages, of which the middle one is overwritten. */
    private List<String> damageHeap() throws IOException {
        return damageHeap("open_transaction");
    }

    private List<String> damageHeap(String table) throws IOException {
        long pages = TestDatabase.number(database, "select pg_relation_size('" + table + "') / " + PAGE);
        assertThat(pages).isGreaterThan(2);
        List<String> lost = gidsOnPage(table, pages / 2);
        assertThat(lost).isNotEmpty().hasSizeLessThan(ROWS);
        damageRelation("'" + table + "'::regclass");
        return lost;
    }

    private List<String> gidsOnPage(String table, long page) {
        List<String> gids = new ArrayList<>();
        for (int i = 0; i < ROWS; i++) {
            String gid = "g%02d".formatted(i);
            String at = "select (ctid::text::point)[0] from " + table + " where gid = '" + gid + "'";
            if (TestDatabase.number(database, at) == page) {
                gids.add(gid);
            }
        }
        return gids;
    }

    private static List<String> allBut(List<String> lost) {
        List<String> gids = new ArrayList<>();
        for (int i = 0; i < ROWS; i++) {
            gids.add("g%02d".formatted(i));
        }
        gids.removeAll(lost);
        return gids;
    }

    @Test
    void a_damaged_page_of_rows_keeps_no_row_of_another_page_from_being_taken_over() throws IOException {
        accept(false, 1500);
        long dead = incarnation.incarnation();
        List<String> lost = damageHeap();
        TestDatabase.execute(database, "update coordinator set dead_at = now() where incarnation = " + dead);

        List<String> adopted = new ArrayList<>();
        String after = "";
        for (List<OpenRow> batch = adopt(dead, after); !batch.isEmpty(); batch = adopt(dead, after)) {
            batch.forEach(row -> adopted.add(row.gid()));
            assertThat(batch).allMatch(row -> row.damage() == null && row.plan().size() == 1500);
            after = batch.getLast().gid();
        }

        assertThat(adopted).containsExactlyElementsOf(allBut(lost));
        assertThat(await(store.owned("", ROWS))).extracting(OwnedRow::gid).containsExactlyElementsOf(adopted);
        assertThat(database.damagedPages()).isEqualTo(1);
    }

    private List<OpenRow> adopt(long dead, String after) {
        return await(store.adopt(dead, after, 3, Long.MAX_VALUE));
    }

    @Test
    void a_damaged_page_of_rows_keeps_no_row_of_another_page_from_being_claimed() throws IOException {
        accept(true, 1500);
        List<String> lost = damageHeap();

        List<String> claimed = new ArrayList<>();
        for (int bucket : await(store.due()).buckets()) {
            await(store.claimDue(bucket, ROWS, Long.MAX_VALUE)).forEach(row -> claimed.add(row.gid()));
        }

        assertThat(claimed).containsExactlyInAnyOrderElementsOf(allBut(lost));
        assertThat(await(store.due()).buckets())
                .as("what cannot be read is due for nobody")
                .isEmpty();
        RowWrite.Finish finish =
                new RowWrite.Finish(TransactionState.SUCCEEDED, null, ByteString.EMPTY, ByteString.EMPTY);
        for (String gid : claimed) {
            assertThat(await(store.write(new RowWrite(gid, false, 1, finish, null))))
                    .isInstanceOf(WriteResult.Written.class);
        }
    }

    @Test
    void a_list_shows_what_it_can_read_and_marks_the_rest() throws IOException {
        accept(false);
        damage("open_transaction");
        List<String> lost = unreadable("open_transaction", "plan");
        try (Queries queries = new Queries(database, QuestionLimit.of(64, database.settings()), Runnable::run)) {
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
        accept(false);
        for (int i = 0; i < ROWS; i++) {
            RowWrite.Finish finish = new RowWrite.Finish(TransactionState.SUCCEEDED, null, large(i), ByteString.EMPTY);
            await(store.write(new RowWrite("g%02d".formatted(i), false, 0, finish, null)));
        }
        damage("finished_transaction");
        List<String> lost = unreadable("finished_transaction", "outline");
        for (int i = 0; i < ROWS; i++) {
            String gid = "g%02d".formatted(i);
            assertThat(await(store.read(gid)))
                    .isInstanceOfSatisfying(
                            FinishedRow.class,
                            row -> assertThat(row.damage() != null).isEqualTo(lost.contains(gid)));
        }
        try (Queries queries = new Queries(database, QuestionLimit.of(64, database.settings()), Runnable::run)) {
            assertThat(await(queries.list(TransactionFilter.ALL, 100, "")).rows())
                    .hasSize(ROWS);
        }
        try (Retention retention = new Retention(database, Duration.ZERO)) {
            assertThat(retention.removeSlice()).isEqualTo(ROWS - lost.size());
            assertThat(retention.removeSlice()).isZero();
        }
        assertThat(TestDatabase.number(database, "select count(*) from finished_transaction"))
                .isEqualTo(lost.size());
    }

    @Test
    void operations_in_doubt_are_settled_beside_a_row_that_cannot_be_read() throws Exception {
        accept(false);
        long before = incarnation.incarnation();
        damage("open_transaction");
        List<String> lost = unreadable("open_transaction", "plan");
        try (WriterConnection writer = WriterConnection.open(database, before)) {
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

    @Test
    void what_a_damaged_page_holds_back_keeps_no_other_from_its_participant() throws IOException {
        accept(true, 1500);
        TestDatabase.execute(database, "update open_transaction set held_back_by = 'hung'", "vacuum open_transaction");
        List<String> lost = damageHeap();

        DueWork due = await(store.due());

        assertThat(due.buckets()).isEmpty();
        assertThat(due.heldBack()).containsExactly(new DueWork.HeldBack("hung", true));
        assertThat(await(store.claimHeldBack("hung", false, ROWS, Long.MAX_VALUE)))
                .extracting(OpenRow::gid)
                .containsExactlyInAnyOrderElementsOf(allBut(lost));
        assertThat(await(store.due()).heldBack()).isEmpty();
    }

    @Test
    void lists_counts_and_gauges_show_all_but_a_damaged_page() throws IOException {
        accept(true, 1500);
        List<String> lost = damageHeap();
        int left = ROWS - lost.size();
        try (Queries queries = new Queries(database, QuestionLimit.of(64, database.settings()), Runnable::run);
                Subscriptions subscriptions =
                        new Subscriptions(database, QuestionLimit.of(64, database.settings()), Runnable::run)) {
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
        assertThat(new Failover(database).found(10).count()).isZero();
        Metrics metrics = Metrics.withoutJvm();
        try (TableCensus census = new TableCensus(database, metrics)) {
            census.round();
            assertThat(metrics.exposition())
                    .contains("entente_table_open{pattern=\"saga\",state=\"running\"} " + left + ".0");
        }
    }

    @Test
    void the_dead_are_found_and_others_read_beside_a_damaged_page() throws IOException {
        accept(false, 1500);
        long dead = incarnation.incarnation();
        List<String> lost = damageHeap();
        TestDatabase.execute(
                database,
                "update coordinator set dead_at = now() - interval '1 day' - interval '1 hour' where incarnation = "
                        + dead);

        assertThat(await(incarnation.peers()))
                .extracting(Membership.Peer::incarnation)
                .contains(incarnation.incarnation());
        for (String gid : allBut(lost)) {
            assertThat(await(store.read(gid))).isInstanceOf(OpenRow.class);
        }
        assertThatThrownBy(() -> await(store.read(lost.getFirst())))
                .hasCauseInstanceOf(StoreFailure.class)
                .cause()
                .isInstanceOfSatisfying(
                        StoreFailure.class,
                        failure -> assertThat(failure.isUnreadable()).isTrue());
    }

    @Test
    void all_but_a_damaged_page_are_parked_after_a_restore_and_released() throws IOException {
        accept(false, 1500);
        List<String> lost = damageHeap();
        int left = ROWS - lost.size();
        Failover failover = new Failover(database);

        assertThat(failover.parkRestored()).isEqualTo(left);
        assertThat(failover.found(100)).isEqualTo(new Failover.Found(left, allBut(lost)));
        assertThat(failover.release(new AuditRecord("a", "recover", "", "", "", ""), Duration.ofMillis(1)))
                .isEqualTo(left);
        assertThat(failover.found(100).count()).isZero();
    }

    @Test
    void operations_in_doubt_on_a_damaged_page_fail_and_those_beside_it_are_settled() throws Exception {
        accept(false, 1500);
        long before = incarnation.incarnation();
        List<String> lost = damageHeap();
        try (WriterConnection writer = WriterConnection.open(database, before)) {
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
        accept(true, 1500);
        List<String> lost = damageHeap();
        for (int i = 0; i < ROWS; i++) {
            assertThat(await(store.accept(new NewTransaction(
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
            writes.add(store.write(Rows.flush("n%02d".formatted(i), 0, "p")));
        }
        CompletableFuture<WriteResult> onThePage = store.write(Rows.flush(lost.getFirst(), 0, "p"));
        writes.forEach(write -> assertThat(await(write)).isInstanceOf(WriteResult.Written.class));
        assertThatThrownBy(() -> await(onThePage)).hasCauseInstanceOf(StoreFailure.class);
    }

    @Test
    void finished_rows_beside_a_damaged_page_are_listed_counted_and_removed() throws IOException {
        accept(false, 1500);
        for (int i = 0; i < ROWS; i++) {
            RowWrite.Finish finish =
                    new RowWrite.Finish(TransactionState.SUCCEEDED, null, large(i, 1500), ByteString.EMPTY);
            await(store.write(new RowWrite("g%02d".formatted(i), false, 0, finish, null)));
        }
        List<String> lost = damageHeap("finished_transaction");
        try (Queries queries = new Queries(database, QuestionLimit.of(64, database.settings()), Runnable::run)) {
            assertThat(await(queries.list(TransactionFilter.ALL, 100, "")).rows())
                    .extracting(StoredTransaction::gid)
                    .containsExactlyInAnyOrderElementsOf(allBut(lost));
            assertThat(await(queries.count(TransactionFilter.ALL)).byState())
                    .containsExactly(Map.entry(TransactionState.SUCCEEDED, (long) ROWS - lost.size()));
        }
        try (Retention retention = new Retention(database, Duration.ZERO)) {
            assertThat(retention.removeSlice()).isEqualTo(ROWS - lost.size());
            assertThat(retention.removeSlice()).isZero();
        }
    }
}
