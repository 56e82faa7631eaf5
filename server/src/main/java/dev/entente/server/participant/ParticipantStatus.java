package dev.entente.server.participant;

import dev.entente.server.telemetry.CallMeters;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The state of one participant, observed by this coordinator.
 *
 * @param maxInFlight the limit of concurrent calls
 * @param waiting the number of calls that wait because the limit is reached
 * @param circuit {@code closed}, {@code open} or {@code half-open}
 * @param isStreaming whether calls use a stream now
 * @param lastError the last outcome caused by the participant or the link, for people; empty if there was none
 * @param lastErrorAt the time of the last error, by this machine's clock; undefined if there was none
 * @param unansweredSince the first call without a response after the last response, by this machine's clock; null after
 *     a response
 * @param calls the number of calls per operation and outcome since the start
 */
public record ParticipantStatus(
        String name,
        String address,
        int inFlight,
        int maxInFlight,
        int waiting,
        String circuit,
        boolean isStreaming,
        String lastError,
        Instant lastErrorAt,
        @Nullable Instant unansweredSince,
        List<CallMeters.Count> calls) {
    /** The time without a response after which calls are not merely slow. */
    private static final Duration LONG_UNANSWERED = Duration.ofMinutes(1);

    /** Returns whether the participant does not respond: its circuit is not closed, or calls had no response for long. */
    public boolean isUnavailable(Instant now) {
        Instant since = unansweredSince;
        return !circuit.equals("closed")
                || (since != null && since.plus(LONG_UNANSWERED).isBefore(now));
    }
}
