package dev.entente.server.telemetry;

import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.TransactionState;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.distribution.CountAtBucket;
import io.micrometer.core.instrument.distribution.HistogramSnapshot;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The sums of a coordinator's meters since its start, for users. Immutable.
 *
 * @param since by this machine's clock
 * @param accepted the number of plans; patterns without plans are omitted
 * @param adopted rows that were taken over or claimed
 */
public record Totals(Instant since, Map<Pattern, Long> accepted, List<Ended> ended, long adopted, long leasesLost) {
    private static final double MAX = 0.95;

    /**
     * The transactions of one pattern that finished in one state.
     *
     * @param count at least 1
     * @param mean from creation to the final state
     * @param within95 the smallest histogram bound that covers 95 % of the transactions; null beyond the last bound
     */
    public record Ended(
            Pattern pattern,
            TransactionState state,
            long count,
            Duration mean,
            @Nullable Duration within95) {}

    static Totals of(
            Instant since,
            Map<Pattern, Counter> accepted,
            Map<Pattern, Map<TransactionState, Timer>> lives,
            Counter adopted,
            Counter leasesLost) {
        Map<Pattern, Long> plans = new TreeMap<>();
        accepted.forEach((pattern, counter) -> {
            if (counter.count() > 0) {
                plans.put(pattern, (long) counter.count());
            }
        });
        List<Ended> ended = new ArrayList<>();
        lives.forEach((pattern, timers) -> timers.forEach((state, timer) -> {
            if (timer.count() > 0) {
                ended.add(ended(pattern, state, timer.takeSnapshot()));
            }
        }));
        return new Totals(since, plans, List.copyOf(ended), (long) adopted.count(), (long) leasesLost.count());
    }

    private static Ended ended(Pattern pattern, TransactionState state, HistogramSnapshot times) {
        Duration mean = Duration.ofNanos((long) times.mean(TimeUnit.NANOSECONDS));
        return new Ended(pattern, state, times.count(), mean, within95(times));
    }

    /** Uses the buckets, which are cumulative. */
    private static @Nullable Duration within95(HistogramSnapshot times) {
        for (CountAtBucket bucket : times.histogramCounts()) {
            if (bucket.count() >= MAX * times.count() && !Double.isInfinite(bucket.bucket())) {
                return Duration.ofNanos((long) bucket.bucket());
            }
        }
        return null;
    }
}
