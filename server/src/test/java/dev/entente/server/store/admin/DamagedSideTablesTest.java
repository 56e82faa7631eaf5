package dev.entente.server.store.admin;

import static dev.entente.server.store.DamagedDatabase.ROWS;
import static dev.entente.server.store.DamagedDatabase.allBut;
import static dev.entente.server.store.DamagedDatabase.await;
import static dev.entente.server.store.DamagedDatabase.gid;
import static dev.entente.server.store.DamagedDatabase.wide;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.entente.server.store.AcceptResult;
import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.DamagedDatabase;
import dev.entente.server.store.DamagedFixture;
import dev.entente.server.store.DatabaseFault;
import dev.entente.server.store.NewTransaction;
import dev.entente.server.store.QuestionLimit;
import dev.entente.server.store.RowWrite;
import dev.entente.server.store.Rows;
import dev.entente.server.store.StoreUnavailable;
import dev.entente.server.store.TestDatabase;
import dev.entente.server.store.TransactionFilter;
import dev.entente.server.transaction.Pattern;
import dev.entente.server.transaction.TransactionState;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * A page of labels, of the audit, of subscriptions or of the order of deliveries is overwritten on disk: what that
 * blocks.
 */
class DamagedSideTablesTest extends DamagedFixture {
    private CompletableFuture<AcceptResult> accept(
            String gid,
            Map<String, String> labels,
            List<String> topics,
            List<NewTransaction.Lane> lanes,
            @Nullable AuditRecord audit) {
        return damaged.store()
                .accept(new NewTransaction(
                        gid,
                        Pattern.MESSAGE,
                        TransactionState.RUNNING,
                        "side",
                        labels,
                        null,
                        null,
                        1,
                        Rows.digest(gid),
                        ByteString.copyFromUtf8(gid),
                        topics,
                        lanes,
                        audit));
    }

    private void append(AuditRecord entry) {
        damaged.database().jdbi().useHandle(handle -> AuditLog.insert(handle, entry));
    }

    private static AuditRecord entry(int number) {
        return new AuditRecord("eve", "retry", gid(number), wide(number), "", "");
    }

    private static void assertUnreadable(ThrowingCallable asked) {
        assertThatThrownBy(asked)
                .satisfies(
                        thrown -> assertThat(DatabaseFault.isUnreadable(thrown)).isTrue());
    }

    private void finish(String gid) {
        RowWrite.Finish finish =
                new RowWrite.Finish(TransactionState.SUCCEEDED, null, ByteString.EMPTY, ByteString.EMPTY);
        await(damaged.store().write(new RowWrite(gid, false, 0, finish, null)));
    }

    private QuestionLimit limit() {
        return QuestionLimit.of(64, damaged.database().settings());
    }

    // ---- labels

    @Test
    void a_damaged_page_of_labels_hides_them_and_keeps_only_their_rows_from_removal() throws IOException {
        for (int i = 0; i < ROWS; i++) {
            await(accept(gid(i), Map.of("order", wide(i)), List.of(), List.of(), null));
            finish(gid(i));
        }
        List<String> lost = damaged.damageRows("transaction_label");
        try (Queries queries = new Queries(damaged.database(), limit(), Runnable::run)) {
            assertThat(await(queries.list(TransactionFilter.ALL, 100, "")).rows())
                    .hasSize(ROWS);
            assertThat(await(queries.labels(allBut(List.of()))))
                    .containsOnlyKeys(allBut(lost))
                    .containsEntry(
                            allBut(lost).getFirst(),
                            Map.of(
                                    "order",
                                    wide(Integer.parseInt(
                                            allBut(lost).getFirst().substring(1)))));
        }
        assertThat(await(accept("new", Map.of("order", "n"), List.of(), List.of(), null)))
                .isInstanceOf(AcceptResult.Accepted.class);

        try (Retention retention = new Retention(damaged.database(), Duration.ZERO)) {
            assertThat(retention.removeSlice()).isEqualTo(ROWS - lost.size());
            assertThat(retention.removeSlice()).isZero();
        }
        assertThat(TestDatabase.number(damaged.database(), "select count(*) from finished_transaction"))
                .isEqualTo(lost.size());
    }

    // ---- the audit

    @Test
    void a_damaged_page_of_the_audit_hides_its_entries_and_hinders_no_act() throws IOException {
        for (int i = 0; i < ROWS; i++) {
            append(entry(i));
        }
        List<String> lost = damaged.damageRows("audit_entry");
        try (AuditLog audit = new AuditLog(damaged.database(), limit(), Runnable::run);
                Retention retention = new Retention(damaged.database(), Duration.ZERO)) {
            append(new AuditRecord("eve", "abort", "other", "", "", ""));
            assertThat(await(accept(
                            "new",
                            Map.of(),
                            List.of(),
                            List.of(),
                            new AuditRecord("eve", "submit", "new", "", "", ""))))
                    .isInstanceOf(AcceptResult.Accepted.class);

            List<AuditLog.Entry> all = await(audit.list("", Long.MAX_VALUE, 100));
            assertThat(all)
                    .extracting(each -> each.entry().gid())
                    .containsAll(allBut(lost))
                    .contains("other", "new")
                    .doesNotContainAnyElementsOf(lost);
            assertThat(all).extracting(AuditLog.Entry::id).isSortedAccordingTo((a, b) -> Long.compare(b, a));
            assertThat(await(audit.list("", Long.MAX_VALUE, 3))).isEqualTo(all.subList(0, 3));
            assertThat(await(audit.list(allBut(lost).getFirst(), Long.MAX_VALUE, 3)))
                    .hasSize(1);

            finish("new");
            assertThat(retention.removeSlice()).isEqualTo(1);
        }
    }

