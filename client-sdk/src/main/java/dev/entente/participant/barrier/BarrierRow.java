package dev.entente.participant.barrier;

import dev.entente.wire.StoredAnswer;
import org.jspecify.annotations.Nullable;

/**
 * One row of the barrier.
 *
 * @param fence the highest fence that requested this operation
 * @param answer the stored answer. For {@code DONE}, null means that the body ended the transaction before the body had
 *     finished. For other verdicts, the answer is null unless a handler over HTTP refused by a status
 * @param tried the children that a try has tried with success, in the format of {@code entente-tried}
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
