package dev.entente.server.transaction;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One durable fact about a transaction. The list of them, folded, gives its state again (without payloads).
 *
 * @param time by the database's clock, millisecond precision
 * @param branch index of the branch it is about, or -1
 * @param role the operation it is about, or null
 * @param attempt the counted attempt it ended, from 1; 0 where it was none
 * @param outcomeCode {@link Outcome#code} of a finished call, else 0
 * @param flags see the constants below
 * @param stateAfter the transaction's state after it
 * @param reasonCode an {@link AbortReason} or {@link ParkReason} code, by kind, else 0
 * @param actor who, where a person or client acted; else empty
 * @param detail for people; for a RESOLVED event the truth that was stated
 * @param incarnation of the coordinator that recorded it, for ACCEPTED and ADOPTED; else 0
 */
public record HistoryEvent(
        HistoryKind kind,
        Instant time,
        int branch,
        @Nullable Role role,
        int attempt,
        int outcomeCode,
        int flags,
        TransactionState stateAfter,
        int reasonCode,
        String actor,
        String detail,
        long incarnation) {

    /** A Rejected that can be trusted: its branch is not undone. */
    public static final int TRUSTED = 1;
    /** The forward call was refused as not known. */
    public static final int NOT_FOUND = 2;
    /** The outcome left the branch stuck: it waits for an operator; reasonCode says why. */
    public static final int STUCK = 4;
    /** The outcome turns the transaction to undo. */
    public static final int TURNS = 8;
    /** An operator gave a response that others lacked; the branch itself stays as it is. */
    public static final int RESPONSE_ONLY = 16;
    /** The participant answered with success, and a child that joined is not named in it: the no is the coordinator's, not the participant's. */
    public static final int CHILD_LEFT_OUT = 32;
}
