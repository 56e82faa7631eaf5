package dev.entente.server.engine;

import java.util.Collection;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The transactions and the payload bytes that are held in memory, against how many may be. Thread-safe; an addition
 * where a transaction comes, grows or goes.
 *
 * <p>Whoever asks while there is any room is let in with what they bring: one transaction more than fits at most for
 * each who asks, and none waits for ever because it is larger than the room. What is in grows by the responses that it
 * keeps; beyond a quarter more than the limit those that grow have to leave.
 */
public final class Memory {
    private final Collection<?> open;
    private final int limitOpen;
    private final long limitBytes;
    private final AtomicLong heldBytes = new AtomicLong();
    private final Set<Object> takeoversWithoutRoom = ConcurrentHashMap.newKeySet();

    /** @param open the transactions in memory: a view that changes with them */
    Memory(Collection<?> open, EngineSettings settings) {
        this.open = open;
        this.limitOpen = settings.maxOpen();
        this.limitBytes = settings.maxOpenBytes();
    }

    /** Transactions in memory. */
    public int open() {
        return open.size();
    }

    /** Payload bytes of the transactions in memory. */
    public long heldBytes() {
        return heldBytes.get();
    }

    /** How many more transactions may be taken in. */
    int room() {
        return Math.max(0, limitOpen - open.size());
    }

    /** Tells whether another transaction may be taken in. */
    public boolean hasRoom() {
        return room() > 0 && heldBytes.get() < limitBytes;
    }

    /** Tells whether more is held than may stay. */
    boolean isTooMuch() {
        return heldBytes.get() - limitBytes > limitBytes / 4;
    }

    /** Adds the bytes if there is room for any. */
    boolean addIfRoom(long bytes) {
        long before = heldBytes.getAndUpdate(held -> held < limitBytes ? held + bytes : held);
        return before < limitBytes;
    }

    void add(long bytes) {
        heldBytes.addAndGet(bytes);
    }

    /** Sets room aside for rows that are being read; returns how many bytes, 0 if there is no room. */
    public long reserve(long mostBytes) {
        long before = heldBytes.getAndUpdate(held -> held + reserved(held, mostBytes));
        return reserved(before, mostBytes);
    }

    private long reserved(long held, long mostBytes) {
        return Math.clamp(limitBytes - held, 0, mostBytes);
    }

    /** Gives back what was set aside: the rows have come, and count by themselves. */
    public void release(long bytes) {
        add(-bytes);
    }

    /** Notes that a takeover waits for room. Its source is the incarnation that died, if it is one of those. */
    public void waitsForRoom(Object source) {
        takeoversWithoutRoom.add(source);
    }

    /** Notes that this takeover waits for room no longer. */
    public void goesOn(Object source) {
        takeoversWithoutRoom.remove(source);
    }

    /** Tells whether a takeover waits for room. */
    public boolean isWaitingForRoom(Object source) {
        return takeoversWithoutRoom.contains(source);
    }
}
