package dev.entente.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entente.v1.Pattern;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionFilter;
import dev.entente.wire.Decision;
import io.grpc.Status;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TransactionsTest extends CoordinatorFixture {
    TransactionsTest() throws IOException {}

    @Test
    void a_transaction_can_be_looked_at() {
        coordinator.fail("get", Status.UNAVAILABLE.asRuntimeException());
        entente.saga("checkout").gid("order-1").submit();

        assertThat(transactions.get("order-1").getName()).isEqualTo("checkout");
        assertThat(transactions.describe("order-1").getState()).isEqualTo(Transaction.State.RUNNING);
    }

    @Test
    void a_gid_that_is_not_known_is_ENT_030_and_never_counts_as_finished() {
        assertThatThrownBy(() -> transactions.get("order-1"))
                .isInstanceOfSatisfying(
                        TransactionRefused.class,
                        refused -> assertThat(refused.code()).isEqualTo("ENT-030"));
        assertThatThrownBy(() -> transactions.await("order-1", Duration.ofSeconds(30)))
                .isInstanceOf(TransactionRefused.class);
        try (Watch watch = transactions.watch("order-1")) {
            assertThatThrownBy(watch::hasNext)
                    .isInstanceOf(TransactionRefused.class)
                    .hasMessageContaining("ENT-030");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "COMPLETING, false, COMMIT",
        "COMPLETING, true, NOT_YET",
        "SUCCEEDED, true, COMMIT",
        "UNDOING, false, ROLL_BACK",
        "UNDOING, true, NOT_YET",
        "ABORTED, true, ROLL_BACK",
        "RUNNING, false, NOT_YET",
        "SCHEDULED, false, NOT_YET"
    })
    void only_what_is_durably_decided_is_a_decision(Transaction.State state, boolean asLastSeen, Decision decision) {
        coordinator.put(Transaction.newBuilder()
                .setGid("transfer-1")
                .setState(state)
                .setAsLastSeen(asLastSeen)
                .build());

        assertThat(transactions.decision("transfer-1")).isEqualTo(decision);
        assertThat(transactions.decision("transfer-2")).isEqualTo(Decision.UNKNOWN);
    }

    @Test
    void a_list_is_read_page_by_page() {
        for (int i = 1; i <= 5; i++) {
            entente.saga("checkout").gid("order-" + i).submit();
        }

        assertThat(transactions.list(Filter.open()).map(Transaction::getGid))
                .containsExactly("order-5", "order-4", "order-3", "order-2", "order-1");
        assertThat(coordinator.calls).endsWith("list ", "list 2", "list 4");
        assertThat(transactions.list(Filter.all()).limit(1)).hasSize(1);
        assertThat(transactions.count(Filter.all()).getOpen()).isEqualTo(5);
    }

    @Test
    void a_filter_says_what_is_meant() {
        Filter filter = Filter.parked()
                .state(Transaction.State.UNDOING)
                .pattern(Pattern.SAGA)
                .name("checkout")
                .label("customer", "42")
                .participant("payment")
                .gidPrefix("order-")
                .createdAfter(Instant.ofEpochSecond(1))
                .createdBefore(Instant.ofEpochSecond(2));

        TransactionFilter.Builder expected = TransactionFilter.newBuilder()
                .setOnlyParked(true)
                .addStates(Transaction.State.UNDOING)
                .addPatterns(Pattern.SAGA)
                .setName("checkout")
                .putLabels("customer", "42")
                .setParticipant("payment")
                .setGidPrefix("order-");
        expected.getCreatedAfterBuilder().setSeconds(1);
        expected.getCreatedBeforeBuilder().setSeconds(2);
        assertThat(filter.toProto()).isEqualTo(expected.build());
        assertThat(Filter.overdue().toProto().getOnlyOverdue()).isTrue();
    }

    @Test
    void a_watch_that_breaks_goes_on_where_it_was_until_the_transaction_has_ended() {
        entente.saga("checkout").gid("order-1").submit();
        coordinator.progress(running -> running.getRevision() < 3
                ? running
                : running.toBuilder()
                        .setState(Transaction.State.SUCCEEDED)
                        .setTerminal(true)
                        .build());

        List<Long> revisions = new ArrayList<>();
        try (Watch watch = transactions.watch("order-1")) {
            watch.forEachRemaining(seen -> revisions.add(seen.getRevision()));
        }

        assertThat(revisions).containsExactly(1L, 2L, 3L, 4L);
        assertThat(coordinator.calls)
                .containsExactly("submit", "watch after 0", "watch after 1", "watch after 2", "watch after 3");
    }

    @Test
    void a_closed_watch_ends() {
        entente.saga("checkout").gid("order-1").submit();
        Watch watch = transactions.watch("order-1");
        watch.next();
        watch.close();

        assertThatThrownBy(watch::hasNext).isInstanceOf(CoordinatorUnavailable.class);
    }

    @Test
    void an_approval_can_be_given_and_refused() {
        entente.saga("checkout").gid("order-1").submit();
        coordinator.fail("decide", Status.UNAVAILABLE.asRuntimeException());

        assertThat(transactions.approve("order-1", "manager", "checked").getGid())
                .isEqualTo("order-1");
        assertThat(transactions.reject("order-1", "legal", "too dear").getGid()).isEqualTo("order-1");
        assertThat(coordinator.calls).contains("approve manager: checked", "reject legal: too dear");
    }

    @Test
    void a_transaction_can_be_turned_back_until_it_is_too_late() {
        entente.saga("checkout").gid("order-1").submit();

        assertThat(transactions.abort("order-1", "the customer called").getState())
                .isEqualTo(Transaction.State.UNDOING);
        coordinator.progress(undoing -> undoing.toBuilder()
                .setState(Transaction.State.ABORTED)
                .setTerminal(true)
                .build());
        assertThat(transactions.abort("order-1", "again", Duration.ofSeconds(30)))
                .isInstanceOf(Outcome.Aborted.class);

        coordinator.progress(done -> done.toBuilder()
                .setState(Transaction.State.SUCCEEDED)
                .setTerminal(true)
                .build());
        assertThatThrownBy(() -> transactions.abort("order-1", "too late"))
                .isInstanceOfSatisfying(
                        TransactionRefused.class,
                        refused -> assertThat(refused.code()).isEqualTo("ENT-041"));
    }
}
