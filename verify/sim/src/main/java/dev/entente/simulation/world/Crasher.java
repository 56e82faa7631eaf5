package dev.entente.simulation.world;

import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Kills the process at chosen points, once per arming. */
public final class Crasher {
    /** Points that few transactions pass, or that a transaction passes at most once. */
    private static final Set<KillPoint> SELDOM =
            EnumSet.of(KillPoint.REGISTER, KillPoint.CALL_COMPLETION, KillPoint.SLEEP);

    private final List<KillPoint> points;
    private final Consumer<Kill> reported;
    private final Runnable kill;
    private final Set<KillPoint> armed = EnumSet.noneOf(KillPoint.class);
    private KillPoint.Side side;
    private int passesLeft;

    /**
     * @param points the points where the process may be killed
     * @param reported receives the kill point before the kill
     * @param kill kills the process that passes the point
     */
    public Crasher(List<KillPoint> points, Consumer<Kill> reported, Runnable kill) {
        this.points = points;
        this.reported = reported;
        this.kill = kill;
        this.side = KillPoint.Side.BEFORE;
    }

    /** The point at which a process is killed. */
    public record Kill(KillPoint point, KillPoint.Side side) {}

    /** Unwinds the work that the process was doing when it was killed. */
    public static final class Killed extends Error {
        private static final long serialVersionUID = 1L;

        Killed() {
            super("killed", null, false, false);
        }
    }

    /** @param passes the number of passes of that point before the kill */
    public void arm(Kill first, int passes) {
        armed.add(first.point());
        side = first.side();
        passesLeft = passes;
    }

    /**
     * Arms the crasher again: the process is killed at the next pass of one of several drawn points. Frequently passed
     * points are drawn less often, and never in one draw of three. Otherwise no process would reach the other points.
     */
    public void rearm(Random random) {
        armed.clear();
        armed.addAll(drawn(random));
        armed.retainAll(points);
        side = random.nextBoolean() ? KillPoint.Side.BEFORE : KillPoint.Side.AFTER;
        passesLeft = 0;
    }

    public static Set<KillPoint> drawn(Random random) {
        Set<KillPoint> drawn = EnumSet.noneOf(KillPoint.class);
        boolean isSeldomAlone = random.nextInt(3) == 0;
        for (KillPoint point : KillPoint.values()) {
            if ((SELDOM.contains(point) || !isSeldomAlone) && random.nextInt(oneIn(point)) == 0) {
                drawn.add(point);
            }
        }
        return drawn;
    }

    private static int oneIn(KillPoint point) {
        return switch (point) {
            case REGISTER, CALL_COMPLETION, TAKE -> 1;
            case SLEEP, PARK, FINISH -> 2;
            case ACCEPT, CALL_UNDO, FLUSH, DECIDE -> 4;
            case CALL_FORWARD, CLAIM, WAKE, ANSWER -> 8;
        };
    }

    /** Runs the work, unless the process is killed before it. Throws {@link Killed} if the process was killed. */
    public <T> T pass(KillPoint passed, Supplier<T> work) {
        if (!armed.contains(passed) || passesLeft-- > 0) {
            return work.get();
        }
        armed.clear();
        reported.accept(new Kill(passed, side));
        if (side == KillPoint.Side.AFTER) {
            var _ = work.get();
        }
        kill.run();
        throw new Killed();
    }
}
