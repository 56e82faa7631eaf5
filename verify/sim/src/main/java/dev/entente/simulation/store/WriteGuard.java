package dev.entente.simulation.store;

import dev.entente.core.transaction.TransactionState;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.RowWrite;
import java.time.Instant;
import java.util.Objects;

/**
 * The condition of every write of a row: the writer holds the row at the known rev, or takes a row without an owner.
 *
 * @param incarnation the writer
 * @param isAlive whether the writer is registered and not declared dead
 * @param now the time by the database's clock
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

    /** Returns whether a client's commit comes at or after the deadline, when the client can no longer decide. */
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
