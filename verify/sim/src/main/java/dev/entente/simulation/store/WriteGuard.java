package dev.entente.simulation.store;

import dev.entente.core.transaction.TransactionState;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.RowWrite;
import java.time.Instant;
import java.util.Objects;

/**
 * The condition of every write of a row: its holder at the rev that it knows, or anybody where nobody holds it.
 *
 * @param incarnation who writes
 * @param isAlive whether it is registered and not declared dead
 * @param now by the database's clock
 */
public record WriteGuard(long incarnation, boolean isAlive, Instant now) {
    boolean holds(RowWrite write, OpenRow row) {
        if (write.takes() && write.change() instanceof RowWrite.Flush && !isAlive) {
            return false;
        }
        return row.rev() == write.rev()
                && Objects.equals(row.owner(), write.takes() ? null : (Long) incarnation)
                && !(write.takes() && isLateCommit(write.change(), row));
    }

    /** From its deadline on a client no longer decides. */
    private boolean isLateCommit(RowWrite.Change change, OpenRow row) {
        return row.state() == TransactionState.BEGUN
                && row.parked() == null
                && (change.state() == TransactionState.COMPLETING || change.state() == TransactionState.SUCCEEDED)
                && isPastDeadline(row);
    }

    boolean isPastDeadline(OpenRow row) {
        Instant deadline = row.deadlineAt();
        return deadline != null && !now.isBefore(deadline);
    }
}
