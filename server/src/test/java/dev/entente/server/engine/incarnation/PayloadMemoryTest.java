package dev.entente.server.engine.incarnation;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.entente.core.decision.Decider;
import dev.entente.core.transaction.Outcome;
import dev.entente.server.engine.EngineFixture;
import dev.entente.server.engine.EngineSettings;
import dev.entente.server.engine.FakeStore;
import dev.entente.server.store.FinishedRow;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.StoreFailure;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Verifies that transactions in memory are limited by their bytes, not only by their number. */
final class PayloadMemoryTest {
    private static final int MIB = 1 << 20;
    private static final int BUDGET = 10 * MIB;

    private final EngineFixture fixture = new EngineFixture(new Decider(), EngineSettings.STANDARD.holding(BUDGET));

    @Test
    void transactions_accepted_beyond_the_budget_wait_in_the_table() {
        submit(100);

        assertThat(fixture.store.rows).hasSize(100);
        assertThat(fixture.engine.intake().memory().open()).isEqualTo(10);
        assertThat(fixture.engine.intake().memory().heldBytes()).isBetween((long) BUDGET, BUDGET + 2L * MIB);
        assertThat(fixture.calls).hasSize(10);
        assertThat(restingRows()).isEqualTo(90);
    }

    @Test
    void all_transactions_finish_within_the_memory_budget() {
        Takeover takeover = new Takeover(fixture.engine.intake(), fixture.environment, 500, _ -> {});
        submit(100);
        var _ = takeover.begin(new Takeover.DueRows(fixture.store, List.of(0)));

        while (!fixture.calls.isEmpty()) {
            assertThat(fixture.engine.intake().memory().heldBytes()).isLessThan(BUDGET + 2L * MIB);
            fixture.calls.remove().succeed();
            fixture.pass(Duration.ofMillis(100));
        }

        assertThat(fixture.store.rows.values()).hasSize(100).allMatch(FinishedRow.class::isInstance);
        assertThat(fixture.engine.intake().memory().heldBytes()).isZero();
    }

    @Test
    void accepts_in_flight_count_towards_the_budget() {
        fixture.store.isHoldingBack = true;
        submit(100);
        fixture.store.isHoldingBack = false;
        fixture.store.answer();

        assertThat(fixture.engine.intake().memory().open()).isEqualTo(10);
    }

    @Test
    void a_transaction_larger_than_the_budget_is_admitted_into_empty_memory() {
        var _ = fixture.engine.accept(EngineFixture.heavy("large", 3 * BUDGET));
        var _ = fixture.engine.accept(EngineFixture.heavy("small", 1));

        assertThat(fixture.engine.intake().memory().open()).isEqualTo(1);
        assertThat(fixture.calls).hasSize(1);
    }

    @Test
    void transactions_that_leave_memory_release_their_bytes() {
        submit(3);
        fixture.calls.remove().succeed();
        fixture.calls.remove().answer().accept(new Outcome.Misconfigured("gone", false));
        var _ = fixture.engine.accept(EngineFixture.heavy("g0", MIB));
        fixture.store.whyNotAnswered = new StoreFailure("a defect", new IllegalStateException());
        var _ = fixture.engine.accept(EngineFixture.heavy("unanswered", MIB));
        assertThat(fixture.engine.intake().memory().heldBytes()).isBetween((long) MIB, 2L * MIB);

        fixture.engine.abandon();

        assertThat(fixture.engine.intake().memory().open()).isZero();
        assertThat(fixture.engine.intake().memory().heldBytes()).isZero();
    }

    @Test
    void transactions_that_grow_beyond_capacity_rest_and_continue_later() {
        for (int i = 0; i < 20; i++) {
            var _ = fixture.engine.accept(EngineFixture.heavy("g" + i, 1, "second"));
        }
        ByteString large = ByteString.copyFrom(new byte[MIB]);
        for (int i = 0; i < 20; i++) {
            fixture.calls.remove().answer().accept(new Outcome.Succeeded(large));
        }
        List<EngineFixture.Open> inFlight = List.copyOf(fixture.calls);
        fixture.calls.clear();
        assertThat(inFlight).hasSize(20);
        inFlight.getLast().succeed();
        assertThat(fixture.store.rows.get("g19")).isInstanceOf(FinishedRow.class);
        inFlight.get(18).answer().accept(new Outcome.Unknown("no answer", null));

        OpenRow resting = fixture.store.open("g18");
        assertThat(resting.owner()).isNull();
        assertThat(resting.dueAt()).isEqualTo(EngineFixture.NOON);
        inFlight.subList(0, 18).forEach(EngineFixture.Open::succeed);
        assertThat(fixture.engine.intake().memory().heldBytes()).isZero();

        var _ = new Takeover(fixture.engine.intake(), fixture.environment, 500, _ -> {})
                .begin(new Takeover.DueRows(fixture.store, List.of(0)));
        fixture.pass(Duration.ofSeconds(5));
        fixture.calls.remove().succeed();

        assertThat(fixture.store.rows.values()).hasSize(20).allMatch(FinishedRow.class::isInstance);
    }

    @Test
    void a_transaction_that_grows_alone_stays_in_memory() {
        var _ = fixture.engine.accept(EngineFixture.heavy("g", 1, "second"));
        fixture.calls.remove().answer().accept(new Outcome.Succeeded(ByteString.copyFrom(new byte[2 * BUDGET])));

        fixture.calls.remove().answer().accept(new Outcome.Unknown("no answer", null));
        fixture.pass(Duration.ofSeconds(5));

        assertThat(fixture.store.open("g").owner()).isEqualTo(FakeStore.ME);
        assertThat(fixture.calls).hasSize(1);
    }

    @Test
    void orphaned_rows_are_taken_in_one_at_a_time_without_capacity() {
        submit(10);
        for (String gid : List.of("stray-1", "stray-2")) {
            fixture.store.whyNotAnswered = new StoreFailure("a defect", new IllegalStateException());
            var _ = fixture.engine.accept(EngineFixture.heavy(gid, MIB));
            fixture.store.own(gid, FakeStore.ME);
        }
        findOrphanedRows();
        findOrphanedRows();
        assertThat(fixture.engine.intake().memory().open()).isEqualTo(11);

        for (int i = 0; i < 3; i++) {
            fixture.calls.remove().succeed();
        }
        findOrphanedRows();

        assertThat(fixture.engine.intake().memory().open()).isEqualTo(9);
        assertThat(fixture.engine.intake().orphanedRows().scan()).isCompletedWithValue(0);
    }

    private void findOrphanedRows() {
        fixture.pass(Duration.ofSeconds(2));
        fixture.engine.intake().orphanedRows().scan().join();
    }

    private void submit(int count) {
        for (int i = 0; i < count; i++) {
            var _ = fixture.engine.accept(EngineFixture.heavy("g" + i, MIB));
        }
    }

    private long restingRows() {
        return fixture.store.rows.values().stream()
                .filter(row -> row instanceof OpenRow open && open.owner() == null && open.dueAt() != null)
                .count();
    }
}
