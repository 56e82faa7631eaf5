package dev.entente.server.engine.incarnation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.decision.Decider;
import dev.entente.server.engine.EngineFixture;
import dev.entente.server.engine.EngineSettings;
import dev.entente.server.engine.FakeStore;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.Predecessor;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

final class TakeoverTest {
    private static final int BATCH = 500;
    private static final long DEAD = 99;

    private final EngineFixture fixture = new EngineFixture();
    private final List<Throwable> failures = new ArrayList<>();
    private final Takeover takeover = new Takeover(fixture.engine.intake(), fixture.environment, BATCH, failures::add);

    /** Rows that another coordinator left behind. */
    private static final class RemainingRows extends Takeover.Source {
        private final ArrayDeque<OpenRow> rows = new ArrayDeque<>();
        private final List<Integer> limits = new ArrayList<>();
        private int failsAt = Integer.MAX_VALUE;

        RemainingRows(int count) {
            super(new FakeStore(), "left", true);
            EngineFixture dead = new EngineFixture();
            for (int i = 0; i < count; i++) {
                dead.submit("left-%05d".formatted(i), "one");
            }
            dead.store.rows.values().forEach(row -> rows.add((OpenRow) row));
            isExhausted = rows.isEmpty();
        }

        @Override
        CompletableFuture<List<OpenRow>> take(int limit, long bytes) {
            limits.add(limit);
            if (limits.size() == failsAt) {
                return CompletableFuture.failedFuture(new IllegalStateException("the database is away"));
            }
            List<OpenRow> taken = new ArrayList<>();
            long total = 0;
            while (taken.size() < limit && !rows.isEmpty()) {
                total += rows.getFirst().payloadBytes();
                if (!taken.isEmpty() && total > bytes) {
                    break;
                }
                taken.add(rows.remove());
            }
            isExhausted = rows.isEmpty();
            return CompletableFuture.completedFuture(taken);
        }
    }

    @Test
    void batches_of_a_takeover_grow_from_8_rows_to_the_limit() {
        RemainingRows remaining = new RemainingRows(900);

        assertThat(takeover.begin(remaining)).isCompletedWithValue(900);

        assertThat(remaining.limits).containsExactly(8, 8, 16, 32, 64, 128, 256, 500);
        assertThat(fixture.calls).hasSize(900);
    }

    @Test
    void begin_completes_when_there_is_enough_work_in_memory() {
        RemainingRows remaining = new RemainingRows(3000);

        assertThat(takeover.begin(remaining)).isCompletedWithValue(1012);

        assertThat(remaining.rows).hasSize(1988);
    }

    @Test
    void more_rows_are_taken_after_transactions_finish() {
        RemainingRows remaining = new RemainingRows(3000);
        var _ = takeover.begin(remaining);
        fixture.pass(Duration.ofMillis(5));
        for (int i = 0; i < 20; i++) {
            fixture.calls.remove().succeed();
        }

        fixture.pass(Duration.ofMillis(5));

        assertThat(remaining.rows).hasSize(1488);
    }

    @Test
    void no_more_rows_are_taken_while_enough_transactions_make_progress() {
        RemainingRows remaining = new RemainingRows(3000);
        var _ = takeover.begin(remaining);
        fixture.calls.remove().succeed();
        fixture.pass(Duration.ofMillis(10));
        assertThat(remaining.rows).hasSize(1988);

        fixture.pass(Duration.ofMillis(10));
        assertThat(remaining.rows).as("nothing moved").hasSizeLessThan(1988);
    }

    @Test
    void all_rows_are_taken_eventually_without_any_progress() {
        RemainingRows remaining = new RemainingRows(3000);
        var _ = takeover.begin(remaining);

        fixture.pass(Duration.ofSeconds(1));

        assertThat(remaining.rows).isEmpty();
        assertThat(fixture.calls).hasSize(3000);
    }

    @Test
    void rows_without_capacity_wait_and_do_not_delay_the_result() {
        RemainingRows remaining = new RemainingRows(100);
        long size = remaining.rows.getFirst().payloadBytes();
        EngineFixture small = new EngineFixture(new Decider(), EngineSettings.STANDARD.holding(10 * size));
        remaining.rows.forEach(row -> small.store.rows.put(row.gid(), row));
        CompletableFuture<Integer> enough =
                new Takeover(small.engine.intake(), small.environment, BATCH, failures::add).begin(remaining);
        assertThat(enough).isCompletedWithValue(10);

        small.pass(Duration.ofHours(1));
        assertThat(small.calls).hasSize(10);
        for (int i = 0; i < 100; i++) {
            small.calls.remove().succeed();
            small.pass(Duration.ofSeconds(1));
        }

        assertThat(remaining.rows).isEmpty();
        assertThat(small.everCalled).hasSize(100);
        assertThat(small.engine.intake().memory().heldBytes()).isZero();
    }

    @Test
    void a_failed_batch_releases_its_reserved_capacity() {
        RemainingRows remaining = new RemainingRows(1);
        remaining.failsAt = 1;

        assertThat(takeover.begin(remaining)).isCompletedExceptionally();

        assertThat(fixture.engine.intake().memory().heldBytes()).isZero();
    }

    @Test
    void a_takeover_from_one_source_does_not_run_twice_at_a_time() {
        var _ = takeover.begin(new RemainingRows(3000));

        assertThat(takeover.begin(new RemainingRows(10))).isCompletedWithValue(0);
        fixture.pass(Duration.ofSeconds(1));
        assertThat(takeover.begin(new RemainingRows(10))).isCompletedWithValue(10);
    }

    @Test
    void a_failure_is_reported_to_the_waiter_and_a_new_takeover_can_start() {
        RemainingRows remaining = new RemainingRows(100);
        remaining.failsAt = 2;

        assertThat(takeover.begin(remaining)).isCompletedExceptionally();
        assertThat(takeover.begin(remaining)).isCompletedWithValue(92);
        assertThat(failures).isEmpty();
    }

    @Test
    void a_failure_after_the_result_is_reported() {
        RemainingRows remaining = new RemainingRows(3000);
        remaining.failsAt = 10;

        assertThat(takeover.begin(remaining)).isCompletedWithValue(1012);
        fixture.pass(Duration.ofSeconds(1));

        assertThat(failures).singleElement().hasToString("java.lang.IllegalStateException: the database is away");
    }

    @Test
    void a_message_leaves_memory_when_its_adopted_head_waits_for_capacity() {
        EngineFixture narrow = new EngineFixture(new Decider(), EngineSettings.STANDARD.holding(1));
        EngineFixture other = new EngineFixture();
        var _ = other.engine.accept(EngineFixture.message("head", null));
        narrow.store.rows.put("head", other.store.rows.get("head"));
        narrow.store.own("head", DEAD);
        narrow.store.ahead.put("next", new Predecessor("head", "delivery-1", null));
        var _ = narrow.engine.accept(EngineFixture.message("next", null));
        narrow.pass(Duration.ofMinutes(1));
        assertThat(narrow.store.open("next").owner())
                .as("its coordinator lives")
                .isNotNull();

        var _ = new Takeover(narrow.engine.intake(), narrow.environment, 1, _ -> {})
                .begin(new Takeover.DeadRows(narrow.store, DEAD));
        narrow.pass(Duration.ofMinutes(1));

        assertThat(narrow.store.open("next").owner()).isNull();
        assertThat(narrow.engine.intake().memory().isWaitingForCapacity(DEAD)).isFalse();
    }
}
