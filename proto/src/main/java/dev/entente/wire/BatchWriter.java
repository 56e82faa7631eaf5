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
 * Writes items of many threads to a stream. No item waits for other items: the first item is written at once. Items
 * that arrive during that write, or while the transport has enough data, leave together in the next message.
 * Thread-safe, without locks: a thread that finds work does the work of all threads. One thread at a time calls the
 * methods to override.
 *
 * @param <T> the type of an item
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
     * Sets the limits of a message.
     *
     * @param maxItems of one message
     * @param maxBytes of all items of one message; a larger item is written alone
     */
    protected BatchWriter(int maxItems, int maxBytes) {
        this.maxItems = maxItems;
        this.maxBytes = maxBytes;
    }

    /** Returns whether a message can be written now. */
    protected abstract boolean isWritable();

    /** Returns the size of an item, in bytes. */
    protected abstract int bytes(T item);

    /** Returns whether an item is still to be written. This is the last call before the write. */
    protected boolean leaves(T item) {
        return true;
    }

    /** Writes a message of at least one item. */
    protected abstract void send(List<T> items);

    /**
     * Runs after everything possible has been written.
     *
     * @param isEmpty whether no item is left
     */
    protected abstract void written(boolean isEmpty);

    /** Writes an item now or with the next message. */
    public final void add(T item) {
        queue.add(item);
        write();
    }

    /** Collects items until {@link #letGo}, to send them together. */
    public final void hold() {
        isHeld = true;
    }

    /** Writes the items collected since {@link #hold}. */
    public final void letGo() {
        isHeld = false;
        write();
    }

    /** Writes all items that can be written now. */
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

    /** Removes items that are no longer needed, while no message can be written. */
    public final void removeIf(Predicate<T> isGone) {
        queue.removeIf(isGone);
    }

    /** Removes all items. Only for use within {@link #written}. */
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
