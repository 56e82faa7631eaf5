package dev.entente.server.transaction;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What changes while a transaction runs, and is stored with each write.
 *
 * @param branches one for each branch of the plan, same order
 * @param abortReason why it turned, or null
 * @param detail what made it turn, for people; empty if it did not
 * @param parked the mark, or null
 * @param pivotRevision the history's size when the pivot's call was allowed to leave, 0 if it was not
 * @param decidedRevision the history's size when the direction was settled, 0 if it is not
 * @param restRev the row's rev after the write that put it to rest (nothing in flight, nothing to leave), -1 if it never was: a claimant
 *     that finds exactly this rev knows that what stands here is all that was ever called
 */
public record Progress(
        TransactionState state,
        List<BranchProgress> branches,
        @Nullable AbortReason abortReason,
        String detail,
        @Nullable Parked parked,
        boolean isForced,
        int pivotRevision,
        int decidedRevision,
        long restRev,
        History history) {

    /** The number of history events: what users see as `revision`. */
    public int revision() {
        return history.size();
    }

    public BranchProgress branch(int index) {
        return branches.get(index);
    }

    /** This with another value for one branch. */
    public Progress withBranch(int index, BranchProgress branch) {
        List<BranchProgress> changed = new ArrayList<>(branches);
        changed.set(index, branch);
        return withBranches(List.copyOf(changed));
    }

    public Progress withBranches(List<BranchProgress> changed) {
        return new Progress(
                state,
                changed,
                abortReason,
                detail,
                parked,
                isForced,
                pivotRevision,
                decidedRevision,
                restRev,
                history);
    }
}
