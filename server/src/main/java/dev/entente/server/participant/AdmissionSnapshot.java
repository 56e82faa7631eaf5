package dev.entente.server.participant;

import java.util.Set;

/**
 * A snapshot of one participant's circuit and limit, for operators.
 *
 * @param isCircuitOpen whether the circuit is open or half-open
 * @param isFull whether the limit of concurrent calls is reached
 * @param queued the calls in the queue, among those that the caller asked for
 */
public record AdmissionSnapshot(boolean isCircuitOpen, boolean isFull, Set<Queued> queued) {
    /** The snapshot of a participant that was never called, or must not be called. */
    public static final AdmissionSnapshot OPEN = new AdmissionSnapshot(false, false, Set.of());

    /** One call in the queue. */
    public record Queued(String gid, String branch) {}

    /** Returns whether the call of a branch is in the queue. */
    public boolean hasQueued(String gid, String branch) {
        return queued.contains(new Queued(gid, branch));
    }
}
