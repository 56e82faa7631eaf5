package dev.entente.participant;

import com.google.protobuf.ByteString;
import dev.entente.participant.barrier.BarrierVerdict;
import dev.entente.participant.barrier.CallFence;
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
record BarrierRow(
        BarrierVerdict verdict,
        CallFence fence,
        @Nullable ByteString answer,
        String tried,
        String rejectCode,
        String rejectMessage) {
    /**
     * Returns the answer of an operation that was done.
     *
     * @throws BarrierUnusable ENT-097 if its body ended the transaction: nobody knows how far it came
     */
    ByteString response(Branch branch) {
        if (answer == null) {
            throw BarrierUnusable.bodyEnded(branch, null);
        }
        return answer;
    }

    Rejection rejection() {
        return new Rejection(rejectCode, rejectMessage).settled();
    }
}
