package dev.entente.server.engine;

import dev.entente.core.transaction.Refusal;
import dev.entente.server.store.FinishedRow;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.StoredTransaction;
import dev.entente.server.store.TransactionStore;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The state of a transaction in one read of its row. */
sealed interface RowState {
    /** A missing row. */
    record Gone(String gid) implements RowState {}

    /** A finished transaction. */
    record Ended(FinishedRow row) implements RowState {}

    /** An open transaction. */
    sealed interface Open extends RowState {
        OpenRow row();
    }

    /** An open transaction without an owner. */
    record Unowned(OpenRow row) implements Open {}

    /** An open transaction of this incarnation: in memory, being loaded, or orphaned. */
    record Ours(OpenRow row) implements Open {}

    /** An open transaction of another incarnation, which may have died. */
    record Elsewhere(OpenRow row, long owner) implements Open {}

    /** Reads the row. Any exception becomes the failure of the future. */
    static CompletableFuture<RowState> at(String gid, TransactionStore store) {
        return Callbacks.of(() -> store.read(gid)).thenApply(row -> of(gid, row, store.incarnation()));
    }

    private static RowState of(String gid, @Nullable StoredTransaction row, long self) {
        return switch (row) {
            case null -> new Gone(gid);
            case FinishedRow finished -> new Ended(finished);
            case OpenRow open -> {
                Long owner = open.owner();
                yield owner == null ? new Unowned(open) : owner == self ? new Ours(open) : new Elsewhere(open, owner);
            }
        };
    }

    /**
     * Returns the snapshot of the row.
     *
     * @throws Refusal ENT-030 if there is no row
     * @throws dev.entente.core.codec.UnreadableRow if this program does not know the row's format
     */
    default Snapshot snapshot(Rows rows) {
        return switch (this) {
            case Gone(String gid) -> throw Refusal.notFound(gid);
            case Ended(FinishedRow row) -> Snapshots.of(row, rows);
            case Open open -> Snapshots.of(open.row(), rows);
        };
    }
}
