package dev.entente.core.transaction;

import com.google.protobuf.ByteString;
import org.jspecify.annotations.Nullable;

/**
 * The knowledge of a transaction's holder about the row and about its own unfinished writes; lost when it dies.
 *
 * @param isHeld whether the row is this incarnation's; while it is not, nothing may leave
 * @param rev the row's rev as last read or written
 * @param durableRevision the history's size that is known to be durable
 * @param write the write under way
 * @param pause why no new call may start, or null
 * @param planToAppend a registered branch that the next flush appends to the stored plan, or null
 * @param turn a change of direction that waits for the calls in flight, or null
 */
public record Custody(
        boolean isHeld,
        long rev,
        int durableRevision,
        Write write,
        @Nullable Pause pause,
        @Nullable ByteString planToAppend,
        @Nullable Turn turn) {

    /**
     * A write under way.
     *
     * @param revision the history's size that it covers; -1 if none is under way
     * @param isLeaving whether it ends this incarnation's hold: a rest or a finish
     */
    public record Write(int revision, boolean isLeaving) {
        static final Write NONE = new Write(-1, false);
    }

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
        return new Custody(true, rev, durableRevision, Write.NONE, null, null, null);
    }

    /** Makes the custody of a row that was only read. */
    public static Custody unheld(long rev, int durableRevision) {
        return new Custody(false, rev, durableRevision, Write.NONE, null, null, null);
    }

    public boolean isWriting() {
        return write.revision() >= 0;
    }

    /** Tells whether the write under way ends this incarnation's hold. */
    public boolean isLeaving() {
        return write.isLeaving();
    }

    public Custody writing(int revision, boolean leaves) {
        return new Custody(isHeld, rev, durableRevision, new Write(revision, leaves), pause, null, turn);
    }

    /** After the write under way succeeded. */
    public Custody written(long newRev) {
        return new Custody(!isLeaving(), newRev, write.revision(), Write.NONE, pause, planToAppend, turn);
    }

    public Custody pausing(@Nullable Pause newPause) {
        return new Custody(isHeld, rev, durableRevision, write, newPause, planToAppend, turn);
    }

    /** One more branch for the stored plan: concatenating serialized plans merges them. */
    public Custody appending(ByteString branch) {
        ByteString all = planToAppend == null ? branch : planToAppend.concat(branch);
        return new Custody(isHeld, rev, durableRevision, write, pause, all, turn);
    }

    public Custody turning(@Nullable Turn newTurn) {
        return new Custody(isHeld, rev, durableRevision, write, pause, planToAppend, newTurn);
    }
}
