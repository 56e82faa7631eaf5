package dev.entente.server.console;

import com.google.protobuf.util.Durations;
import dev.entente.server.console.drawing.StatusStyle;
import dev.entente.server.console.part.ApiResult;
import dev.entente.server.console.part.Badge;
import dev.entente.server.console.part.DisplayedTime;
import dev.entente.server.console.part.Texts;
import dev.entente.v1.Coordinator;
import dev.entente.v1.Ended;
import dev.entente.v1.Participant;
import dev.entente.v1.Statistics;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;

/**
 * One process lifetime of a coordinator.
 *
 * @param one as the API reports it, without values that change with the clock only
 * @param beat the age of the last heartbeat
 * @param counts since the start of the process
 * @param unavailable the participants that do not respond to the process
 */
public record CoordinatorRow(
        Coordinator one, Badge life, String beat, ApiResult<Counts> counts, List<Participant> unavailable) {
    /**
     * The counters of one process.
     *
     * @param adopted rows that the process took over or claimed
     */
    public record Counts(
            DisplayedTime since, long accepted, String rate, long adopted, long leasesLost, List<Line> ended) {}

    /** Transactions of one pattern that finished in one state. */
    public record Line(String pattern, Badge state, long count, String rate, String mean, String within95) {}

    static CoordinatorRow of(Coordinator one, ApiResult<Statistics> statistics, Instant now, Texts texts) {
        Statistics known = statistics.value();
        return new CoordinatorRow(
                one.toBuilder().clearLastBeatAge().build(),
                life(one, texts),
                texts.ago(Duration.ofSeconds(one.getLastBeatAge().getSeconds())),
                statistics.map(counted -> counts(counted, now, texts)),
                known == null ? List.of() : known.getParticipantsList());
    }

    private static Badge life(Coordinator one, Texts texts) {
        if (one.getLeaseExpired()) {
            return new Badge(StatusStyle.BAD, texts.of("coordinator.expired"));
        }
        return one.getAlive()
                ? new Badge(StatusStyle.GOOD, texts.of("coordinator.alive"))
                : new Badge(one.getOpen() > 0 ? StatusStyle.BAD : StatusStyle.CALM, texts.of("coordinator.gone"));
    }

    /** Returns the alert whose runbook applies to the state of the process; empty for none. */
    public String alert() {
        if (one.getLeaseExpired()) {
            // A process that responds cannot write to the database.
            return counts.error().isEmpty() ? "EntenteDatabaseUnreachable" : "EntenteCoordinatorMissing";
        }
        return !one.getAlive() && one.getOpen() > 0 ? "EntenteCoordinatorMissing" : "";
    }

    private static Counts counts(Statistics counted, Instant now, Texts texts) {
        double seconds = Math.max(1, Durations.toNanos(counted.getAge()) / 1e9);
        long accepted = counted.getAcceptedMap().values().stream()
                .mapToLong(Long::longValue)
                .sum();
        return new Counts(
                DisplayedTime.of(counted.getStartTime(), now, texts),
                accepted,
                rate(accepted, seconds, texts),
                counted.getAdopted(),
                counted.getLeasesLost(),
                counted.getEndedList().stream()
                        .sorted(Comparator.comparingInt(Ended::getPatternValue).thenComparingInt(Ended::getStateValue))
                        .map(ended -> line(ended, seconds, texts))
                        .toList());
    }

    private static Line line(Ended ended, double seconds, Texts texts) {
        return new Line(
                texts.word("pattern", ended.getPattern()),
                Badge.of(ended.getState(), texts),
                ended.getCount(),
                rate(ended.getCount(), seconds, texts),
                span(ended.getMean(), texts),
                ended.hasWithin95()
                        ? texts.of("counts.at-most", span(ended.getWithin95(), texts))
                        : texts.of("counts.beyond"));
    }

    private static String rate(long count, double seconds, Texts texts) {
        return texts.of("counts.per-second", Texts.decimals(count / seconds));
    }

    private static String span(com.google.protobuf.Duration length, Texts texts) {
        return texts.span(Duration.ofNanos(Durations.toNanos(length)));
    }
}
