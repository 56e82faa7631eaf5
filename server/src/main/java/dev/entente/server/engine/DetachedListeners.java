package dev.entente.server.engine;

import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Refusal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * Listeners of transactions that are not in memory here: at rest, or held by another coordinator. Each tick reads a
 * limited number of rows in rotation, so more rows mean a longer interval per row. Thread-safe.
 */
final class DetachedListeners {
    private static final Duration TICK = Duration.ofMillis(250);
    private static final int ROWS_PER_TICK = 250;

    private final TransactionLookup lookup;
    private final Rows rows;
    private final EngineEnvironment environment;
    private final ConcurrentHashMap<String, List<Listener>> listeners = new ConcurrentHashMap<>();
    /** The keys of the map, in reading order. */
    private final ConcurrentLinkedQueue<String> gids = new ConcurrentLinkedQueue<>();

    private volatile boolean isClosed;

    DetachedListeners(TransactionLookup lookup, Rows rows, EngineEnvironment environment) {
        this.lookup = lookup;
        this.rows = rows;
        this.environment = environment;
        next();
    }

    /**
     * Adds the listener to the mailbox. Without a mailbox, reads the row now, and periodically while the listener needs
     * more snapshots.
     */
    void listen(String gid, Listener listener) {
        recheck(gid, List.of(listener));
    }

    /** Serves the listener from the next tick on. */
    void keep(String gid, Listener listener) {
        listeners.compute(gid, (_, known) -> {
            if (known == null) {
                gids.add(gid);
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
                            ErrorCode.LEASE_LOST,
                            "this coordinator lost its lease; repeat the request with the same gid",
                            TICK)));
        }
    }

    private List<Listener> take(String gid) {
        List<Listener> all = listeners.remove(gid);
        return all == null ? List.of() : all;
    }

    private void next() {
        if (!isClosed) {
            environment.timers().schedule(TICK, this::tick);
        }
    }

    private void tick() {
        try {
            List<String> due = new ArrayList<>();
            while (due.size() < ROWS_PER_TICK && !gids.isEmpty()) {
                due.add(gids.remove());
            }
            due.forEach(gid -> recheck(gid, take(gid)));
        } finally {
            next(); // in any case: these listeners have no other source
        }
    }

    private void recheck(String gid, List<Listener> all) {
        Mailbox mailbox = lookup.mailbox(gid);
        if (mailbox != null) {
            all.forEach(mailbox::add);
        } else if (!all.stream().allMatch(Listener::isOver)) {
            Callbacks.when(lookup.row(gid), (row, _) -> seen(gid, all, row));
        }
    }

    /** @param row null if the row could not be read now */
    private void seen(String gid, List<Listener> all, @Nullable RowState row) {
        Snapshot snapshot;
        try {
            snapshot = row == null ? null : row.snapshot(rows);
        } catch (RuntimeException | Error cannotBeReported) { // a missing or unreadable row is each listener's failure
            all.forEach(listener -> listener.fail(EngineFailures.refusal(cannotBeReported)));
            return;
        }
        for (Listener listener : all) {
            if (!listener.isOver() && (snapshot == null || !listener.receive(snapshot))) {
                keep(gid, listener);
            }
        }
    }
}
