package dev.entente.server.engine;

import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Refusal;
import dev.entente.server.store.StoredTransaction;
import dev.entente.server.store.TransactionStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * Those who listen to transactions that are not in memory here: asleep, or held by another. Their rows are looked at in
 * turn, at most so many at each tick: the more there are, the less often each is. Thread-safe.
 */
final class DetachedListeners {
    private static final Duration TICK = Duration.ofMillis(250);
    private static final int ROWS_PER_TICK = 250;

    private final OpenMailboxes mailboxes;
    private final TransactionStore store;
    private final World world;
    private final Rows rows;
    private final ConcurrentHashMap<String, List<Listener>> listeners = new ConcurrentHashMap<>();
    /** The keys of the map, in the order of their turns. */
    private final ConcurrentLinkedQueue<String> turns = new ConcurrentLinkedQueue<>();

    private volatile boolean isClosed;

    DetachedListeners(OpenMailboxes mailboxes, TransactionStore store, World world, Rows rows) {
        this.mailboxes = mailboxes;
        this.store = store;
        this.world = world;
        this.rows = rows;
        next();
    }

    /** The row is looked at once now; if that is not enough, again and again. */
    void add(String gid, Listener listener) {
        look(gid, List.of(listener));
    }

    /** From the next tick on. */
    void keep(String gid, Listener listener) {
        listeners.compute(gid, (_, known) -> {
            if (known == null) {
                turns.add(gid);
            }
            List<Listener> all = known == null ? new ArrayList<>(1) : known;
            all.add(listener);
            return all;
        });
        if (isClosed) {
            failAll();
        }
    }

    void close() {
        isClosed = true;
        failAll();
    }

    private void failAll() {
        for (String gid : listeners.keySet()) {
            take(gid)
                    .forEach(listener -> listener.fail(Refusal.temporary(
                            ErrorCode.LEASE_LOST, "this coordinator lost its lease; ask again by the same gid", TICK)));
        }
    }

    private List<Listener> take(String gid) {
        List<Listener> all = listeners.remove(gid);
        return all == null ? List.of() : all;
    }

    private void next() {
        if (!isClosed) {
            world.timers().schedule(TICK, this::tick);
        }
    }

    private void tick() {
        try {
            List<String> due = new ArrayList<>();
            while (due.size() < ROWS_PER_TICK && !turns.isEmpty()) {
                due.add(turns.remove());
            }
            due.forEach(gid -> look(gid, take(gid)));
        } finally {
            next(); // in any case: these listen to nobody else
        }
    }

    private void look(String gid, List<Listener> all) {
        Mailbox mailbox = mailboxes.mailbox(gid);
        if (mailbox != null) {
            all.forEach(mailbox::add);
        } else if (!all.stream().allMatch(Listener::isOver)) {
            Callbacks.when(Callbacks.of(() -> store.read(gid)), (row, failure) -> seen(gid, all, row, failure));
        }
    }

    private void seen(String gid, List<Listener> all, @Nullable StoredTransaction row, @Nullable Throwable failure) {
        Snapshot snapshot;
        try {
            snapshot = row == null ? null : Snapshots.of(row, rows);
        } catch (RuntimeException | Error unreadable) {
            all.forEach(listener -> listener.fail(Failures.refusal(unreadable)));
            return;
        }
        for (Listener listener : all) {
            if (snapshot == null && failure == null) {
                listener.fail(Refusal.notFound(gid));
            } else if (!listener.isOver() && (snapshot == null || !listener.hear(snapshot))) {
                keep(gid, listener);
            }
        }
    }
}
