package dev.entente.participant.barrier;

import dev.entente.wire.StoredAnswer;
import org.jspecify.annotations.Nullable;

/**
 * One row of the barrier.
 *
 * @param fence the highest fence that requested this operation
 * @param answer the stored answer; null if the body of a {@code DONE} operation ended the transaction before the body
 *     itself had finished. For other verdicts not null only if a handler over HTTP refused by a status
 * @param tried the children that a try had tried with success, as its answer names them
 * @param rejectCode the reason for programs; empty unless {@code REJECTED}
 * @param rejectMessage the reason for people; empty unless {@code REJECTED}
 */
public record BarrierRow(
        BarrierVerdict verdict,
        CallFence fence,
        @Nullable StoredAnswer answer,
        String tried,
        String rejectCode,
        String rejectMessage) {}
