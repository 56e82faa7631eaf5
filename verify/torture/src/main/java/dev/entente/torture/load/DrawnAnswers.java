package dev.entente.torture.load;

import dev.entente.v1.Plan;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import torture.v1.MoveRequest;

/**
 * Draws what the participants of one drawn plan answer: mostly yes, sometimes late, sometimes in vain, sometimes no. In
 * four plans of ten one forward operation says no, breaks off each time or takes too long; in one of twenty an
 * operation refuses that must not.
 */
final class DrawnAnswers {
    private static final int NEVER = 1_000_000;

    private final Random random;
    private final boolean isCalm;
    private final int bad;
    private final boolean hasRefusedUndo;
    private final Set<String> mayParkFor = new HashSet<>();

    /** @param isCalm whether nothing is refused, and nothing fails for good */
    DrawnAnswers(Random random, Plan plan, boolean isCalm) {
        int forwards = plan.getSaga().getStepsCount()
                + plan.getTcc().getBranchesCount()
                + plan.getTwoPhase().getBranchesCount() * 2;
        this.random = random;
        this.isCalm = isCalm;
        this.bad = !isCalm && random.nextInt(10) < 4 && forwards > 0 ? random.nextInt(forwards) : -1;
        this.hasRefusedUndo = !isCalm && random.nextInt(20) == 0;
    }

    /** The reasons for which it may stand parked, by what was drawn so far. */
    Set<String> mayParkFor() {
        return Set.copyOf(mayParkFor);
    }

    /**
     * Draws a forward operation's.
     *
     * @param number among the forward operations
     * @param parks for what a no of it parks; empty where it turns
     */
    MoveRequest.Builder forward(int number, String parks) {
        MoveRequest.Builder request = bearable();
        if (number != bad) {
            return request;
        }
        switch (random.nextInt(5)) {
            case 0, 1 -> request.setReject("NOT_TODAY");
            case 2 -> request.setFail(true);
            case 3 -> request.setFailTimes(NEVER);
            default -> request.setDelayMs(2500);
        }
        if (!parks.isEmpty()) {
            mayParkFor.add(parks);
        }
        return request;
    }

    /** Draws an undo's or a completion's: now and then the first one that is asked for refuses for ever. */
    MoveRequest.Builder settling(String parks) {
        MoveRequest.Builder request = bearable();
        if (hasRefusedUndo && !parks.isEmpty() && mayParkFor.add(parks)) {
            request.setFail(true);
        }
        return request;
    }

    /** Draws a notification's: one in four is refused. */
    MoveRequest.Builder told() {
        return bearable().setFail(!isCalm && random.nextInt(4) == 0);
    }

    /** Nothing that a few more attempts do not overcome. */
    MoveRequest.Builder bearable() {
        return Workload.trouble(random)
                .setLoseAnswers(random.nextInt(5) == 0 ? 1 + random.nextInt(2) : 0)
                .setFailTimes(random.nextInt(6) == 0 ? 1 : 0);
    }
}
