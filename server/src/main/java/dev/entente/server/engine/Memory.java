package dev.entente.server.engine;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.Operation;
import dev.entente.core.transaction.Plan;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

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

    /**
     * The payload bytes of one transaction: the encoded plan, and the responses that are kept. They count once, from when
     * it is taken into memory until it leaves. Thread-safe.
     */
    static final class Weight {
        private final Memory memory;
        private long bytes;
        private boolean isCounted;

        /** It does not count yet. */
        Weight(Memory memory, long bytes) {
            this.memory = memory;
            this.bytes = bytes;
        }

        /** Counts from now on, if there is room. */
        synchronized boolean enterIfRoom() {
            isCounted = memory.addIfRoom(bytes);
            return isCounted;
        }

        /** Counts from now on, room or not. */
        synchronized Weight enter() {
            isCounted = true;
            memory.add(bytes);
            return this;
        }

        /** Counts no more. */
        synchronized void leave() {
            if (isCounted) {
                isCounted = false;
                memory.add(-bytes);
            }
        }

        synchronized long bytes() {
            return bytes;
        }

        /** Corrects the bytes to those of the row. */
        synchronized void becomes(long nowBytes) {
            grow(nowBytes - bytes);
        }

        private synchronized void grow(long moreBytes) {
            bytes += moreBytes;
            if (isCounted) {
                memory.add(moreBytes);
            }
        }

        /**
         * Adds the bytes of new responses and branches.
         *
         * @return whether it has grown beyond what there is room for: then it has to leave, unless it is here alone
         */
        boolean changed(GlobalTransaction before, GlobalTransaction after) {
            List<BranchProgress> then = before.progress().branches();
            List<BranchProgress> now = after.progress().branches();
            long more = registered(before.plan(), after.plan()) + responses(now) - responses(then);
            if (more != 0) {
                grow(more);
            }
            return more > 0 && memory.isTooMuch() && !isAlone();
        }

        private synchronized boolean isAlone() {
            return memory.heldBytes() <= bytes;
        }

        private static long registered(Plan before, Plan after) {
            long bytes = 0;
            for (int i = before.branches().size(); i < after.branches().size(); i++) {
                Branch branch = after.branches().get(i);
                bytes += size(branch.forward()) + size(branch.completion()) + size(branch.undo());
            }
            return bytes;
        }

        private static long responses(List<BranchProgress> branches) {
            long bytes = 0;
            for (BranchProgress branch : branches) {
                ByteString response = branch.response();
                bytes += response == null ? 0 : response.size();
            }
            return bytes;
        }

        private static long size(@Nullable Operation operation) {
            return operation == null ? 0 : operation.body().size();
        }
    }
}
