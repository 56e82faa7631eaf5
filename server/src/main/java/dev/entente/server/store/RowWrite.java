package dev.entente.server.store;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Parked;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.codec.PlanCodec;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A change of one row.
 *
 * @param takes false: this incarnation must own the row; true: the row must have no owner, and this incarnation becomes
 *     its owner
 * @param rev the required rev of the row; it grows by one
 * @param audit written in the same commit, or null
 * @param releasesQueues whether deliveries of the row have ended: rows that rest behind them become due in the same
 *     commit
 */
public record RowWrite(
        String gid,
        boolean takes,
        long rev,
        Change change,
        @Nullable AuditRecord audit,
        boolean releasesQueues) {

    /** Creates a write of a row without resting rows behind it. */
    public RowWrite(String gid, boolean takes, long rev, Change change, @Nullable AuditRecord audit) {
        this(gid, takes, rev, change, audit, false);
    }

    /** The new values of a row. */
    public sealed interface Change {
        TransactionState state();
    }

    /**
     * A change after which this incarnation owns the row.
     *
     * @param planAppended a serialized plan with one branch to append, or null
     * @param resetsAdoptions whether a call has finished since the claim
     * @param waitingOn the awaited approval or participant ({@link WaitingColumn}), or null
     */
    public record Flush(
            TransactionState state,
            ByteString progress,
            @Nullable ByteString planAppended,
            boolean resetsAdoptions,
            @Nullable String waitingOn)
            implements Change {}

    /**
     * A change that puts the row to rest, without an owner.
     *
     * @param progress null keeps the stored progress, which may be unreadable
     * @param dueIn the time until the row is due again; null only if it is parked
     * @param parked the mark, or null; the database's clock sets {@code since}
     * @param format the format that the next coordinator must know; the row's format never decreases
     * @param heldBackBy the participant at which the row waits for capacity until it is due, or null
     */
    public record Release(
            TransactionState state,
            @Nullable ByteString progress,
            @Nullable Duration dueIn,
            @Nullable Parked parked,
            @Nullable String waitingOn,
            int format,
            @Nullable String heldBackBy)
            implements Change {

        /** Creates a rest in a format that this program knows, without a participant that holds the row back. */
        public Release(
                TransactionState state,
                @Nullable ByteString progress,
                @Nullable Duration dueIn,
                @Nullable Parked parked,
                @Nullable String waitingOn) {
            this(state, progress, dueIn, parked, waitingOn, PlanCodec.format(), null);
        }
    }

    /** A change that replaces the open row by a finished row. */
    public record Finish(TransactionState state, @Nullable ByteString result, ByteString plan, ByteString progress)
            implements Change {}
}
