package dev.entente.participant;

import com.google.protobuf.ByteString;

/**
 * One row of the barrier.
 *
 * @param fence the highest fence that asked for this operation
 * @param response what it answered; empty unless {@code DONE}
 * @param tried the children that a try had tried with success, as its answer names them
 * @param rejectCode why it was refused; empty unless {@code REJECTED}
 * @param rejectMessage the same for people
 */
record BarrierRow(
        BranchOp op,
        Verdict verdict,
        long fence,
        ByteString response,
        String tried,
        String rejectCode,
        String rejectMessage) {
    Rejection rejection() {
        return new Rejection(rejectCode, rejectMessage).settled();
    }
}
