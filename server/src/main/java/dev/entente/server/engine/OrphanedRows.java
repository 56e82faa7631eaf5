package dev.entente.server.engine;

import dev.entente.server.store.OpenRow;
import dev.entente.server.store.OwnedRow;
import dev.entente.server.store.TransactionStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * The search for orphaned rows, which this incarnation owns but does not hold in memory. Either the answer to a claim
 * was lost, or a mailbox gave the row up.
 *
 * <p>A row is taken in if two reads, some seconds apart, find the same rev, no mailbox and no accept in flight.
 * Therefore no mailbox is about to open for the row, and none has released the row in between.
 */
public final class OrphanedRows {
    private static final Duration CHECK_INTERVAL = Duration.ofSeconds(2);

    private final TransactionLookup lookup;
    private final MailboxOpener opening;
    private final Memory memory;
    private final TransactionStore store;
    private final EngineEnvironment environment;
    private final int batch;
    /** The gids and revs of the rows that the last read found without a mailbox. */
    private Map<String, Long> unheld = Map.of();

    private long checkedNanos;

    /** @param batch the number of rows per read */
    OrphanedRows(
            TransactionLookup lookup,
            MailboxOpener opening,
            Memory memory,
            TransactionStore store,
            EngineEnvironment environment,
            int batch) {
        this.lookup = lookup;
        this.opening = opening;
        this.memory = memory;
        this.store = store;
        this.environment = environment;
        this.batch = batch;
        this.checkedNanos = environment.nanos().getAsLong();
    }

    /** Records that orphaned rows may exist. Thread-safe. */
    public void noteOrphans() {
        lookup.noteOrphans();
    }

    /** Searches if rows are suspected and the interval has passed. No claim may run. Returns the rows taken in. */
    public CompletableFuture<Integer> scan() {
        long now = environment.nanos().getAsLong();
        boolean isDue = lookup.isSuspected() || !unheld.isEmpty();
        if (!isDue || !opening.isTaking() || now - checkedNanos < CHECK_INTERVAL.toNanos()) {
            return CompletableFuture.completedFuture(0);
        }
        lookup.searched();
        checkedNanos = now;
        // checked before the rows are read: a mailbox that holds a row now may close before the check after the read
        Map<String, Long> before = new HashMap<>(unheld);
        before.keySet().removeIf(lookup::mayHold);
        unheld = new HashMap<>();
        return scan(before, "", 0).whenComplete((_, failure) -> {
            if (failure != null) {
                noteOrphans();
            }
        });
    }

    private CompletableFuture<Integer> scan(Map<String, Long> before, String afterGid, int sum) {
        return Callbacks.of(() -> store.owned(afterGid, batch))
                .thenCompose(rows -> takeIn(orphanedRows(before, rows), sum)
                        .thenCompose(taken -> rows.size() < batch
                                ? CompletableFuture.completedFuture(taken)
                                : scan(before, rows.getLast().gid(), taken)));
    }

    /** Returns the rows that had no mailbox at the last read either. */
    private Iterator<OwnedRow> orphanedRows(Map<String, Long> before, List<OwnedRow> rows) {
        List<OwnedRow> orphanedRows = new ArrayList<>();
        for (OwnedRow row : rows) {
            if (Long.valueOf(row.rev()).equals(before.get(row.gid()))) {
                orphanedRows.add(row);
            } else if (!lookup.mayHold(row.gid())) {
                unheld.put(row.gid(), row.rev());
            }
        }
        return orphanedRows.iterator();
    }

    /**
     * Takes in rows one by one, because rows may be large. Without capacity it takes in only one row, so that no row
     * waits forever.
     */
    private CompletableFuture<Integer> takeIn(Iterator<OwnedRow> orphanedRows, int taken) {
        while (orphanedRows.hasNext()) {
            OwnedRow next = orphanedRows.next();
            if (taken > 0 && !memory.hasCapacity()) {
                unheld.put(next.gid(), next.rev());
            } else if (!lookup.mayHold(next.gid())) {
                return RowState.at(next.gid(), store)
                        .thenCompose(row -> takeIn(orphanedRows, taken + (takeIn(next, row) ? 1 : 0)));
            }
        }
        return CompletableFuture.completedFuture(taken);
    }

    private boolean takeIn(OwnedRow orphanedRow, RowState row) {
        if (row instanceof RowState.Ours(OpenRow open) && open.rev() == orphanedRow.rev()) {
            opening.takeIn(open);
            return true;
        }
        return false;
    }
}
