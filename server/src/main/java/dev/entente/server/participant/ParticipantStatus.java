package dev.entente.server.participant;

import dev.entente.server.telemetry.CallMeters;
import java.time.Instant;
import java.util.List;

/**
 * The state of one participant, observed by this coordinator.
 *
 * @param maxInFlight the limit of concurrent calls
 * @param waiting the number of calls that wait because the limit is reached
 * @param circuit {@code closed}, {@code open} or {@code half-open}
 * @param isStreaming whether calls use a stream now
 * @param lastError the last outcome caused by the participant or the link, for people; empty if there was none
 * @param lastErrorAt the time of the last error, by this machine's clock; undefined if there was none
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
        List<CallMeters.Count> calls) {}
