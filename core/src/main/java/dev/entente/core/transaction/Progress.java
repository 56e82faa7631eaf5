package dev.entente.core.transaction;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The changing part of a transaction, which each write stores.
 *
 * @param branches one for each branch of the plan, in the same order
 * @param direction the decisions about the direction
 * @param parked the mark, or null
 * @param restRev the row's rev after the write that put the transaction to rest (no call in flight, no call to make);
 *     -1 if there was no rest. A coordinator that claims the row at this rev knows that every call is recorded here
 * @param unknownFields stored fields that this program does not know, kept for programs that do; empty if there are
 *     none
 */
public record Progress(
        TransactionState state,
        List<BranchProgress> branches,
        Direction direction,
        @Nullable Parked parked,
        long restRev,
        History history,
        ByteString unknownFields) {

    /** Makes a progress without unknown stored fields. */
    public Progress(
            TransactionState state,
            List<BranchProgress> branches,
            Direction direction,
            @Nullable Parked parked,
            long restRev,
            History history) {
        this(state, branches, direction, parked, restRev, history, ByteString.EMPTY);
    }

    public Progress keeping(ByteString unknown) {
        return new Progress(state, branches, direction, parked, restRev, history, unknown);
    }

    public @Nullable AbortReason abortReason() {
        return direction.abortReason();
    }

    /** Returns the cause of the switch to undo, for people; empty without a switch. */
    public String detail() {
        return direction.detail();
    }

    /** Returns whether an operator force-finished the transaction. */
    public boolean isForced() {
        return direction.isForced();
    }

    /** Returns the history's size when the pivot's call was allowed to leave, 0 if it was not. */
    public int pivotRevision() {
        return direction.pivotRevision();
    }

    /** Returns the history's size when the direction was decided, 0 if it is not decided. */
    public int decidedRevision() {
        return direction.decidedRevision();
    }

    /** Returns the progress before the first event. */
    public static Progress untouched(TransactionState state, int branches) {
        List<BranchProgress> all = Collections.nCopies(branches, BranchProgress.UNTOUCHED);
        return new Progress(state, all, Direction.OPEN, null, -1, History.EMPTY);
    }

    /** Returns the number of history events, which users see as `revision`. */
    public int revision() {
        return history.size();
    }

    public BranchProgress branch(int index) {
        return branches.get(index);
    }

    /**
     * Returns the state of a branch as users see it: RESOLVED if an operator's "done" is the last result of the forward
     * operation. The engine uses the state itself, which is DONE then: the branch may still be completed or undone.
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
            if (fact instanceof Fact.Resolved resolved && isFinalStatement(resolved, index)) {
                return BranchState.RESOLVED;
            }
        }
        return state;
    }

    private static boolean isFinalStatement(Fact.Resolved resolved, int index) {
        return resolved.branch() == index && resolved.role() == Role.FORWARD && !resolved.isResponseOnly();
    }

    /** Returns whether any call of this coordinator is in flight. */
    public boolean hasCallInFlight() {
        for (BranchProgress branch : branches) {
            if (branch.isInFlight()) {
                return true;
            }
        }
        return false;
    }

    public Progress withBranch(int index, BranchProgress branch) {
        List<BranchProgress> changed = new ArrayList<>(branches);
        changed.set(index, branch);
        return withBranches(changed);
    }

    public Progress withBranches(List<BranchProgress> changed) {
        List<BranchProgress> fixed = Collections.unmodifiableList(changed);
        return new Progress(state, fixed, direction, parked, restRev, history, unknownFields);
    }

    /** Returns this progress in another state, with one more recorded event. */
    public Progress in(TransactionState newState, History newHistory) {
        return new Progress(newState, branches, direction, parked, restRev, newHistory, unknownFields);
    }

    public Progress parkedAs(@Nullable Parked mark) {
        return new Progress(state, branches, direction, mark, restRev, history, unknownFields);
    }

    /** Removes the park reason; an operator's own mark stays. */
    public Progress withoutParkReason() {
        return parked == null ? this : parkedAs(parked.withoutReason());
    }

    /** Returns whether an operator's own mark parks the transaction. */
    public boolean isParkedByOperator() {
        return parked != null && parked.operator() != null;
    }

    public Progress forced(boolean force) {
        return with(direction.forced(force), null);
    }

    public Progress pivotCalledAt(int revision) {
        return with(direction.pivotCalledAt(revision), parked);
    }

    /** Records the decided direction, which ends any park reason. */
    public Progress decidedAt(int revision, @Nullable AbortReason reason, String why) {
        Parked left = state.isTerminal() || parked == null ? null : parked.withoutReason();
        return with(direction.decidedAt(revision, reason, why), left);
    }

    public Progress restingAt(long rev) {
        return new Progress(state, branches, direction, parked, rev, history, unknownFields);
    }

    private Progress with(Direction newDirection, @Nullable Parked mark) {
        return new Progress(state, branches, newDirection, mark, restRev, history, unknownFields);
    }
}