    // ---- subscriptions

    @Test
    void a_damaged_page_of_subscriptions_refuses_only_messages_to_their_topics() throws IOException {
        try (Subscriptions subscriptions = new Subscriptions(damaged.database(), limit(), Runnable::run)) {
            for (int i = 0; i < ROWS; i++) {
                await(subscriptions.put(
                        new Subscriptions.Subscription(gid(i), "s", ByteString.EMPTY, ByteString.copyFromUtf8(wide(i))),
                        entry(i)));
            }
        }
        List<String> lost = damaged.damageRows("subscription", "topic");
        List<CompletableFuture<AcceptResult>> accepts = new ArrayList<>();
        List<CompletableFuture<AcceptResult>> others = new ArrayList<>();
        for (int i = 0; i < ROWS; i++) {
            accepts.add(accept("m" + i, Map.of(), List.of(gid(i)), List.of(), null));
            others.add(accept("o" + i, Map.of(), List.of(), List.of(), null));
        }
        others.forEach(other -> assertThat(await(other)).isInstanceOf(AcceptResult.Accepted.class));
        for (int i = 0; i < ROWS; i++) {
            CompletableFuture<AcceptResult> accepted = accepts.get(i);
            if (lost.contains(gid(i))) {
                assertUnreadable(() -> await(accepted));
            } else {
                assertThat(await(accepted)).isInstanceOf(AcceptResult.Accepted.class);
            }
        }
        try (Subscriptions subscriptions = new Subscriptions(damaged.database(), limit(), Runnable::run)) {
            assertThat(await(subscriptions.list("", "", "", 100)))
                    .extracting(Subscriptions.Subscription::topic)
                    .containsExactlyElementsOf(allBut(lost));
            assertThat(await(subscriptions.list("", "", "", 2))).hasSize(2);
        }
    }

    // ---- the order of deliveries

    @Test
    void a_damaged_page_of_the_order_of_deliveries_blocks_only_them() throws IOException {
        for (int i = 0; i < ROWS; i++) {
            await(accept(gid(i), Map.of(), List.of(), List.of(new NewTransaction.Lane(wide(i), "lane")), null));
        }
        List<String> lost = damaged.damageRows("delivery_order");
        for (int i = 0; i < ROWS; i++) {
            int number = i;
            if (lost.contains(gid(i))) {
                assertUnreadable(() -> await(damaged.store().ahead(gid(number), wide(number))));
            } else {
                assertThat(await(damaged.store().ahead(gid(i), wide(i))) == null)
                        .isEqualTo(i == 0);
            }
        }
        assertThat(await(accept("new", Map.of(), List.of(), List.of(new NewTransaction.Lane("d", "lane")), null)))
                .isInstanceOf(AcceptResult.Accepted.class);
        OrderRetention retention = new OrderRetention(damaged.database());
        assertUnreadable(retention::forgetSlice);
    }

    @Test
    void a_damaged_page_of_lanes_keeps_only_messages_in_these_from_being_accepted() throws IOException {
        for (int i = 0; i < ROWS; i++) {
            await(accept(gid(i), Map.of(), List.of(), List.of(new NewTransaction.Lane(wide(i), "lane " + i)), null));
        }
        List<String> lost = damaged.damageRows("delivery_lane");
        List<CompletableFuture<AcceptResult>> accepts = new ArrayList<>();
        for (int i = 0; i < ROWS; i++) {
            accepts.add(accept("n" + i, Map.of(), List.of(), List.of(new NewTransaction.Lane("d", "lane " + i)), null));
        }
        for (int i = 0; i < ROWS; i++) {
            CompletableFuture<AcceptResult> accepted = accepts.get(i);
            if (lost.contains(gid(i))) {
                assertUnreadable(() -> await(accepted));
            } else {
                assertThat(await(accepted)).isInstanceOf(AcceptResult.Accepted.class);
                assertThat(await(damaged.store().ahead("n" + i, "d"))).isNotNull();
            }
        }
    }

    // ---- room on a damaged page

    @Test
    void a_damaged_page_with_room_is_filled_again_only_without_the_map_of_free_space() throws IOException {
        damaged.accept(false, 1500);
        for (int i = 0; i < ROWS; i += 2) {
            finish(gid(i));
        }
        TestDatabase.execute(damaged.database(), "vacuum open_transaction");
        damaged.damage("'open_transaction'::regclass");
        List<CompletableFuture<AcceptResult>> refused = new ArrayList<>();
        for (int i = 0; i < 2 * ROWS; i++) {
            refused.add(damaged.store().accept(large("x" + i)));
        }
        assertThat(refused)
                .anySatisfy(each -> assertThatThrownBy(() -> await(each)).hasCauseInstanceOf(StoreUnavailable.class));

        damaged.forgetFreeSpace("open_transaction");

        for (int i = 0; i < 2 * ROWS; i++) {
            assertThat(await(damaged.store().accept(large("y" + i)))).isInstanceOf(AcceptResult.Accepted.class);
        }
    }

    private static NewTransaction large(String gid) {
        return new NewTransaction(
                gid,
                Pattern.SAGA,
                TransactionState.RUNNING,
                "x",
                Map.of(),
                null,
                null,
                1,
                Rows.digest(gid),
                DamagedDatabase.large(1, 1500));
    }
}
