package dev.entente.participant.barrier;

import com.google.protobuf.ByteString;
import org.jspecify.annotations.Nullable;

/**
 * One row of the barrier.
 *
 * @param fence the highest fence that asked for this operation
 * @param answer what it answered; null if the body of a {@code DONE} operation ended the transaction before it came to
 *     its end, and unless it is {@code DONE}
 * @param tried the children that a try had tried with success, as its answer names them
 * @param rejectCode why it was refused; empty unless {@code REJECTED}
 * @param rejectMessage the same for people
 */
public record BarrierRow(
        BarrierVerdict verdict,
        CallFence fence,
        @Nullable ByteString answer,
        String tried,
        String rejectCode,
        String rejectMessage) {}
