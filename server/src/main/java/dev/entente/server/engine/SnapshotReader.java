package dev.entente.server.engine;

import dev.entente.core.codec.UnreadableRow;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Refusal;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The current snapshots of transactions: from memory while the lease is held, otherwise from rows. Thread-safe. */
final class SnapshotReader {
    private final TransactionLookup lookup;
    private final Rows rows;
    private final EngineEnvironment environment;

    SnapshotReader(TransactionLookup lookup, Rows rows, EngineEnvironment environment) {
        this.lookup = lookup;
        this.rows = rows;
        this.environment = environment;
    }

    /**
     * Returns the snapshot of one transaction.
     *
     * @param mayKnow selects the transactions that the caller may know; null for all. Other transactions are reported
     *     as missing, but only after one read of the table, as for a gid without a row. A faster answer, or an answer
     *     without the database, would show that the transaction exists
     * @param asksOwner whether the future may fail with {@link OwnedElsewhere}
     */
    CompletableFuture<Snapshot> read(String gid, @Nullable Predicate<Plan> mayKnow, boolean asksOwner) {
        Mailbox mailbox = lookup.trusted(gid);
        if (mailbox == null) {
            return fromRow(gid, mayKnow, asksOwner);
        }
        CompletableFuture<Snapshot> live = new CompletableFuture<>();
        mailbox.read(live);
        return mayKnow == null
                ? live.exceptionallyCompose(failure -> failure instanceof PendingRequest.NotHeldHere
                        ? fromRow(gid, null, asksOwner)
                        : CompletableFuture.failedFuture(failure))
                : live.thenApply(snapshot -> Optional.of(snapshot).filter(seen -> mayKnow.test(seen.plan())))
                        .exceptionally(_ -> Optional.empty())
                        .thenCompose(found -> found.map(CompletableFuture::completedFuture)
                                .orElseGet(() -> fromRow(gid, mayKnow, asksOwner)));
    }

    private CompletableFuture<Snapshot> fromRow(String gid, @Nullable Predicate<Plan> mayKnow, boolean asksOwner) {
        return lookup.row(gid)
                .thenApply(row -> seen(gid, row, mayKnow, asksOwner))
                .exceptionallyCompose(failure -> CompletableFuture.failedFuture(EngineFailures.refusal(failure)));
    }

    private Snapshot seen(String gid, RowState row, @Nullable Predicate<Plan> mayKnow, boolean asksOwner) {
        if (asksOwner && row instanceof RowState.Elsewhere elsewhere) {
            if (mayKnow != null) {
                refuseUnknown(gid, row.snapshot(rows), mayKnow);
            }
            throw new OwnedElsewhere(elsewhere.owner());
        }
        return mayKnow == null ? shown(row) : refuseUnknown(gid, row.snapshot(rows), mayKnow);
    }

    /**
     * Returns the snapshot of a row; of a damaged row, from its columns, as in lists. Only for callers that may know
     * all transactions, because the columns do not show the submitter.
     */
    private Snapshot shown(RowState row) {
        try {
            return row.snapshot(rows);
        } catch (UnreadableRow unreadable) {
            if (unreadable.isDamaged() && row instanceof RowState.Open open) {
                return Snapshots.damaged(open.row(), unreadable, environment.now());
            }
            throw unreadable;
        }
    }

    private static Snapshot refuseUnknown(String gid, Snapshot snapshot, Predicate<Plan> mayKnow) {
        if (!mayKnow.test(snapshot.plan())) {
            throw Refusal.notFound(gid);
        }
        return snapshot;
    }
}
