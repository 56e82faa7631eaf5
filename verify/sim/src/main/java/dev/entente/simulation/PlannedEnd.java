package dev.entente.simulation;

import dev.entente.simulation.drawing.Script;
import java.util.Random;

/**
 * The planned end of one branch, while all other branches succeed slowly. Ends that are rare by chance become frequent.
 *
 * @param target the index of that branch
 * @param refuser the index of the branch with a refusal that causes the undo of others; -1 for none
 */
record PlannedEnd(int target, End end, int refuser) {
    /** More executions than the attempts of any policy. */
    private static final int FOR_EVER = 50;

    /** The end of one branch. */
    enum End {
        SETTLED,
        UNDONE,
        REJECTED,
        FAILED,
        EXHAUSTED
    }

    /** @param branches the number of branches in the plan; a branch that joins later has none of their indices */
    static PlannedEnd random(Random random, int branches) {
        End end = End.values()[random.nextInt(End.values().length)];
        return new PlannedEnd(random.nextInt(Math.max(1, branches)), end, end == End.UNDONE ? branches - 1 : -1);
    }

    boolean isUndo() {
        return end == End.UNDONE;
    }

    /** Returns the script of that branch's participant; -1 means a branch that joins. */
    Script script(int index, Random random) {
        if (index >= 0 && index == refuser) {
            return Script.slow(Script.End.REJECTED, random);
        }
        if (index != target) {
            return Script.slow(Script.End.DONE, random).settlingSlowly(random);
        }
        return switch (end) {
            case SETTLED, UNDONE -> Script.slow(Script.End.DONE, random).settlingSlowly(random);
            case REJECTED -> Script.slow(Script.End.REJECTED, random);
            case FAILED -> Script.slow(Script.End.FAILED, random);
            case EXHAUSTED -> Script.silent(FOR_EVER);
        };
    }
}
