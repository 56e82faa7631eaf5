package dev.entente.server.engine;

import dev.entente.core.transaction.Refusal;
import dev.entente.server.store.FinishedRow;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.StoredTransaction;
import dev.entente.server.store.TransactionStore;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** How a transaction stands at one look at its row. */
sealed interface RowLook {
    /** There is no row. */
    record Gone(String gid) implements RowLook {}

    /** It has ended. */
    record Ended(FinishedRow row) implements RowLook {}

    /** It is open. */
    sealed interface Open extends RowLook {
        OpenRow row();
    }

    /** Open, and in nobody's hands. */
    record Unowned(OpenRow row) implements Open {}

    /** Open, and this incarnation's: held here, on its way into memory, or a stray. */
    record Ours(OpenRow row) implements Open {}

    /** Open, and another incarnation's, which may have died. */
    record Elsewhere(OpenRow row, long owner) implements Open {}

    /** Looks at the row. Whatever is thrown is the future's failure. */
    static CompletableFuture<RowLook> at(String gid, TransactionStore store) {
        return Callbacks.of(() -> store.read(gid)).thenApply(row -> of(gid, row, store.incarnation()));
    }

    private static RowLook of(String gid, @Nullable StoredTransaction row, long self) {
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
     * Shows what stands in the row.
     *
     * @throws Refusal ENT-030 if there is none
     * @throws dev.entente.core.codec.UnreadableRow if this program does not know its format
     */
    default Snapshot snapshot(Rows rows) {
        return switch (this) {
            case Gone(String gid) -> throw Refusal.notFound(gid);
            case Ended(FinishedRow row) -> Snapshots.of(row, rows);
            case Open open -> Snapshots.of(open.row(), rows);
        };
    }
}
