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
 * @param takes false: the row must be this incarnation's; true: the row must have no owner, and becomes this
 *     incarnation's
 * @param rev what the row's rev must be; it grows by one
 * @param audit written in the same commit, or null
 * @param freesLanes whether deliveries of it have ended: what rests behind them becomes due in the same commit
 */
public record RowWrite(
        String gid,
        boolean takes,
        long rev,
        Change change,
        @Nullable AuditRecord audit,
        boolean freesLanes) {

    /** A write of a row behind which nothing rests. */
    public RowWrite(String gid, boolean takes, long rev, Change change, @Nullable AuditRecord audit) {
        this(gid, takes, rev, change, audit, false);
    }

    /** The new values of a row. */
    public sealed interface Change {
        TransactionState state();
    }

    /**
     * The row stays (or becomes) this incarnation's.
     *
     * @param planAppended a serialized plan with one branch to append, or null
     * @param resetsAdoptions whether a call has finished since the claim
     * @param waitingOn what is waited for ({@link WaitingColumn}), or null
     */
    public record Flush(
            TransactionState state,
            ByteString progress,
            @Nullable ByteString planAppended,
            boolean resetsAdoptions,
            @Nullable String waitingOn)
            implements Change {}

    /**
     * The row is put to rest: nobody owns it.
     *
     * @param progress null leaves what stands there, which need not be readable
     * @param dueIn when it is due again; null only if it is parked
     * @param parked the mark, or null; {@code since} is set by the database's clock
     * @param format which a coordinator has to know that takes the row next; the row's never becomes less
     * @param heldBackBy the participant among whose transactions it waits for room until it is due, or null
     */
    public record Rest(
            TransactionState state,
            @Nullable ByteString progress,
            @Nullable Duration dueIn,
            @Nullable Parked parked,
            @Nullable String waitingOn,
            int format,
            @Nullable String heldBackBy)
            implements Change {

        /** In a format that this program knows, and held back by nobody. */
        public Rest(
                TransactionState state,
                @Nullable ByteString progress,
                @Nullable Duration dueIn,
                @Nullable Parked parked,
                @Nullable String waitingOn) {
            this(state, progress, dueIn, parked, waitingOn, PlanCodec.format(), null);
        }
    }

    /** The open row goes, a finished one comes. */
    public record Finish(TransactionState state, @Nullable ByteString result, ByteString plan, ByteString progress)
            implements Change {}
}
