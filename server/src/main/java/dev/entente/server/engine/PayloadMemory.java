package dev.entente.server.engine;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The payload bytes that are held in memory, against how many may be. Thread-safe; an addition where a transaction
 * comes, grows or goes.
 *
 * <p>Whoever asks while there is any room is let in with what they bring: one transaction more than fits at most for
 * each who asks, and none waits for ever because it is larger than the room. What is in grows by the responses that it
 * keeps; beyond a quarter more than the limit those that grow have to leave.
 */
final class PayloadMemory {
    private final long limitBytes;
    private final AtomicLong heldBytes = new AtomicLong();

    /** @param limitBytes at least 1 */
    PayloadMemory(long limitBytes) {
        this.limitBytes = limitBytes;
    }

    long heldBytes() {
        return heldBytes.get();
    }

    /** Adds them if there is room for any. */
    boolean addIfRoom(long bytes) {
        long before = heldBytes.getAndUpdate(held -> held < limitBytes ? held + bytes : held);
        return before < limitBytes;
    }

    boolean hasRoom() {
        return heldBytes.get() < limitBytes;
    }

    boolean isTooMuch() {
        return heldBytes.get() - limitBytes > limitBytes / 4;
    }

    void add(long bytes) {
        heldBytes.addAndGet(bytes);
    }

    /**
     * Sets room aside for what is about to come; {@link #add} the same with a minus when it has come. How many bytes: 0
     * if there is no room.
     */
    long reserve(long mostBytes) {
        long before = heldBytes.getAndUpdate(held -> held + reserved(held, mostBytes));
        return reserved(before, mostBytes);
    }

    private long reserved(long held, long mostBytes) {
        return Math.clamp(limitBytes - held, 0, mostBytes);
    }
}
