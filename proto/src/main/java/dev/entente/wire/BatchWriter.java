package dev.entente.wire;

import dev.entente.Internal;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Writes to a stream what many threads have for it. Nothing waits for others to come: who comes first is written at
 * once, and what comes while that is written, or while the transport has enough to write as it is, leaves in one
 * message afterwards. Thread-safe, without locks: whoever finds something to do does it for all, so the methods that
 * are to be overridden are called by one thread at a time.
 *
 * @param <T> what is written
 */
@Internal
public abstract class BatchWriter<T> {
    private final int maxItems;
    private final int maxBytes;
    private final Queue<T> queue = new ConcurrentLinkedQueue<>();
    private final AtomicInteger toWrite = new AtomicInteger();
    private volatile boolean isHeld;
    /** The item that did not fit into the last message. */
    private @Nullable T first;

    /**
     * Bounds the messages.
     *
     * @param maxItems of one message
     * @param maxBytes of all items of one message; a larger item is written by itself
     */
    protected BatchWriter(int maxItems, int maxBytes) {
        this.maxItems = maxItems;
        this.maxBytes = maxBytes;
    }

    /** Tells whether a message can be written now. */
    protected abstract boolean isWritable();

    /** The size of an item, in bytes. */
    protected abstract int bytes(T item);

    /** Tells whether an item is still to be written; called as the last thing before it is. */
    protected boolean leaves(T item) {
        return true;
    }

    /** Writes a message of at least one item. */
    protected abstract void send(List<T> items);

    /**
     * Does what is to be done when all has been written that can be.
     *
     * @param isEmpty whether nothing is left to be written
     */
    protected abstract void written(boolean isEmpty);

    /** Writes an item, or has it written with the next message. */
    public final void add(T item) {
        queue.add(item);
        write();
    }

    /** Has what comes until {@link #letGo} leave together. */
    public final void hold() {
        isHeld = true;
    }

    /** Writes what has gathered since {@link #hold}. */
    public final void letGo() {
        isHeld = false;
        write();
    }

    /** Writes what can be written now. */
    public final void write() {
        if (toWrite.getAndIncrement() != 0) {
            return;
        }
        int seen = 1;
        do {
            writeAll();
            seen = toWrite.addAndGet(-seen);
        } while (seen != 0);
    }

    /** Takes out items that are not to be written any more, while nothing can be. */
    public final void removeIf(Predicate<T> isGone) {
        queue.removeIf(isGone);
    }

    /** Takes out all items; within {@link #written} alone. */
    protected final void drain(Consumer<T> gone) {
        for (T item = next(); item != null; item = next()) {
            gone.accept(item);
        }
    }

    private void writeAll() {
        while (!isHeld && isWritable()) {
            List<T> message = message();
            if (message.isEmpty()) {
                break;
            }
            send(message);
        }
        written(!isHeld && first == null && queue.isEmpty());
    }

    private List<T> message() {
        List<T> message = new ArrayList<>();
        int bytes = 0;
        while (message.size() < maxItems) {
            T item = next();
            if (item == null) {
                break;
            }
            bytes += bytes(item);
            if (bytes > maxBytes && !message.isEmpty()) {
                first = item;
                break;
            }
            if (leaves(item)) {
                message.add(item);
            }
        }
        return message;
    }

    private @Nullable T next() {
        T item = first;
        first = null;
        return item == null ? queue.poll() : item;
    }
}
