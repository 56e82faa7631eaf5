package dev.entente.server.participant;

import java.util.Set;

/**
 * The gate of one participant at one look, for people who ask.
 *
 * @param isCircuitOpen whether its circuit is open or half-open
 * @param isFull whether as many calls as may be under way are
 * @param queued of the calls that were asked about, those that wait for a place
 */
public record GateView(boolean isCircuitOpen, boolean isFull, Set<Queued> queued) {
    /** Of one that was never called, or may not be. */
    public static final GateView OPEN = new GateView(false, false, Set.of());

    /** One call that waits for a place. */
    public record Queued(String gid, String branch) {}

    /** Tells whether the call of that branch waits for a place. */
    public boolean hasQueued(String gid, String branch) {
        return queued.contains(new Queued(gid, branch));
    }
}
