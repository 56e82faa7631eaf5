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
 * Finds rows that this incarnation owns but does not hold in memory. The answer to the claim that made them ours was
 * lost, or their mailbox gave them up.
 *
 * <p>A row is taken in if two looks, some seconds apart, find it at the same rev and nobody holding it, no accept of it
 * being under way: so nobody is about to open a mailbox for it, and none has let it go since.
 */
public final class Strays {
    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(2);

    private final TransactionLookup lookup;
    private final OpenMailboxes opening;
    private final Memory memory;
    private final TransactionStore store;
    private final World world;
    private final int batch;
    /** Gids and revs that the last look found unheld. */
    private Map<String, Long> unheld = Map.of();

    private long lookedAtNanos;

    /** @param batch rows that are read at a time */
    Strays(
            TransactionLookup lookup,
            OpenMailboxes opening,
            Memory memory,
            TransactionStore store,
            World world,
            int batch) {
        this.lookup = lookup;
        this.opening = opening;
        this.memory = memory;
        this.store = store;
        this.world = world;
        this.batch = batch;
        this.lookedAtNanos = world.nanos().getAsLong();
    }

    /** There may be some. Thread-safe. */
    public void suspect() {
        lookup.suspect();
    }

    /** Looks if there may be some and it is time to. No claim may be under way. How many were taken in. */
    public CompletableFuture<Integer> look() {
        long now = world.nanos().getAsLong();
        boolean isDue = lookup.isSuspected() || !unheld.isEmpty();
        if (!isDue || !opening.isTaking() || now - lookedAtNanos < BETWEEN_LOOKS.toNanos()) {
            return CompletableFuture.completedFuture(0);
        }
        lookup.searched();
        lookedAtNanos = now;
        // asked before the rows are read: whoever holds one now may finish it before we look for its mailbox
        Map<String, Long> before = new HashMap<>(unheld);
        before.keySet().removeIf(lookup::mayHold);
        unheld = new HashMap<>();
        return look(before, "", 0).whenComplete((_, failure) -> {
            if (failure != null) {
                suspect();
            }
        });
    }

    private CompletableFuture<Integer> look(Map<String, Long> before, String afterGid, int sum) {
        return Callbacks.of(() -> store.owned(afterGid, batch))
                .thenCompose(rows -> takeIn(strays(before, rows), sum)
                        .thenCompose(taken -> rows.size() < batch
                                ? CompletableFuture.completedFuture(taken)
                                : look(before, rows.getLast().gid(), taken)));
    }

    /** Those that nobody held at the last look either. */
    private Iterator<OwnedRow> strays(Map<String, Long> before, List<OwnedRow> rows) {
        List<OwnedRow> strays = new ArrayList<>();
        for (OwnedRow row : rows) {
            if (Long.valueOf(row.rev()).equals(before.get(row.gid()))) {
                strays.add(row);
            } else if (!lookup.mayHold(row.gid())) {
                unheld.put(row.gid(), row.rev());
            }
        }
        return strays.iterator();
    }

    /** One after another, for they may be large; without room one at each look, so that none waits for ever. */
    private CompletableFuture<Integer> takeIn(Iterator<OwnedRow> strays, int taken) {
        while (strays.hasNext()) {
            OwnedRow next = strays.next();
            if (taken > 0 && !memory.hasRoom()) {
                unheld.put(next.gid(), next.rev());
            } else if (!lookup.mayHold(next.gid())) {
                return RowLook.at(next.gid(), store)
                        .thenCompose(row -> takeIn(strays, taken + (takeIn(next, row) ? 1 : 0)));
            }
        }
        return CompletableFuture.completedFuture(taken);
    }

    private boolean takeIn(OwnedRow stray, RowLook row) {
        if (row instanceof RowLook.Ours(OpenRow open) && open.rev() == stray.rev()) {
            opening.takeIn(open);
            return true;
        }
        return false;
    }
}
