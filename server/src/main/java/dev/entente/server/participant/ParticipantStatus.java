package dev.entente.server.participant;

import dev.entente.server.telemetry.CallMeters;
import java.time.Instant;
import java.util.List;

/**
 * How one participant looks from here.
 *
 * @param maxInFlight how many calls may be under way
 * @param waiting calls that wait for one in flight to end
 * @param circuit {@code closed}, {@code open} or {@code half-open}
 * @param isStreaming whether calls go over a stream at the moment
 * @param lastError the last outcome that was the participant's or the link's fault, for people; empty if there was none
 * @param lastErrorAt when that was, by this machine's clock; means nothing if there was none
 * @param calls how often each operation ended how, since the start
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
