package dev.entente.server.engine;

import com.google.protobuf.ByteString;
import dev.entente.core.codec.UnreadableRow;
import dev.entente.core.transaction.Fence;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.Ownership;
import dev.entente.core.transaction.Progress;
import dev.entente.server.codec.PlanCodec;
import dev.entente.server.store.FinishedRow;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.StoredTransaction;
import dev.entente.server.store.TransactionStore;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Factory methods for snapshots of memory and of rows. */
public final class Snapshots {
    private Snapshots() {}

    /** @param dueAt the due time of the row, if the row has no owner */
    static Snapshot live(
            GlobalTransaction transaction, long rev, TransactionStore store, @Nullable Instant dueAt, Instant now) {
        Progress progress = transaction.progress();
        Ownership ownership = transaction.ownership();
        boolean isHeld = ownership.isHeld() && !progress.state().isTerminal();
        return new Snapshot(
                transaction.gid(),
                transaction.plan(),
                progress,
                transaction.createdAt(),
                transaction.deadlineAt(),
                progress.state().isTerminal() ? now : null,
                Rows.result(transaction.plan(), progress),
                isHeld ? (Long) store.incarnation() : null,
                isHeld ? null : dueAt,
                isHeld ? Fence.of(store.fenceFloor(), rev) : Fence.NONE,
                progress.revision() > ownership.durableRevision(),
                ownership.durableRevision() >= progress.decidedRevision(),
                null,
                false);
    }

    /**
     * Returns the snapshot of a row.
     *
     * @throws UnreadableRow if this program does not know the row's format
     */
    public static Snapshot of(StoredTransaction row, PlanCodec plans) {
        return of(row, new Rows(plans, false));
    }

    static Snapshot of(StoredTransaction row, Rows rows) {
        return switch (row) {
            case OpenRow open -> stored(rows.transaction(open, false), null, null, open);
            case FinishedRow ended -> stored(Rows.transaction(ended), ended.finishedAt(), ended.result(), null);
        };
    }

    /** Returns the snapshot of a damaged row from its columns. */
    public static Snapshot damaged(OpenRow row, UnreadableRow why, Instant now) {
        return stored(Rows.damaged(row, why, now), null, null, row);
    }

    private static Snapshot stored(
            GlobalTransaction transaction,
            @Nullable Instant finishedAt,
            @Nullable ByteString result,
            @Nullable OpenRow open) {
        boolean isOwned = open != null && open.owner() != null;
        return new Snapshot(
                transaction.gid(),
                transaction.plan(),
                transaction.progress(),
                transaction.createdAt(),
                transaction.deadlineAt(),
                finishedAt,
                result,
                open == null ? null : open.owner(),
                open == null ? null : open.dueAt(),
                Fence.NONE,
                false,
                true,
                open == null || isOwned ? null : open.heldBackBy(),
                false);
    }
}
