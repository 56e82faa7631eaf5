package dev.entente.server.store.writer;

import dev.entente.server.store.DatabaseFault;
import dev.entente.server.store.StoreFailure;
import dev.entente.server.store.StoreUnavailable;
import dev.entente.server.telemetry.Metrics;
import dev.entente.wire.GrowingWait;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Operations that the database refused, until they are sent again. The pauses grow, so that other operations are not
 * delayed. Used only by the writer's thread.
 */
final class RetryQueue {
    private static final Logger LOG = LoggerFactory.getLogger(RetryQueue.class);
    /** The limit of refusable operations. Further ones are refused at once, as in {@link WriteQueue}. */
    private static final int MAX_REFUSABLE = 8192;
    /** The refusals of an owner's write alone, while others are written, before it is a defect: about five seconds. */
    private static final int MAX_BLAMED = 15;

    /** The operations that are due within this time are sent together, in one batch. */
    private static final Duration TOGETHER = Duration.ofMillis(100);

    private static final GrowingWait PAUSES = GrowingWait.doubling(Duration.ofMillis(20), Duration.ofSeconds(1));

    private final WriterLink link;
    private final PendingResults answers;
    private final Metrics metrics;
    private final List<Entry> entries = new ArrayList<>();
    private long writtenNanos = System.nanoTime();
    private int refusable;
    private long times;

    private record Entry(Pending pending, long dueNanos) {}

    RetryQueue(WriterLink link, PendingResults answers, Metrics metrics) {
        this.link = link;
        this.answers = answers;
        this.metrics = metrics;
    }

    /** Records a successful write. */
    void written() {
        writtenNanos = System.nanoTime();
    }

    /**
     * Decides about an operation that was refused alone. A request with bad content is refused for good at once. An
     * owner's write reports an event that has already happened, so it is refused only after many attempts.
     *
     * @param isItsOwn whether the operation's content is the reason: then the operation is to blame if other operations
     *     were written since its first refusal
     */
    void alone(Pending pending, SQLException e, boolean isItsOwn) {
        boolean isToBlame = isItsOwn && pending.nanosRefused(writtenNanos) >= 0;
        if (isToBlame && (pending.isRefusable() || pending.blamed() >= MAX_BLAMED)) {
            String line = DatabaseFault.line(e);
            LOG.error("the database refuses a write of {}: {}", pending.gid(), line);
            answers.refuse(
                    List.of(pending),
                    new StoreFailure("the database refuses a write of " + pending.gid() + ": " + line, e));
            return;
        }
        boolean isConflict = DatabaseFault.of(e) == DatabaseFault.CONFLICT;
        metrics.writesRepeated(isToBlame ? "row" : isConflict ? "conflict" : "database", 1);
        boolean hasWaited = pending.nanosRefused(System.nanoTime()) > link.timeoutNanos();
        if (pending.isRefusable() && (hasWaited || refusable >= MAX_REFUSABLE)) {
            String why = "the database does not accept the write of " + pending.gid() + "; nothing was written";
            answers.refuse(List.of(pending), new StoreUnavailable(why, e));
        } else {
            add(pending, e);
        }
    }

    // ---- operations to send again

    private void add(Pending pending, SQLException e) {
        long nanos =
                PAUSES.after(pending.setAside(), ThreadLocalRandom.current()).toNanos();
        entries.add(new Entry(pending, System.nanoTime() + nanos));
        refusable += pending.isRefusable() ? 1 : 0;
        if (Long.bitCount(++times) == 1) {
            LOG.warn(
                    "the database rejects some writes temporarily, retrying, such as a write of {}: {}",
                    pending.gid(),
                    DatabaseFault.line(e));
        }
    }

    /** Returns the nanoseconds until an operation is due: negative if one is due, very large if there is none. */
    long untilDue() {
        long now = System.nanoTime();
        return entries.stream().mapToLong(entry -> entry.dueNanos() - now).min().orElse(Long.MAX_VALUE);
    }

    /** Removes and returns operations that are due now or soon, at most one per gid. */
    List<Pending> takeDue(int most) {
        if (entries.isEmpty()) {
            times = 0;
            return List.of();
        }
        if (untilDue() > 0) {
            return List.of();
        }
        long soon = System.nanoTime() + TOGETHER.toNanos();
        List<Pending> due = new ArrayList<>();
        Set<String> gids = new HashSet<>();
        for (Iterator<Entry> each = entries.iterator(); each.hasNext() && due.size() < most; ) {
            Entry entry = each.next();
            if (entry.dueNanos() - soon <= 0 && gids.add(entry.pending().gid())) {
                each.remove();
                due.add(entry.pending());
                refusable -= entry.pending().isRefusable() ? 1 : 0;
            }
        }
        return due;
    }

    /** Removes and returns all operations that may be refused. */
    List<Pending> removeRefusable() {
        List<Pending> removed = new ArrayList<>();
        entries.removeIf(entry -> entry.pending().isRefusable() && removed.add(entry.pending()));
        refusable = 0;
        return removed;
    }

    List<Pending> removeAll() {
        List<Pending> removed = entries.stream().map(Entry::pending).toList();
        entries.clear();
        refusable = 0;
        return removed;
    }
}
