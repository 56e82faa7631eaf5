package dev.entente.server.http;

import dev.entente.server.telemetry.LineAMinute;
import dev.entente.server.telemetry.Metrics;
import java.util.EnumMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts what the HTTP port refused, and logs each reason once a minute. Thread-safe. */
final class RefusedRequests {
    private static final Logger log = LoggerFactory.getLogger(RefusedRequests.class);

    private final Metrics metrics;
    private final Map<HttpRefusal, LineAMinute> lines = new EnumMap<>(HttpRefusal.class);

    RefusedRequests(Metrics metrics) {
        this.metrics = metrics;
        for (HttpRefusal why : HttpRefusal.values()) {
            lines.put(why, new LineAMinute(System::nanoTime));
        }
    }

    /** Counts a refusal, and logs it if no other of its kind was logged for a minute. */
    void count(HttpRefusal why, Object peer) {
        metrics.httpRefused(why.label());
        LineAMinute line = lines.get(why);
        int before = line == null ? LineAMinute.WITHHELD : line.due();
        if (before != LineAMinute.WITHHELD) {
            log.warn("refused on the HTTP port, from {}: {}; {} more since the last such line", peer, why, before);
        }
    }
}
