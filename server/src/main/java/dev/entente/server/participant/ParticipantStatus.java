package dev.entente.server.participant;

/**
 * How one participant looks from here.
 *
 * @param waiting calls that wait for one in flight to end
 * @param circuit {@code closed}, {@code open} or {@code half-open}
 * @param isStreaming whether calls go over a stream at the moment
 * @param lastError the last outcome that was the participant's or the link's fault, for people; empty if there was none
 */
public record ParticipantStatus(
        String name,
        String address,
        int inFlight,
        int waiting,
        String circuit,
        boolean isStreaming,
        String lastError) {}
