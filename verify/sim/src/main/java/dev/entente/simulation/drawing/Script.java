package dev.entente.simulation.drawing;

import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Role;
import java.time.Duration;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * The behaviour of a simulated participant towards one branch.
 *
 * @param end the final answer of its forward operation
 * @param unknowns the number of first executions of the forward operation that break off without an answer
 * @param inProgress the number of executions after that with the answer "in progress"
 * @param misconfigured whether it answers "misconfigured" until an operator acts; without a barrier its answer is "not
 *     reachable for now", for longer than a minute or for a few calls only
 * @param settlingUnknowns like {@code unknowns}, for completion and undo
 * @param hasBarrier whether it stores verdicts and reports them as settled
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

    /** The final answers of a script. */
    public enum End {
        DONE,
        REJECTED,
        FAILED
    }

    /**
     * @param branches the number of branches; in a large plan each is refused less often, so that some plans succeed
     */
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

    /** Returns a script that reaches that end slowly: a transaction that ends at once is rarely open at a kill. */
    public static Script slow(End end, Random random) {
        return new Script(
                end, random.nextInt(2), random.nextInt(8), false, random.nextInt(3), false, end == End.REJECTED);
    }

    /** Returns a script that succeeds at once. */
    public static Script prompt() {
        return new Script(End.DONE, 0, 0, false, 0, false, true);
    }

    /** Returns this script with a completion and an undo that break off a few times: more kills find it open. */
    public Script settlingSlowly(Random random) {
        int unanswered = 1 + random.nextInt(4);
        return new Script(end, unknowns, inProgress, misconfigured, unanswered, settlingRefuses, hasBarrier);
    }

    /** Returns a script that breaks off that number of executions of the forward operation. */
    public static Script silent(int executions) {
        return new Script(End.DONE, executions, 0, false, 0, false, true);
    }

    /** Returns the outcome that keeps an execution from its end, or null. */
    @Nullable
    public Outcome trouble(Role role, int executions, boolean isRepaired) {
        if (isRepaired) {
            return null;
        }
        if (role != Role.FORWARD) {
            return settlingTrouble(executions);
        }
        if (misconfigured && hasBarrier) {
            return new Outcome.Misconfigured("no such method", false);
        }
        if (misconfigured && (unknowns > 0 || executions <= FEW)) {
            return Outcome.Misconfigured.forNow("no such service");
        }
        if (executions <= unknowns) {
            return new Outcome.Unknown("broken off", null);
        }
        return executions <= unknowns + inProgress ? new Outcome.InProgress("busy", Duration.ofMillis(300)) : null;
    }

    private @Nullable Outcome settlingTrouble(int executions) {
        if (settlingRefuses) {
            return new Outcome.Failed("is refused", false);
        }
        return executions <= settlingUnknowns ? new Outcome.Unknown("broken off", null) : null;
    }
}
