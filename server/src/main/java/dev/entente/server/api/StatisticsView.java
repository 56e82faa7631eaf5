package dev.entente.server.api;

import dev.entente.server.engine.OwnedElsewhere;
import dev.entente.server.telemetry.Metrics;
import dev.entente.server.telemetry.Totals;
import dev.entente.v1.Ended;
import dev.entente.v1.Statistics;
import dev.entente.wire.Times;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;

/** The counters of this coordinator since its start, and the participants that do not respond to it. Thread-safe. */
final class StatisticsView {
    private final String node;
    private final Peers peers;
    private final Metrics metrics;
    private final Directory directory;

    /** @param node this coordinator's name */
    StatisticsView(String node, Peers peers, Metrics metrics, Directory directory) {
        this.node = node;
        this.peers = peers;
        this.metrics = metrics;
        this.directory = directory;
    }

    /**
     * Returns the statistics of one coordinator.
     *
     * @param incarnation 0 for this coordinator
     * @return fails with {@link OwnedElsewhere} if another coordinator has the statistics
     */
    CompletableFuture<Statistics> of(long incarnation) {
        return incarnation == 0 || peers.node(incarnation).equals(node)
                ? CompletableFuture.completedFuture(shown(metrics.totals()))
                : CompletableFuture.failedFuture(new OwnedElsewhere(incarnation));
    }

    private Statistics shown(Totals totals) {
        Instant now = Instant.now();
        Statistics.Builder shown = Statistics.newBuilder()
                .setStartTime(Times.proto(totals.since()))
                .setAge(Times.proto(Duration.between(totals.since(), now)))
                .setAdopted(totals.adopted())
                .setLeasesLost(totals.leasesLost());
        totals.accepted().forEach((pattern, count) -> shown.putAccepted(pattern.name(), count));
        totals.ended().forEach(each -> {
            Ended.Builder ended = shown.addEndedBuilder()
                    .setPatternValue(each.pattern().code())
                    .setStateValue(each.state().code())
                    .setCount(each.count())
                    .setMean(Times.proto(each.mean()));
            java.time.Duration most = each.within95();
            if (most != null) {
                ended.setWithin95(Times.proto(most));
            }
        });
        directory.statuses().stream()
                .filter(status -> status.isUnavailable(now))
                .forEach(status ->
                        shown.addParticipants(OperatorView.shown(status).clearCalls()));
        return shown.build();
    }
}
