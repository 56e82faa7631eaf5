package dev.entente.server.console.drawing;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Maps times to positions on a line, to scale. A wait that would make all else too small is cut out. A narrow gap with
 * the wait's duration replaces the wait. Immutable.
 *
 * @param ticks the labels on the line
 */
public record TimeScale(List<Piece> pieces, List<Cut> cuts, List<Tick> ticks) {
    public static final int CUT = 46;
    /** The share of the shown time above which a gap is cut out. */
    private static final double TOO_LONG = 0.85;
    /** The shortest gap that is cut out, in milliseconds. The events of a short transaction need no cut. */
    private static final long SHORTEST_CUT = 2_000;

    private static final int TICK_DISTANCE = 110;
    /** The width of a tick's text, in pixels. */
    private static final int TEXT = 90;

    private static final long[] BELOW_A_MINUTE = {
        1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000
    };
    private static final long[] MINUTES = {1, 2, 5, 10, 15, 30, 60, 120, 360, 720, 1_440, 10_080};
    private static final long[] STEPS = LongStream.concat(
                    LongStream.of(BELOW_A_MINUTE), LongStream.of(MINUTES).map(minutes -> minutes * 60_000))
            .toArray();

    /** A period that is drawn to scale, in milliseconds, and its position. */
    public record Piece(long from, long to, double x, double toX) {
        double at(long time) {
            return to == from ? x : x + (toX - x) * (time - from) / (to - from);
        }
    }

    public record Cut(long from, long to, int x) {}

    /** @param isClock whether the tick begins a piece and shows clock time, not the time since the piece's beginning */
    public record Tick(int x, long time, boolean isClock, long sincePiece) {}

    /**
     * @param sorted distinct times in milliseconds, ascending; at least one
     * @param left the position of the first time
     * @param width of the complete line
     * @param mostCuts the maximum number of gaps that are cut out
     */
    static TimeScale of(long[] sorted, int left, int width, int mostCuts) {
        List<Integer> cut = cuts(sorted, mostCuts);
        long shown = sorted[sorted.length - 1] - sorted[0];
        for (int gap : cut) {
            shown -= sorted[gap + 1] - sorted[gap];
        }
        double area = width - (double) CUT * cut.size();
        List<Piece> pieces = new ArrayList<>();
        List<Cut> cuts = new ArrayList<>();
        double x = left;
        int first = 0;
        for (int gap : cut) {
            x = add(pieces, sorted[first], sorted[gap], x, shown, area);
            cuts.add(new Cut(sorted[gap], sorted[gap + 1], (int) Math.round(x)));
            x += CUT;
            first = gap + 1;
        }
        add(pieces, sorted[first], sorted[sorted.length - 1], x, shown, area);
        return new TimeScale(List.copyOf(pieces), List.copyOf(cuts), ticks(pieces));
    }

    private static double add(List<Piece> pieces, long from, long to, double x, long shown, double area) {
        double toX = x + (shown == 0 ? 0 : area * (to - from) / shown);
        pieces.add(new Piece(from, to, x, toX));
        return toX;
    }

    /** Returns the gaps to cut out, each as the index of the time before the gap, in order. */
    private static List<Integer> cuts(long[] sorted, int mostCuts) {
        List<Integer> longest = IntStream.range(0, sorted.length - 1)
                .boxed()
                .sorted(Comparator.comparingLong(i -> -gap(sorted, i)))
                .limit(mostCuts)
                .toList();
        long shown = sorted[sorted.length - 1] - sorted[0];
        int cuts = 0;
        for (int i : longest) {
            long gap = gap(sorted, i);
            // A gap that fills the line hides nothing.
            if (gap < SHORTEST_CUT || gap <= TOO_LONG * shown || gap == shown) {
                break;
            }
            shown -= gap;
            cuts++;
        }
        return longest.stream().limit(cuts).sorted().toList();
    }

    private static long gap(long[] sorted, int at) {
        return sorted[at + 1] - sorted[at];
    }

    /** Returns the ticks. A piece begins with a clock tick if space permits. The next piece's first tick stays free. */
    private static List<Tick> ticks(List<Piece> pieces) {
        List<Tick> ticks = new ArrayList<>();
        for (int i = 0; i < pieces.size(); i++) {
            Piece piece = pieces.get(i);
            int x = (int) Math.round(piece.x());
            if (ticks.isEmpty() || x - ticks.getLast().x() >= TEXT) {
                ticks.add(new Tick(x, piece.from(), true, 0));
            }
            double end = i + 1 < pieces.size() ? pieces.get(i + 1).x() - TEXT : Double.MAX_VALUE;
            long step = step(piece);
            for (long time = step; step > 0 && time <= piece.to() - piece.from(); time += step) {
                double at = piece.at(piece.from() + time);
                if (at <= end) {
                    ticks.add(new Tick((int) Math.round(at), piece.from() + time, false, time));
                }
            }
        }
        return List.copyOf(ticks);
    }

    /** Returns the distance of a piece's ticks in milliseconds; 0 if there is space for the first tick only. */
    private static long step(Piece piece) {
        double wide = piece.toX() - piece.x();
        long span = piece.to() - piece.from();
        if (wide < TICK_DISTANCE || span == 0) {
            return 0;
        }
        for (long step : STEPS) {
            if (wide * step / span >= TICK_DISTANCE) {
                return step;
            }
        }
        return (long) Math.ceil(span * TICK_DISTANCE / wide);
    }

    /** Returns the position of a time. The position of a time in a cut gap is the middle of the gap. */
    int x(long time) {
        for (Piece piece : pieces) {
            if (time <= piece.to()) {
                return (int) Math.round(
                        time < piece.from()
                                ? piece.x() - (piece.equals(pieces.getFirst()) ? 0 : CUT / 2.0)
                                : piece.at(time));
            }
        }
        return (int) Math.round(pieces.getLast().toX());
    }
}
