package dev.entente.core.transaction;

import com.google.protobuf.ByteString;
import org.jspecify.annotations.Nullable;

/**
 * The owner's knowledge of the transaction's row and of the owner's unfinished writes. A crash loses this knowledge.
 *
 * @param isHeld whether this incarnation owns the row; while it does not, no call may leave
 * @param rev the row's rev as last read or written
 * @param durableRevision the history's size that is known to be durable
 * @param write the write in progress
 * @param pause why no new call may start, or null
 * @param planToAppend a registered branch that the next flush appends to the stored plan, or null
 * @param switchToUndo a switch to undo that waits for the calls in flight, or null
 */
public record Ownership(
        boolean isHeld,
        long rev,
        int durableRevision,
        Write write,
        @Nullable Pause pause,
        @Nullable ByteString planToAppend,
        @Nullable SwitchToUndo switchToUndo) {

    /**
     * A write in progress.
     *
     * @param revision the history's size that the write covers; -1 if there is no write
     * @param isLeaving whether the write ends this incarnation's ownership: a rest or a finish
     */
    public record Write(int revision, boolean isLeaving) {
        static final Write NONE = new Write(-1, false);
    }

    /** The reason why no new call may start. */
    public enum Pause {
        /** A request waits for the calls in flight. */
        FOR_REQUEST,
        /** This coordinator shuts down. */
        FOR_DRAIN
    }

    /** A planned switch to undo: its reason and its actor. */
    public record SwitchToUndo(AbortReason reason, String detail, String actor) {}

    /** Makes the state of a row that this incarnation has accepted, claimed or adopted, and therefore owns. */
    public static Ownership held(long rev, int durableRevision) {
        return new Ownership(true, rev, durableRevision, Write.NONE, null, null, null);
    }

    /** Makes the state of a row that this incarnation has only read. */
    public static Ownership unheld(long rev, int durableRevision) {
        return new Ownership(false, rev, durableRevision, Write.NONE, null, null, null);
    }

    public boolean isWriting() {
        return write.revision() >= 0;
    }

    /** Returns whether the write in progress ends this incarnation's ownership. */
    public boolean isLeaving() {
        return write.isLeaving();
    }

    public Ownership writing(int revision, boolean leaves) {
        return new Ownership(isHeld, rev, durableRevision, new Write(revision, leaves), pause, null, switchToUndo);
    }

    /** Returns this state after the write in progress succeeded. */
    public Ownership written(long newRev) {
        return new Ownership(!isLeaving(), newRev, write.revision(), Write.NONE, pause, planToAppend, switchToUndo);
    }

    public Ownership pausing(@Nullable Pause newPause) {
        return new Ownership(isHeld, rev, durableRevision, write, newPause, planToAppend, switchToUndo);
    }

    /**
     * Adds a branch that the next flush appends to the stored plan. The concatenation of serialized plans is a merged
     * plan.
     */
    public Ownership appending(ByteString branch) {
        ByteString all = planToAppend == null ? branch : planToAppend.concat(branch);
        return new Ownership(isHeld, rev, durableRevision, write, pause, all, switchToUndo);
    }

    public Ownership withSwitchToUndo(@Nullable SwitchToUndo newSwitchToUndo) {
        return new Ownership(isHeld, rev, durableRevision, write, pause, planToAppend, newSwitchToUndo);
    }
}
