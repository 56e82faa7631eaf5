package dev.entente.simulation.world;

import dev.entente.server.engine.EngineSettings;
import dev.entente.server.participant.BranchCall;
import dev.entente.simulation.mutant.Mutant;
import java.time.Duration;
import java.util.Random;

/**
 * A second participant, in one run of eight, that takes calls and answers none until the chaos is long over.
 * Coordinators hold few transactions in memory then.
 */
public final class SilentParticipant {
    public static final String NAME = "silent";
    /** Then it answers again. Whatever waits on nobody else must have ended before. */
    public static final Duration UNTIL = Duration.ofMinutes(2);

    private static final String OTHER = "sim";
    private static final int FEW = 4;
    /** The share's size, too large to be ever full. */
    private static final double ALL_AND_MORE = 1000;

    private final VirtualTime time;
    private final Mutant mutant;
    private final boolean isModelled;
    private final Random random;

    public SilentParticipant(VirtualTime time, long seed, Mutant mutant) {
        this.time = time;
        this.mutant = mutant;
        // not where one limit is shared by all calls, or the memory is bounded by bytes
        this.isModelled = Math.floorMod(seed, 8) == 6 && Math.floorMod(seed, 5) != 1 && Math.floorMod(seed, 7) != 3;
        // numbers of its own: the other runs stay what they were
        this.random = new Random(~seed);
    }

    public boolean isModelled() {
        return isModelled;
    }

    /** Returns whether nobody ever hears of that call. */
    public boolean swallows(BranchCall call) {
        return isModelled && call.target().participant().equals(NAME) && time.nanos() < UNTIL.toNanos();
    }

    /** Draws whom an operation of a client's plan calls. */
    public String participant() {
        return isModelled && random.nextInt(4) == 0 ? NAME : OTHER;
    }

    /** Draws a moment in the first seconds. */
    public Duration early() {
        return Duration.ofMillis(500 + random.nextInt(8000));
    }

    /** Draws a moment in the rest of the chaos. */
    public Duration later() {
        return Duration.ofMillis(10_000 + random.nextInt(30_000));
    }

    public EngineSettings settings(EngineSettings usual) {
        return isModelled
                ? usual.holding(FEW, usual.maxOpenBytes(), isShareKept() ? usual.perParticipant() : ALL_AND_MORE)
                : usual;
    }

    private boolean isShareKept() {
        return mutant != Mutant.HUNG_PARTICIPANT_TAKES_ALL_ROOM;
    }
}
