package dev.entente.simulation;

import dev.entente.simulation.drawing.Script;
import java.util.Random;

/**
 * The end that one branch of a plan is to come to, while all others succeed, slowly. Ends that are rare by chance come
 * often enough so.
 *
 * @param target the index of that branch
 * @param refuser the index of the branch whose no turns the transaction, so that others are undone; -1 for none
 */
record Aim(int target, End end, int refuser) {
    /** More executions than any policy has attempts. */
    private static final int FOR_EVER = 50;

    /** The end of one branch. */
    enum End {
        SETTLED,
        UNDONE,
        REJECTED,
        FAILED,
        EXHAUSTED
    }

    /** @param branches of the plan; a branch that joins later has none of its indices */
    static Aim random(Random random, int branches) {
        End end = End.values()[random.nextInt(End.values().length)];
        return new Aim(random.nextInt(Math.max(1, branches)), end, end == End.UNDONE ? branches - 1 : -1);
    }

    boolean isUndo() {
        return end == End.UNDONE;
    }

    /** Returns what the participant of that branch does; -1 stands for one that joins. */
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
