package dev.entente.server.transaction;

import com.google.protobuf.ByteString;
import org.jspecify.annotations.Nullable;

/**
 * The knowledge of a transaction's holder about the row and about its own unfinished writes; lost when it dies.
 *
 * @param isHeld whether the row is this incarnation's; while it is not, nothing may leave
 * @param rev the row's rev as last read or written
 * @param durableRevision the history's size that is known to be durable
 * @param writingRevision the history's size that the write under way covers; -1 if none is
 * @param isLeaving whether the write under way ends this incarnation's hold: a rest or a finish
 * @param pause why no new call may start, or null
 * @param planToAppend a registered branch that the next flush appends to the stored plan, or null
 * @param turn a change of direction that waits for the calls in flight, or null
 */
public record Custody(
        boolean isHeld,
        long rev,
        int durableRevision,
        int writingRevision,
        boolean isLeaving,
        @Nullable Pause pause,
        @Nullable ByteString planToAppend,
        @Nullable Turn turn) {

    /** Why no new call may start. */
    public enum Pause {
        /** An act waits for the calls in flight. */
        FOR_ACT,
        /** This coordinator shuts down. */
        FOR_DRAIN
    }

    /** Why and on whose word a transaction is to turn to undo. */
    public record Turn(AbortReason reason, String detail, String actor) {}

    /** Makes the custody of a row that this incarnation has accepted, claimed or adopted. */
    public static Custody held(long rev, int durableRevision) {
        return new Custody(true, rev, durableRevision, -1, false, null, null, null);
    }

    /** Makes the custody of a row that was only read. */
    public static Custody unheld(long rev, int durableRevision) {
        return new Custody(false, rev, durableRevision, -1, false, null, null, null);
    }

    public boolean isWriting() {
        return writingRevision >= 0;
    }

    public Custody writing(int revision, boolean leaves) {
        return new Custody(isHeld, rev, durableRevision, revision, leaves, pause, null, turn);
    }

    /** After the write under way succeeded. */
    public Custody written(long newRev) {
        return new Custody(!isLeaving, newRev, writingRevision, -1, false, pause, planToAppend, turn);
    }

    public Custody pausing(@Nullable Pause newPause) {
        return new Custody(isHeld, rev, durableRevision, writingRevision, isLeaving, newPause, planToAppend, turn);
    }

    /** One more branch for the stored plan: concatenating serialized plans merges them. */
    public Custody appending(ByteString branch) {
        ByteString all = planToAppend == null ? branch : planToAppend.concat(branch);
        return new Custody(isHeld, rev, durableRevision, writingRevision, isLeaving, pause, all, turn);
    }

    public Custody turning(@Nullable Turn newTurn) {
        return new Custody(isHeld, rev, durableRevision, writingRevision, isLeaving, pause, planToAppend, newTurn);
    }
}
