package dev.entente.simulation.drawing;

import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Role;
import java.time.Duration;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * The behaviour of a simulated participant towards one branch.
 *
 * @param end what its forward operation comes to once it answers
 * @param unknowns how many executions of an operation break off without an answer first
 * @param inProgress how many answer "in progress" after that
 * @param misconfigured whether it says so until an operator has acted; without a barrier to say so, nobody is there
 *     for more than a minute, or for a few calls
 * @param settlingUnknowns the same for completion and undo
 * @param hasBarrier whether it stores verdicts, and says so
 */
public record Script(
        End end,
        int unknowns,
        int inProgress,
        boolean misconfigured,
        int settlingUnknowns,
        boolean settlingRefuses,
        boolean hasBarrier) {
    private static final int FEW = 4;

    /** The answers that a script gives. */
    public enum End {
        DONE,
        REJECTED,
        FAILED
    }

    /** @param branches of the plan: in a large one each of them is refused less often, so that some reach their end */
    public static Script random(Random random, int branches) {
        double draw = random.nextDouble() / Math.min(1, 3.0 / Math.max(1, branches));
        End end = draw < 0.22 ? End.REJECTED : draw < 0.3 ? End.FAILED : End.DONE;
        return new Script(
                end,
                random.nextInt(4) == 0 ? random.nextInt(5) : 0,
                random.nextInt(8) == 0 ? 1 + random.nextInt(3) : 0,
                random.nextInt(30) == 0,
                random.nextInt(5) == 0 ? random.nextInt(7) : 0,
                random.nextInt(40) == 0,
                random.nextBoolean());
    }

    /** Returns one that comes to that end, not at once: what is over in a moment is open at nobody's kill. */
    public static Script slow(End end, Random random) {
        return new Script(
                end, random.nextInt(2), random.nextInt(8), false, random.nextInt(3), false, end == End.REJECTED);
    }

    /** Returns one that succeeds at once. */
    public static Script prompt() {
        return new Script(End.DONE, 0, 0, false, 0, false, true);
    }

    /** Returns the same with a completion and an undo that break off a few times: it is open at more kills. */
    public Script settlingSlowly(Random random) {
        int unanswered = 1 + random.nextInt(4);
        return new Script(end, unknowns, inProgress, misconfigured, unanswered, settlingRefuses, hasBarrier);
    }

    /** Returns one that breaks off so many executions of the forward operation. */
    public static Script silent(int executions) {
        return new Script(End.DONE, executions, 0, false, 0, false, true);
    }

    /** Returns the outcome that keeps an execution from its end, or null. */
    @Nullable
    public Outcome trouble(Role role, int executions, boolean isMended) {
        if (isMended) {
            return null;
        }
        if (role != Role.FORWARD) {
            return settlingTrouble(executions);
        }
        if (misconfigured && hasBarrier) {
            return new Outcome.Misconfigured("no such method", false);
        }
        if (misconfigured && (unknowns > 0 || executions <= FEW)) {
            return Outcome.Misconfigured.forNow("nobody is there");
        }
        if (executions <= unknowns) {
            return new Outcome.Unknown("broken off", null);
        }
        return executions <= unknowns + inProgress ? new Outcome.InProgress("busy", Duration.ofMillis(300)) : null;
    }

    private @Nullable Outcome settlingTrouble(int executions) {
        if (settlingRefuses) {
            return new Outcome.Failed("I will not", false);
        }
        return executions <= settlingUnknowns ? new Outcome.Unknown("broken off", null) : null;
    }
}
