package dev.entente.server.telemetry;

import dev.entente.core.transaction.TransactionState;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.distribution.CountAtBucket;
import io.micrometer.core.instrument.distribution.HistogramSnapshot;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * How many transactions were accepted, finished and parked in a period. Immutable.
 *
 * @param finishedWithin how many finished within each of {@link #BOUNDS} after their creation
 */
public record Throughput(
        long accepted, long succeeded, long aborted, long givenUp, long parked, List<Long> finishedWithin) {
    /** The table {@code minute_count} depends on these bounds. */
    public static final List<Duration> BOUNDS = List.of(Meters.LIFE_BOUNDS);

    public static final Throughput NONE = new Throughput(0, 0, 0, 0, 0, Collections.nCopies(BOUNDS.size(), 0L));

    private static final double MOST = 0.95;

    static Throughput of(
            Collection<Counter> accepted, Collection<Map<TransactionState, Timer>> lives, Collection<Counter> parked) {
        Map<TransactionState, Long> finished = new EnumMap<>(TransactionState.class);
        long[] within = new long[BOUNDS.size()];
        lives.forEach(timers -> timers.forEach((state, timer) -> {
            HistogramSnapshot times = timer.takeSnapshot();
            finished.merge(state, times.count(), Long::sum);
            CountAtBucket[] buckets = times.histogramCounts(); // cumulative
            for (int i = 0; i < Math.min(within.length, buckets.length); i++) {
                within[i] += (long) buckets[i].count();
            }
        }));
        return new Throughput(
                sum(accepted),
                finished.getOrDefault(TransactionState.SUCCEEDED, 0L),
                finished.getOrDefault(TransactionState.ABORTED, 0L),
                finished.getOrDefault(TransactionState.GIVEN_UP, 0L),
                sum(parked),
                LongStream.of(within).boxed().toList());
    }

    private static long sum(Collection<Counter> counters) {
        return counters.stream().mapToLong(counter -> (long) counter.count()).sum();
    }

    /** Returns the numbers since an earlier time, if both are sums since the same start. */
    public Throughput since(Throughput earlier) {
        return new Throughput(
                accepted - earlier.accepted,
                succeeded - earlier.succeeded,
                aborted - earlier.aborted,
                givenUp - earlier.givenUp,
                parked - earlier.parked,
                IntStream.range(0, BOUNDS.size())
                        .mapToObj(i -> finishedWithin.get(i) - earlier.finishedWithin.get(i))
                        .toList());
    }

    /** Returns the smallest bound that covers 95 % of the finished ones; null for none, and beyond the last bound. */
    public @Nullable Duration within95() {
        long finished = succeeded + aborted + givenUp;
        return IntStream.range(0, BOUNDS.size())
                .filter(i -> finished > 0 && finishedWithin.get(i) >= MOST * finished)
                .mapToObj(BOUNDS::get)
                .findFirst()
                .orElse(null);
    }
}
