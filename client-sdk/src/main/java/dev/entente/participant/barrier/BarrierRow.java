package dev.entente.participant.barrier;

import dev.entente.wire.StoredAnswer;
import org.jspecify.annotations.Nullable;

/**
 * One row of the barrier.
 *
 * @param fence the highest fence that asked for this operation
 * @param answer what it answered; null if the body of a {@code DONE} operation ended the transaction before it came to
 *     its end; of others there is one where a handler over HTTP refused by a status
 * @param tried the children that a try had tried with success, as its answer names them
 * @param rejectCode why it was refused; empty unless {@code REJECTED}
 * @param rejectMessage the same for people
 */
public record BarrierRow(
        BarrierVerdict verdict,
        CallFence fence,
        @Nullable StoredAnswer answer,
        String tried,
        String rejectCode,
        String rejectMessage) {}
