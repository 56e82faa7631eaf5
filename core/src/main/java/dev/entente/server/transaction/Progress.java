package dev.entente.server.transaction;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The changing part of a transaction, which is stored with each write.
 *
 * @param branches one for each branch of the plan, same order
 * @param abortReason why it turned, or null
 * @param detail what made it turn, for people; empty if it did not
 * @param parked the mark, or null
 * @param pivotRevision the history's size when the pivot's call was allowed to leave, 0 if it was not
 * @param decidedRevision the history's size when the direction was settled, 0 if it is not
 * @param restRev the row's rev after the write that put it to rest (nothing in flight, nothing to leave), -1 if it never was: a claimant
 *     that finds exactly this rev knows that what stands here is all that was ever called
 * @param beyond stored fields that this program does not know, kept for those that do; empty if there are none
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
        History history,
        ByteString beyond) {

    /** A progress of which this program knows everything. */
    public Progress(
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
        this(
                state,
                branches,
                abortReason,
                detail,
                parked,
                isForced,
                pivotRevision,
                decidedRevision,
                restRev,
                history,
                ByteString.EMPTY);
    }

    public Progress keeping(ByteString unknown) {
        return new Progress(
                state,
                branches,
                abortReason,
                detail,
                parked,
                isForced,
                pivotRevision,
                decidedRevision,
                restRev,
                history,
                unknown);
    }

    /** Before anything happened. */
    public static Progress untouched(TransactionState state, int branches) {
        List<BranchProgress> all = Collections.nCopies(branches, BranchProgress.UNTOUCHED);
        return new Progress(state, all, null, "", null, false, 0, 0, -1, History.EMPTY);
    }

    /** The number of history events: what users see as `revision`. */
    public int revision() {
        return history.size();
    }

    public BranchProgress branch(int index) {
        return branches.get(index);
    }

    /**
     * The state of a branch as users see it: RESOLVED where an operator had the last word on its forward operation, and it was "done". What
     * follows goes by the state itself, which is DONE then: it may still be completed, or undone.
     */
    public BranchState shownState(int index) {
        BranchState state = branch(index).state();
        if (state != BranchState.DONE) {
            return state;
        }
        for (History at = history; at != null; at = at.earlier()) {
            HistoryEvent event = at.last();
            Fact fact = event == null ? null : event.fact();
            if (fact instanceof Fact.Called called && called.branch() == index && called.role() == Role.FORWARD) {
                return state;
            }
            if (fact instanceof Fact.Resolved resolved && isLastWord(resolved, index)) {
                return BranchState.RESOLVED;
            }
        }
        return state;
    }

    private static boolean isLastWord(Fact.Resolved resolved, int index) {
        return resolved.branch() == index && resolved.role() == Role.FORWARD && !resolved.isResponseOnly();
    }

    /** Tells whether any call of this coordinator is under way. */
    public boolean hasCallInFlight() {
        for (BranchProgress branch : branches) {
            if (branch.isInFlight()) {
                return true;
            }
        }
        return false;
    }

    /** This with another value for one branch. */
    public Progress withBranch(int index, BranchProgress branch) {
        List<BranchProgress> changed = new ArrayList<>(branches);
        changed.set(index, branch);
        return withBranches(changed);
    }

    public Progress withBranches(List<BranchProgress> changed) {
        return new Progress(
                state,
                Collections.unmodifiableList(changed),
                abortReason,
                detail,
                parked,
                isForced,
                pivotRevision,
                decidedRevision,
                restRev,
                history,
                beyond);
    }

    /** This in another state, with one more event on record. */
    public Progress in(TransactionState newState, History newHistory) {
        return new Progress(
                newState,
                branches,
                abortReason,
                detail,
                parked,
                isForced,
                pivotRevision,
                decidedRevision,
                restRev,
                newHistory,
                beyond);
    }

    public Progress parkedAs(@Nullable Parked mark) {
        return new Progress(
                state,
                branches,
                abortReason,
                detail,
                mark,
                isForced,
                pivotRevision,
                decidedRevision,
                restRev,
                history,
                beyond);
    }

    /** Parked no more for the reason it was parked for; an operator's own mark stays. */
    public Progress withoutParkReason() {
        return parked == null ? this : parkedAs(parked.withoutReason());
    }

    /** Tells whether an operator's own mark keeps its calls back. */
    public boolean isParkedByOperator() {
        return parked != null && parked.operator() != null;
    }

    public Progress forced(boolean force) {
        return new Progress(
                state,
                branches,
                abortReason,
                detail,
                null,
                force,
                pivotRevision,
                decidedRevision,
                restRev,
                history,
                beyond);
    }

    public Progress pivotCalledAt(int revision) {
        return new Progress(
                state,
                branches,
                abortReason,
                detail,
                parked,
                isForced,
                revision,
                decidedRevision,
                restRev,
                history,
                beyond);
    }

    /** The direction is settled, which is an answer to whatever it was parked for. */
    public Progress decidedAt(int revision, @Nullable AbortReason reason, String why) {
        Parked left = state.isTerminal() || parked == null ? null : parked.withoutReason();
        return new Progress(
                state, branches, reason, why, left, isForced, pivotRevision, revision, restRev, history, beyond);
    }

    public Progress restingAt(long rev) {
        return new Progress(
                state,
                branches,
                abortReason,
                detail,
                parked,
                isForced,
                pivotRevision,
                decidedRevision,
                rev,
                history,
                beyond);
    }
}
