package dev.entente.torture.load;

import dev.entente.v1.Plan;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import torture.v1.MoveRequest;

/**
 * Random responses of the participants of one drawn plan: mostly successful, sometimes late or with a temporary
 * failure, sometimes a refusal. In four of ten plans one forward operation is refused, fails each time or takes too
 * long. In one of twenty plans an operation refuses that must not refuse.
 */
final class DrawnResponses {
    private static final int NEVER = 1_000_000;

    private final Random random;
    private final boolean isCalm;
    private final int bad;
    private final boolean hasRefusedUndo;
    private final Set<String> mayParkFor = new HashSet<>();

    /** @param isCalm whether refusals and permanent failures are excluded */
    DrawnResponses(Random random, Plan plan, boolean isCalm) {
        int forwards = plan.getSaga().getStepsCount()
                + plan.getTcc().getBranchesCount()
                + plan.getTwoPhase().getBranchesCount() * 2;
        this.random = random;
        this.isCalm = isCalm;
        this.bad = !isCalm && random.nextInt(10) < 4 && forwards > 0 ? random.nextInt(forwards) : -1;
        this.hasRefusedUndo = !isCalm && random.nextInt(20) == 0;
    }

    /** Returns the reasons for which the transaction may be parked, according to the answers drawn so far. */
    Set<String> mayParkFor() {
        return Set.copyOf(mayParkFor);
    }

    /**
     * Draws the answer of a forward operation.
     *
     * @param number the index among the forward operations
     * @param parks the reason for which a refusal parks; empty if a refusal starts the compensation
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

    /** Draws the answer of an undo or a completion. In some plans the first of these operations always refuses. */
    MoveRequest.Builder settling(String parks) {
        MoveRequest.Builder request = bearable();
        if (hasRefusedUndo && !parks.isEmpty() && mayParkFor.add(parks)) {
            request.setFail(true);
        }
        return request;
    }

    /** Draws the answer of a notification: one in four is refused. */
    MoveRequest.Builder reported() {
        return bearable().setFail(!isCalm && random.nextInt(4) == 0);
    }

    /** Draws only failures that a few more attempts overcome. */
    MoveRequest.Builder bearable() {
        return Workload.trouble(random)
                .setLoseAnswers(random.nextInt(5) == 0 ? 1 + random.nextInt(2) : 0)
                .setFailTimes(random.nextInt(6) == 0 ? 1 : 0);
    }
}
