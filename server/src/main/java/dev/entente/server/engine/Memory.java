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
 * The transactions and the payload bytes in memory, and their limits. Thread-safe; one addition per transaction that
 * arrives, grows or leaves.
 *
 * <p>While any capacity is free, a caller may add a complete transaction. Therefore each caller exceeds the limit by at
 * most one transaction, and a transaction larger than the capacity does not wait forever. Transactions grow by the
 * responses that they keep. Beyond 1.25 times the limit, growing transactions have to leave.
 */
public final class Memory {
    private final Collection<?> open;
    private final int limitOpen;
    private final long limitBytes;
    private final AtomicLong heldBytes = new AtomicLong();
    private final Set<Object> takeoversWithoutCapacity = ConcurrentHashMap.newKeySet();

    /** @param open a live view of the transactions in memory */
    Memory(Collection<?> open, EngineSettings settings) {
        this.open = open;
        this.limitOpen = settings.maxOpen();
        this.limitBytes = settings.maxOpenBytes();
    }

    /** Returns the number of transactions in memory. */
    public int open() {
        return open.size();
    }

    /** Returns the payload bytes of the transactions in memory. */
    public long heldBytes() {
        return heldBytes.get();
    }

    /** Returns how many more transactions may be taken in. */
    int capacity() {
        return Math.max(0, limitOpen - open.size());
    }

    /** Returns whether another transaction may be taken in. */
    public boolean hasCapacity() {
        return capacity() > 0 && heldBytes.get() < limitBytes;
    }

    /** Returns whether the bytes in memory exceed 1.25 times the limit. */
    boolean isTooMuch() {
        return heldBytes.get() - limitBytes > limitBytes / 4;
    }

    /** Adds the bytes if any capacity is free. */
    boolean addIfCapacity(long bytes) {
        long before = heldBytes.getAndUpdate(held -> held < limitBytes ? held + bytes : held);
        return before < limitBytes;
    }

    void add(long bytes) {
        heldBytes.addAndGet(bytes);
    }

    /** Reserves capacity for rows that are being read. Returns the reserved bytes, 0 if no capacity is free. */
    public long reserve(long mostBytes) {
        long before = heldBytes.getAndUpdate(held -> held + reserved(held, mostBytes));
        return reserved(before, mostBytes);
    }

    private long reserved(long held, long mostBytes) {
        return Math.clamp(limitBytes - held, 0, mostBytes);
    }

    /** Releases a reservation after the rows have arrived, because each row counts from then on. */
    public void release(long bytes) {
        add(-bytes);
    }

    /** Records that a takeover waits for capacity. For rows of a dead incarnation, the source is the incarnation. */
    public void waitsForCapacity(Object source) {
        takeoversWithoutCapacity.add(source);
    }

    /** Records that this takeover no longer waits for capacity. */
    public void goesOn(Object source) {
        takeoversWithoutCapacity.remove(source);
    }

    /** Returns whether this takeover waits for capacity. */
    public boolean isWaitingForCapacity(Object source) {
        return takeoversWithoutCapacity.contains(source);
    }

    /**
     * The payload bytes of one transaction: the encoded plan and the kept responses. They count once, while the
     * transaction is in memory. Thread-safe.
     */
    static final class Weight {
        private final Memory memory;
        private long bytes;
        private boolean isCounted;

        /** Creates a weight that does not count yet. */
        Weight(Memory memory, long bytes) {
            this.memory = memory;
            this.bytes = bytes;
        }

        /** Counts from now on, if capacity is free. */
        synchronized boolean enterIfCapacity() {
            isCounted = memory.addIfCapacity(bytes);
            return isCounted;
        }

        /** Counts from now on, even without free capacity. */
        synchronized Weight enter() {
            isCounted = true;
            memory.add(bytes);
            return this;
        }

        /** Stops counting. */
        synchronized void leave() {
            if (isCounted) {
                isCounted = false;
                memory.add(-bytes);
            }
        }

        synchronized long bytes() {
            return bytes;
        }

        /** Sets the bytes to the size of the row. */
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
         * @return whether the growth exceeds the limit: the transaction then has to leave, unless it is alone in memory
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
