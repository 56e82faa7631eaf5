package dev.entente.core.transaction;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An append-only list of events that shares its tail: an append to a list that is in use elsewhere copies nothing.
 *
 * @param earlier all events but the last, or null
 * @param last the newest event, null only in {@link #EMPTY}
 * @param size number of events; the transaction's revision
 */
public record History(@Nullable History earlier, @Nullable HistoryEvent last, int size) {
    public static final History EMPTY = new History(null, null, 0);

    public History with(HistoryEvent event) {
        return new History(this, event, size + 1);
    }

    /** Replaces the newest event: repeated "in progress" answers are stored as one event. */
    public History withLast(HistoryEvent event) {
        return earlier == null ? with(event) : earlier.with(event);
    }

    /** Returns the events, oldest first. */
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

    /** Replaces the record's method, which would recurse as deep as the history is long. */
    @Override
    public String toString() {
        return "History[size=" + size + ", last=" + last + "]";
    }
}
