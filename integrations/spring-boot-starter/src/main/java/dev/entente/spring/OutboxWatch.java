package dev.entente.spring;

import dev.entente.outbox.Backlog;
import dev.entente.outbox.Outbox;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks whether the outbox accepts messages, and whether a relay in any application takes them. Warns at most once per
 * hour if no relay takes them. Thread-safe.
 */
final class OutboxWatch implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(OutboxWatch.class);
    private static final Duration WARN_EVERY = Duration.ofHours(1);
    /** The number of checks to skip without an outbox: ten minutes. */
    private static final int FEWER_LOOKS = 60;

    private static final int MAX_NAMED = 3;

    private final Supplier<@Nullable Outbox> outboxes;
    private final DataSource dataSource;
    private final boolean isRelayed;
    private volatile Reading last = new Reading(null, null, "the outbox was not checked yet", false);
    private int looksToLeaveOut;
    private @Nullable Long warnedNanos;

    /**
     * The result of one check.
     *
     * @param backlog null if the outbox cannot be read
     * @param unattended the longest wait of a message that no relay takes; null if there is none
     * @param error null without a failure
     * @param isDown whether an operator must act
     */
    record Reading(
            @Nullable Backlog backlog,
            @Nullable Duration unattended,
            @Nullable String error,
            boolean isDown) {
        /** Returns whether a transaction can enqueue. */
        boolean canEnqueue() {
            return backlog != null;
        }
    }

    /**
     * @param outboxes returns null if the application's database has none; queries the database
     * @param isRelayed whether a relay runs in this application. Then a missing table is an error, and the relay
     *     reports an unavailable database
     */
    OutboxWatch(Supplier<@Nullable Outbox> outboxes, DataSource dataSource, boolean isRelayed) {
        this.outboxes = outboxes;
        this.dataSource = dataSource;
        this.isRelayed = isRelayed;
    }

    Reading last() {
        return last;
    }

    @Override
    public synchronized void run() {
        if (looksToLeaveOut > 0) {
            looksToLeaveOut--;
            return;
        }
        try {
            Outbox outbox = outboxes.get();
            if (outbox == null) {
                looksToLeaveOut = FEWER_LOOKS;
                last = new Reading(null, null, "there is no outbox on this database", false);
                return;
            }
            Map<String, Duration> found = outbox.unattended(dataSource);
            Duration unattended = found.values().stream().findFirst().orElse(null);
            String error = unattended == null ? null : describe(found.keySet());
            last = new Reading(outbox.backlog(dataSource), unattended, error, error != null);
            warn(unattended, error);
        } catch (SQLException | RuntimeException | Error failed) { // health shows each failure
            LOG.debug("the outbox could not be checked", failed);
            boolean isMissing = Housekeeping.isMissingTable(failed);
            looksToLeaveOut = isMissing && !isRelayed ? FEWER_LOOKS : 0;
            String error = isMissing
                    ? "there is no table entente_outbox (entente.outbox.create-tables)"
                    : String.valueOf(failed.getMessage());
            last = new Reading(null, null, error, isMissing == isRelayed);
        }
    }

    private static String describe(Set<String> destinations) {
        String named = destinations.stream()
                .limit(MAX_NAMED)
                .map(name -> "'" + name + "'")
                .collect(Collectors.joining(", "));
        int others = destinations.size() - MAX_NAMED;
        return "no relay takes messages for " + named + (others > 0 ? " and " + others + " more" : "")
                + "; run a relay with their carrier or channel on this database (entente.outbox.relay.enabled,"
                + " OutboxRelayCustomizer)";
    }

    private void warn(@Nullable Duration unattended, @Nullable String error) {
        long now = System.nanoTime();
        if (unattended != null && (warnedNanos == null || now - warnedNanos > WARN_EVERY.toNanos())) {
            warnedNanos = now;
            LOG.warn("the oldest message of the outbox has waited for {}, and {}", unattended, error);
        }
    }
}
