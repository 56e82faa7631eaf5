package dev.entente.server.store.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.store.Database;
import dev.entente.server.store.TestDatabase;
import dev.entente.server.telemetry.Metrics;
import dev.entente.server.telemetry.Throughput;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MinuteCountsTest {
    private static final Instant FIRST =
            Instant.now().truncatedTo(ChronoUnit.MINUTES).minus(50, ChronoUnit.MINUTES);

    private final Database database = TestDatabase.migrated();
    private Instant now = FIRST;

    @AfterEach
    void close() {
        database.close();
    }

    private MinuteCounts counts(String node, Metrics metrics) {
        return new MinuteCounts(database, node, metrics, () -> now);
    }

    private Map<Instant, Throughput> read(Duration span, Duration step) {
        return database.forPeople(handle -> MinuteCounts.read(handle, span, step));
    }

    private static void finish(Metrics metrics, int number, TransactionState state, int millis) {
        for (int i = 0; i < number; i++) {
            metrics.finished(Pattern.SAGA, state, Duration.ofMillis(millis));
        }
    }

    private static void accept(Metrics metrics, int number) {
        for (int i = 0; i < number; i++) {
            metrics.accepted(Pattern.TCC);
        }
    }

    @Test
    void counts_belong_to_the_minute_before_and_coordinators_and_their_restarts_are_added() {
        Metrics metrics = Metrics.withoutJvm();
        Metrics others = Metrics.withoutJvm();
        Metrics restarted = Metrics.withoutJvm();
        try (MinuteCounts one = counts("a", metrics);
                MinuteCounts other = counts("b", others)) {
            accept(metrics, 30);
            finish(metrics, 18, TransactionState.SUCCEEDED, 3);
            metrics.parked(ParkReason.UNDO_REFUSED);
            one.round();
            try (MinuteCounts again = counts("a", restarted)) {
                accept(restarted, 4);
                finish(restarted, 1, TransactionState.ABORTED, 40);
                again.round();
            }
            accept(others, 5);
            finish(others, 1, TransactionState.GIVEN_UP, 4_000_000);
            now = FIRST.plusSeconds(60);
            other.round();
            finish(metrics, 1, TransactionState.SUCCEEDED, 20);
            one.round();
            finish(metrics, 1, TransactionState.SUCCEEDED, 4_000_000);
            one.round();
        }

        assertThat(TestDatabase.number(database, "select count(*) from minute_count"))
                .isEqualTo(3);
        Map<Instant, Throughput> minutes = read(Duration.ofHours(1), Duration.ofMinutes(1));
        assertThat(minutes).containsOnlyKeys(FIRST, now);
        assertThat(minutes.get(FIRST))
                .returns(39L, Throughput::accepted)
                .returns(19L, Throughput::succeeded)
                .returns(1L, Throughput::aborted)
                .returns(1L, Throughput::givenUp)
                .returns(1L, Throughput::parked)
                .returns(Duration.ofMillis(50), Throughput::within95);
        assertThat(minutes.get(now)).returns(1L, Throughput::succeeded).returns(null, Throughput::within95);
        assertThat(Throughput.NONE.within95()).isNull();
    }

    @Test
    void counts_of_a_failed_write_are_written_later() {
        Metrics metrics = Metrics.withoutJvm();
        try (MinuteCounts counts = counts("a", metrics)) {
            TestDatabase.execute(database, "alter table minute_count rename to absent");
            accept(metrics, 3);
            counts.round();
            TestDatabase.execute(database, "alter table absent rename to minute_count");
            accept(metrics, 2);
            counts.round();
            counts.round();
        }
        assertThat(TestDatabase.number(database, "select sum(accepted) from minute_count"))
                .isEqualTo(5);
    }

    @Test
    void a_day_has_288_steps_and_minutes_are_removed_after_eight_days() {
        TestDatabase.execute(database, """
            insert into minute_count select minute, node, 1, 1, 0, 0, 0, array[0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]
            from generate_series(
              date_trunc('minute', now()) - interval '9 days', date_trunc('minute', now()), interval '1 minute') minute,
              (values ('a'), ('b')) nodes (node)\
            """);
        Map<Instant, Throughput> day = read(Duration.ofDays(1), Duration.ofMinutes(5));
        assertThat(day).hasSize(288);
        assertThat(day.values()).extracting(Throughput::accepted).containsOnly(10L);
        assertThat(day.values()).extracting(Throughput::within95).containsOnly(Duration.ofMillis(10));

        try (Retention retention = new Retention(database, Duration.ofDays(14))) {
            assertThat(retention.sliceAndPause()).isPositive();
        }
        assertThat(TestDatabase.number(database, "select count(*) from minute_count"))
                .isBetween(2L * 8 * 1440, 2L * (8 * 1440 + 1));
    }

    @Test
    void a_close_writes_the_counts_of_the_current_minute() {
        Metrics metrics = Metrics.withoutJvm();
        try (MinuteCounts counts = counts("a", metrics)) {
            counts.start();
            accept(metrics, 3);
        }
        Awaitility.await()
                .until(() -> TestDatabase.number(database, "select coalesce(sum(accepted), 0) from minute_count") == 3);
    }
}
