package dev.entente.participant.barrier;

import java.util.Optional;

/**
 * The state of the barrier that a call found when it asked for its keys.
 *
 * @param forwardClaimed whether this call inserted the forward operation's key
 * @param ownClaimed whether this call inserted its own operation's key; for a forward call that is the forward key
 * @param forward the forward operation's row, be it found or just inserted; empty only if it vanished between two
 *     statements
 * @param own this operation's row, likewise
 * @param newer the highest fence of a later coordinator that is on record for the branch, 0 if none is
 */
public record ClaimedKeys(
        boolean forwardClaimed,
        boolean ownClaimed,
        Optional<BarrierRow> forward,
        Optional<BarrierRow> own,
        long newer) {}
