package dev.entente.server.engine;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.Operation;
import dev.entente.core.transaction.Plan;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The payload bytes of one transaction: the encoded plan, and the responses that are kept. They count once, from when
 * it is taken into memory until it leaves. Thread-safe.
 */
final class Weight {
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
