package dev.entente.participant.barrier;

import java.util.Optional;

/**
 * The barrier's state that a call found when it claimed its keys.
 *
 * @param forwardClaimed whether this call inserted the forward operation's key
 * @param ownClaimed whether this call inserted its own operation's key; for a forward call that is the forward key
 * @param forward the forward operation's row, found or just inserted; empty only if it was purged between two
 *     statements
 * @param own this operation's row, found or just inserted; empty only as {@code forward}
 * @param newer the highest fence of a later coordinator in the branch's rows, 0 if there is none
 */
public record ClaimedKeys(
        boolean forwardClaimed,
        boolean ownClaimed,
        Optional<BarrierRow> forward,
        Optional<BarrierRow> own,
        long newer) {}
