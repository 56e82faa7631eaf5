package dev.entente.server.engine;

import dev.entente.server.store.StoredTransaction;
import dev.entente.server.store.TransactionStore;
import dev.entente.server.transaction.ErrorCode;
import dev.entente.server.transaction.Refusal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Those who wait for transactions that are not in memory here: asleep, or held by another. Their rows are looked at now and then. */
final class Outside {
    private static final Duration INTERVAL = Duration.ofMillis(250);

    private final Engine engine;
    private final TransactionStore store;
    private final World world;
    private final Rows rows;
    private final ConcurrentHashMap<String, List<Mailbox.Waiting>> waiting = new ConcurrentHashMap<>();
    private volatile boolean isClosed;

    Outside(Engine engine, TransactionStore store, World world, Rows rows) {
        this.engine = engine;
        this.store = store;
        this.world = world;
        this.rows = rows;
    }

    /** The row is looked at once now; if that is not enough, again and again. */
    void add(String gid, Mailbox.Waiting one) {
        if (isClosed) {
            fail(one, closed());
        } else {
            look(gid, List.of(one));
        }
    }

    void close() {
        isClosed = true;
        for (String gid : waiting.keySet()) {
            List<Mailbox.Waiting> all = waiting.remove(gid);
            if (all != null) {
                all.forEach(one -> fail(one, closed()));
            }
        }
    }

    private static Refusal closed() {
        return Refusal.temporary(
                ErrorCode.LEASE_LOST, "this coordinator lost its lease; ask again by the same gid", INTERVAL);
    }

    private void look(String gid, List<Mailbox.Waiting> all) {
        Mailbox mailbox = engine.mailbox(gid);
        if (mailbox != null) {
            all.forEach(mailbox::add);
            return;
        }
        Callbacks.when(store.read(gid), (row, failure) -> {
            for (Mailbox.Waiting one : all) {
                if (!isCancelled(one)) {
                    seen(gid, row, failure, one);
                }
            }
        });
    }

    private void seen(String gid, @Nullable StoredTransaction row, @Nullable Throwable failure, Mailbox.Waiting one) {
        if (failure != null) {
            keep(gid, one);
        } else if (row == null) {
            fail(one, Failures.notFound(gid));
        } else {
            show(gid, Snapshots.of(row, rows), one);
        }
    }

    private void show(String gid, Snapshot snapshot, Mailbox.Waiting one) {
        switch (one) {
            case Mailbox.ForEnd end when snapshot.isAtRest() -> end.end().complete(snapshot);
            case Mailbox.ForEnd _ -> keep(gid, one);
            case Mailbox.ForChange change -> {
                change.listener().accept(snapshot);
                if (!snapshot.progress().state().isTerminal()) {
                    keep(gid, one);
                }
            }
        }
    }

    private void keep(String gid, Mailbox.Waiting one) {
        if (isClosed) {
            fail(one, closed());
            return;
        }
        List<Mailbox.Waiting> all = waiting.compute(gid, (_, known) -> {
            List<Mailbox.Waiting> more = known == null ? new ArrayList<>() : new ArrayList<>(known);
            more.add(one);
            return more;
        });
        if (all.size() == 1) {
            world.timers().schedule(INTERVAL, () -> lookAgain(gid));
        }
    }

    private void lookAgain(String gid) {
        List<Mailbox.Waiting> all = waiting.remove(gid);
        if (all != null) {
            look(gid, all);
        }
    }

    private static boolean isCancelled(Mailbox.Waiting one) {
        return switch (one) {
            case Mailbox.ForEnd end -> end.end().isDone();
            case Mailbox.ForChange change -> change.cancelled().isDone();
        };
    }

    private static void fail(Mailbox.Waiting one, Refusal refusal) {
        switch (one) {
            case Mailbox.ForEnd end -> end.end().completeExceptionally(refusal);
            case Mailbox.ForChange change -> change.cancelled().completeExceptionally(refusal);
        }
    }
}
