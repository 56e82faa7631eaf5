package dev.entente.server.console.drawing;

import com.google.protobuf.Timestamp;
import dev.entente.v1.HistoryEvent;
import dev.entente.v1.Transaction;
import java.util.List;
import java.util.Locale;

/**
 * The story of a transaction, to scale: a lane for all of it and one for each branch. Immutable.
 *
 * @param lanes the first one is the transaction's own
 * @param rules lines across all lanes: decisions and takeovers
 * @param room what it was drawn into
 * @param width in pixels, as all else here
 * @param events how many events there were; marks may stand for several
 */
public record Timeline(
        List<Lane> lanes, List<Rule> rules, TimeScale scale, Room room, int width, int height, int events) {
    static final int TOP = 46;

    private static final int MOST_MARKS = 400;

    /**
     * The room that a screen leaves.
     *
     * @param isNarrow whether names stand above their lanes, and not beside them
     * @param left where the lanes begin
     * @param plot the width of a lane
     * @param right what is free behind it
     * @param lane from one lane to the next
     * @param mostMarks of all lanes together
     * @param mostCuts waits that are left out
     */
    public record Room(boolean isNarrow, int left, int plot, int right, int lane, int mostMarks, int mostCuts) {
        public static final Room WIDE = new Room(false, 146, 800, 54, 26, MOST_MARKS, 6);
        public static final Room NARROW = new Room(true, 46, 234, 46, 40, 150, 2);
    }

    /** @param id empty for the transaction's own lane, and for the one of all further branches */
    public record Lane(String id, int others, int y, List<Bar> bars, List<Mark> marks) {}

    /** The meaning of a stretch of a lane. */
    public enum Phase {
        /** From when it could be called to its last answer, or to now while it is open: calls and pauses. */
        FORWARD,
        COMPLETION,
        UNDO,
        /** A person was asked. */
        APPROVAL,
        PARKED
    }

    public record Bar(Phase phase, int x, int width) {
        public String css() {
            return "phase-" + phase.name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * The moment of an event, or of several that are too close to be told apart.
     *
     * @param event the one among them that matters most
     */
    public record Mark(Tone tone, int x, int count, HistoryEvent event) {}

    public record Rule(String kind, int x) {
        public String css() {
            return "rule-" + kind.toLowerCase(Locale.ROOT);
        }
    }

    /**
     * Draws it.
     *
     * @param transaction in a view with its plan and history
     * @param now where that of one which has not ended reaches to
     */
    public static Timeline of(Transaction transaction, Timestamp now, Room room) {
        return new TimelineDrawing(transaction, now, room).drawn();
    }

    public int nameY(Lane lane) {
        return lane.y() + (room.isNarrow() ? -13 : 4);
    }
}
