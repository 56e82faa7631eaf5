package dev.entente.server.console.drawing;

import com.google.protobuf.Timestamp;
import dev.entente.v1.HistoryEvent;
import dev.entente.v1.Transaction;
import java.util.List;
import java.util.Locale;

/**
 * The events of a transaction, to scale: one track for the transaction and one for each branch. Immutable.
 *
 * @param tracks the first track is the transaction's own
 * @param rules lines across all tracks: decisions and takeovers
 * @param area the space of the drawing
 * @param width in pixels, like all positions and sizes of the drawing
 * @param events the number of events; a mark may represent several events
 */
public record TimelineChart(
        List<Track> tracks, List<Rule> rules, TimeScale scale, PlotArea area, int width, int height, int events) {
    static final int TOP = 46;

    private static final int MAX_MARKS = 400;

    /**
     * The space that a screen provides.
     *
     * @param isNarrow whether names are above their tracks instead of beside them
     * @param left the position at which tracks begin
     * @param plot the width of a track
     * @param right the free space after a track
     * @param track the distance between two tracks
     * @param mostMarks the maximum number of marks of all tracks together
     * @param mostCuts the maximum number of waits that are cut out
     */
    public record PlotArea(boolean isNarrow, int left, int plot, int right, int track, int mostMarks, int mostCuts) {
        public static final PlotArea WIDE = new PlotArea(false, 146, 800, 54, 26, MAX_MARKS, 6);
        public static final PlotArea NARROW = new PlotArea(true, 46, 234, 46, 40, 150, 2);
    }

    /** @param id empty for the transaction's own track, and for the track of all further branches */
    public record Track(String id, int others, int y, List<Bar> bars, List<Mark> marks) {}

    /** The meaning of a section of a track. */
    public enum Phase {
        /** Calls and pauses, from the earliest possible call to the last response, or to now if the phase is open. */
        FORWARD,
        COMPLETION,
        UNDO,
        /** The wait for a person's answer. */
        APPROVAL,
        PARKED
    }

    public record Bar(Phase phase, int x, int width) {
        public String css() {
            return "phase-" + phase.name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * The time of an event, or of several events that are too close to separate.
     *
     * @param event the most important of the events
     */
    public record Mark(StatusStyle tone, int x, int count, HistoryEvent event) {}

    public record Rule(String kind, int x) {
        public String css() {
            return "rule-" + kind.toLowerCase(Locale.ROOT);
        }
    }

    /**
     * Draws a timeline.
     *
     * @param transaction in a view with its plan and history
     * @param now the end of the timeline of a transaction that has not finished
     */
    public static TimelineChart of(Transaction transaction, Timestamp now, PlotArea area) {
        return new TimelineDrawing(transaction, now, area).drawn();
    }

    public int nameY(Track track) {
        return track.y() + (area.isNarrow() ? -13 : 4);
    }
}
