package dev.entente.server.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.server.decision.Decider;
import dev.entente.server.store.FinishedRow;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.StoreFailure;
import dev.entente.server.transaction.Outcome;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is held in memory is bounded by its bytes, not only by its number. */
final class LoadTest {
    private static final int MIB = 1 << 20;
    private static final int BUDGET = 10 * MIB;

    private final EngineFixture fixture = new EngineFixture(new Decider(), Settings.STANDARD.holding(BUDGET));

    @Test
    void what_is_accepted_beyond_the_budget_waits_in_the_table() {
        submit(100);

        assertThat(fixture.store.rows).hasSize(100);
        assertThat(fixture.engine.open()).isEqualTo(10);
        assertThat(fixture.engine.openBytes()).isBetween((long) BUDGET, BUDGET + 2L * MIB);
        assertThat(fixture.calls).hasSize(10);
        assertThat(unheld()).isEqualTo(90);
    }

    @Test
    void all_of_them_end_once_the_participants_answer_and_never_more_than_fit_are_held() {
        Takeover takeover = new Takeover(fixture.engine, fixture.world, 500, _ -> {});
        submit(100);
        var _ = takeover.begin(new DueRows(fixture.store, List.of(0)));

        while (!fixture.calls.isEmpty()) {
            assertThat(fixture.engine.openBytes()).isLessThan(BUDGET + 2L * MIB);
            fixture.calls.remove().succeed();
            fixture.pass(Duration.ofMillis(100));
        }

        assertThat(fixture.store.rows.values()).hasSize(100).allMatch(FinishedRow.class::isInstance);
        assertThat(fixture.engine.openBytes()).isZero();
    }

    @Test
    void what_is_on_its_way_counts_already() {
        fixture.store.isHoldingBack = true;
        submit(100);
        fixture.store.isHoldingBack = false;
        fixture.store.answer();

        assertThat(fixture.engine.open()).isEqualTo(10);
    }

    @Test
    void one_larger_than_the_budget_is_let_in_where_nothing_is_held() {
        var _ = fixture.engine.accept(EngineFixture.heavy("large", 3 * BUDGET));
        var _ = fixture.engine.accept(EngineFixture.heavy("small", 1));

        assertThat(fixture.engine.open()).isEqualTo(1);
        assertThat(fixture.calls).hasSize(1);
    }

    @Test
    void what_has_left_weighs_nothing_however_it_left() {
        submit(3);
        fixture.calls.remove().succeed();
        fixture.calls.remove().answer().accept(new Outcome.Misconfigured("gone", false));
        var _ = fixture.engine.accept(EngineFixture.heavy("g0", MIB));
        fixture.store.whyNotAnswered = new StoreFailure("a defect", new IllegalStateException());
        var _ = fixture.engine.accept(EngineFixture.heavy("unanswered", MIB));
        assertThat(fixture.engine.openBytes()).isBetween((long) MIB, 2L * MIB);

        fixture.engine.abandon();

        assertThat(fixture.engine.open()).isZero();
        assertThat(fixture.engine.openBytes()).isZero();
    }

    private void submit(int count) {
        for (int i = 0; i < count; i++) {
            var _ = fixture.engine.accept(EngineFixture.heavy("g" + i, MIB));
        }
    }

    private long unheld() {
        return fixture.store.rows.values().stream()
                .filter(row -> row instanceof OpenRow open && open.owner() == null && open.dueAt() != null)
                .count();
    }
}
