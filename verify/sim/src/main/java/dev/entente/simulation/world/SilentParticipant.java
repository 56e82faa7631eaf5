package dev.entente.simulation.world;

import dev.entente.server.engine.EngineSettings;
import dev.entente.server.participant.BranchCall;
import dev.entente.simulation.mutant.Mutant;
import java.time.Duration;
import java.util.Random;

/**
 * A second participant, in one run of eight, that receives calls and answers none until long after the chaos. In these
 * runs coordinators hold few transactions in memory.
 */
public final class SilentParticipant {
    public static final String NAME = "silent";
    /** The end of the silence. Transactions that wait only for other participants must have ended before. */
    public static final Duration UNTIL = Duration.ofMinutes(2);

    private static final String OTHER = "sim";
    private static final int FEW = 4;
    /** A share per participant that is too large to be ever full. */
    private static final double ALL_AND_MORE = 1000;

    private final VirtualTime time;
    private final Mutant mutant;
    private final boolean isModelled;
    private final Random random;

    public SilentParticipant(VirtualTime time, long seed, Mutant mutant) {
        this.time = time;
        this.mutant = mutant;
        // not if all calls share one limit, or if the memory is limited by bytes
        this.isModelled = Math.floorMod(seed, 8) == 6 && Math.floorMod(seed, 5) != 1 && Math.floorMod(seed, 7) != 3;
        // a separate random source keeps the other runs unchanged
        this.random = new Random(~seed);
    }

    public boolean isModelled() {
        return isModelled;
    }

    /** Returns whether that call is never answered. */
    public boolean swallows(BranchCall call) {
        return isModelled && call.target().participant().equals(NAME) && time.nanos() < UNTIL.toNanos();
    }

    /** Draws the participant that an operation of a client's plan calls. */
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
        return mutant != Mutant.HUNG_PARTICIPANT_TAKES_ALL_CAPACITY;
    }
}
