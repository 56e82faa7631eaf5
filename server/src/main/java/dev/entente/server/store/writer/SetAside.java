package dev.entente.server.store.writer;

import io.github.resilience4j.core.IntervalFunction;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * Operations that the database did not take, until each is sent again: later and later, so that the others are not held
 * up. Not thread-safe.
 */
final class SetAside {
    /** Requests beyond so many are refused at once, as in {@link WriteQueue}. */
    private static final int MAX_REFUSABLE = 8192;

    private static final int LONGEST_PAUSE = 10;
    private static final IntervalFunction PAUSES_MILLIS =
            IntervalFunction.ofExponentialRandomBackoff(Duration.ofMillis(20), 2.0, 0.5, Duration.ofSeconds(1));

    private final LongSupplier nanos;
    private final List<Entry> entries = new ArrayList<>();
    private int refusable;
    private long sinceEmpty;

    private record Entry(Pending pending, long dueNanos) {}

    SetAside(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** @return how many times something was set aside since nothing was */
    long add(Pending pending) {
        long now = nanos.getAsLong();
        int times = pending.setAside(now);
        long pause = PAUSES_MILLIS.apply(Math.min(times, LONGEST_PAUSE));
        entries.add(new Entry(pending, now + Duration.ofMillis(pause).toNanos()));
        refusable += pending.isRefusable() ? 1 : 0;
        return ++sinceEmpty;
    }

    boolean isEmpty() {
        return entries.isEmpty();
    }

    /** Tells whether no more requests may be set aside. */
    boolean isFull() {
        return refusable >= MAX_REFUSABLE;
    }

    /** Forgets how much was set aside: all of it was written, or refused. */
    void settled() {
        sinceEmpty = 0;
    }

    /** Nanoseconds until one is due; less than nothing if one is, a very long time if there is none. */
    long untilDue() {
        long now = nanos.getAsLong();
        return entries.stream().mapToLong(entry -> entry.dueNanos() - now).min().orElse(Long.MAX_VALUE);
    }

    /** Removes those that are due, no two on one gid. */
    List<Pending> takeDue(int most) {
        long now = nanos.getAsLong();
        List<Pending> due = new ArrayList<>();
        Set<String> gids = new HashSet<>();
        for (Iterator<Entry> each = entries.iterator(); each.hasNext() && due.size() < most; ) {
            Entry entry = each.next();
            if (entry.dueNanos() - now <= 0 && gids.add(entry.pending().gid())) {
                each.remove();
                due.add(entry.pending());
                refusable -= entry.pending().isRefusable() ? 1 : 0;
            }
        }
        return due;
    }

    /** Removes all that may be refused. */
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
