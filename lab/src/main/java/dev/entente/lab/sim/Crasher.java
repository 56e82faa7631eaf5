package dev.entente.lab.sim;

import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Kills the process at the chosen point, once. */
final class Crasher {
    private final Consumer<Kill> told;
    private final Runnable kill;
    private @Nullable Kill next;
    private int passesLeft;

    /**
     * @param told hears of it first
     * @param kill kills the process that passes
     */
    Crasher(Consumer<Kill> told, Runnable kill) {
        this.told = told;
        this.kill = kill;
    }

    /** Where a process is killed. */
    record Kill(FaultPoint point, FaultPoint.Side side) {}

    /** Thrown through whatever the process was doing when it was killed. */
    static final class Killed extends Error {
        private static final long serialVersionUID = 1L;

        Killed() {
            super("killed", null, false, false);
        }
    }

    /** @param passes how often that point is passed unharmed first */
    void arm(Kill first, int passes) {
        next = first;
        passesLeft = passes;
    }

    /** Does it, unless the process is killed before; throws {@link Killed} if it was killed. */
    <T> T pass(FaultPoint passed, Supplier<T> work) {
        Kill armed = next;
        if (armed == null || passed != armed.point() || passesLeft-- > 0) {
            return work.get();
        }
        next = null;
        told.accept(armed);
        if (armed.side() == FaultPoint.Side.AFTER) {
            var _ = work.get();
        }
        kill.run();
        throw new Killed();
    }
}
