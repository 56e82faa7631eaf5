package dev.entente.core.transaction;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An append-only list of events that shares its tail: appending to one that is in use elsewhere copies nothing.
 *
 * @param earlier all but the last, or null
 * @param last the newest, null only in {@link #EMPTY}
 * @param size number of events; the transaction's revision
 */
public record History(@Nullable History earlier, @Nullable HistoryEvent last, int size) {
    public static final History EMPTY = new History(null, null, 0);

    public History with(HistoryEvent event) {
        return new History(this, event, size + 1);
    }

    /** This history with its newest event replaced: repeated "in progress" answers stay one event. */
    public History withLast(HistoryEvent event) {
        return earlier == null ? with(event) : earlier.with(event);
    }

    /** Oldest first. */
    public List<HistoryEvent> events() {
        List<HistoryEvent> events = new ArrayList<>(size);
        for (History at = this; at != null && at.last != null; at = at.earlier) {
            events.add(at.last);
        }
        Collections.reverse(events);
        return events;
    }

    public static History of(Iterable<HistoryEvent> events) {
        History history = EMPTY;
        for (HistoryEvent event : events) {
            history = history.with(event);
        }
        return history;
    }

    /** A record's own would descend as deep as the history is long. */
    @Override
    public String toString() {
        return "History[size=" + size + ", last=" + last + "]";
    }
}
