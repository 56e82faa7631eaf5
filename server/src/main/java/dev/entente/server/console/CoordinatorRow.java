package dev.entente.server.console;

import com.google.protobuf.Duration;
import dev.entente.server.console.part.Badge;
import dev.entente.server.console.part.Moment;
import dev.entente.server.console.part.Part;
import dev.entente.server.console.part.Texts;
import dev.entente.v1.Coordinator;
import dev.entente.v1.Ended;
import dev.entente.v1.Statistics;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;

/**
 * One life of a coordinator.
 *
 * @param beat how long ago it gave its last sign of life
 * @param open transactions that it holds
 * @param counts what it has counted since its start
 */
public record CoordinatorRow(
        String node,
        String incarnation,
        String address,
        String version,
        Badge life,
        String beat,
        String open,
        Part<Counts> counts) {
    /**
     * The counts of one.
     *
     * @param adopted rows that it took over or claimed
     */
    public record Counts(
            Moment since, String accepted, String rate, String adopted, String leasesLost, List<Line> ended) {}

    /** Transactions of one pattern that ended in one state. */
    public record Line(String pattern, Badge state, String count, String rate, String mean, String within95) {}

    static CoordinatorRow of(Coordinator one, Part<Statistics> statistics, Instant now, Texts texts) {
        return new CoordinatorRow(
                one.getNode(),
                Long.toString(one.getIncarnation()),
                one.getAddress(),
                one.getVersion(),
                one.getAlive()
                        ? new Badge("good", texts.of("coordinator.alive"))
                        : new Badge(one.getOpen() > 0 ? "bad" : "calm", texts.of("coordinator.gone")),
                texts.ago(java.time.Duration.ofSeconds(one.getLastBeatAge().getSeconds())),
                Long.toString(one.getOpen()),
                statistics.map(counted -> counts(counted, now, texts)));
    }

    private static Counts counts(Statistics counted, Instant now, Texts texts) {
        double seconds = Math.max(1, nanos(counted.getAge()) / 1e9);
        long accepted = counted.getAcceptedMap().values().stream()
                .mapToLong(Long::longValue)
                .sum();
        return new Counts(
                Moment.of(counted.getStartTime(), now, texts),
                Long.toString(accepted),
                rate(accepted, seconds, texts),
                Long.toString(counted.getAdopted()),
                Long.toString(counted.getLeasesLost()),
                counted.getEndedList().stream()
                        .sorted(Comparator.comparingInt(Ended::getPatternValue).thenComparingInt(Ended::getStateValue))
                        .map(ended -> line(ended, seconds, texts))
                        .toList());
    }

    private static Line line(Ended ended, double seconds, Texts texts) {
        return new Line(
                texts.word("pattern", ended.getPattern()),
                Badge.of(ended.getState(), texts),
                Long.toString(ended.getCount()),
                rate(ended.getCount(), seconds, texts),
                texts.span(java.time.Duration.ofNanos(nanos(ended.getMean()))),
                ended.hasWithin95()
                        ? texts.of("counts.at-most", texts.span(java.time.Duration.ofNanos(nanos(ended.getWithin95()))))
                        : texts.of("counts.beyond"));
    }

    private static String rate(long count, double seconds, Texts texts) {
        return texts.of("counts.per-second", Texts.decimals(count / seconds));
    }

    private static long nanos(Duration duration) {
        return duration.getSeconds() * 1_000_000_000 + duration.getNanos();
    }
}
