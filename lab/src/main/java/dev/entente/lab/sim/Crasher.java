package dev.entente.lab.sim;

import java.util.function.Supplier;

/** Kills the process at the chosen point, once. */
final class Crasher {
    private final FaultPoint point;
    private final FaultPoint.Side side;
    private final Coverage coverage;
    private final Runnable kill;
    private int passesLeft;
    private boolean isSpent;

    /**
     * @param passes how often the point is passed unharmed first
     * @param kill kills the process that passes
     */
    Crasher(FaultPoint point, FaultPoint.Side side, int passes, Coverage coverage, Runnable kill) {
        this.point = point;
        this.side = side;
        this.passesLeft = passes;
        this.coverage = coverage;
        this.kill = kill;
    }

    /** Thrown through whatever the process was doing when it was killed. */
    static final class Killed extends Error {
        private static final long serialVersionUID = 1L;

        Killed() {
            super("killed", null, false, false);
        }
    }

    /** Does it, unless the process is killed before; throws {@link Killed} if it was killed. */
    <T> T pass(FaultPoint passed, Supplier<T> work) {
        if (isSpent || passed != point || passesLeft-- > 0) {
            return work.get();
        }
        isSpent = true;
        coverage.crashed(point, side);
        if (side == FaultPoint.Side.AFTER) {
            var _ = work.get();
        }
        kill.run();
        throw new Killed();
    }
}
