package dev.entente.core.decision;

import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Progress;
import dev.entente.core.transaction.Refusal;
import dev.entente.core.transaction.Role;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Calls that could make untrue what an operator states. Waits for our own calls, and lets those of dead owners time
 * out. Refuses the act, which may be repeated, where that takes longer than its caller waits.
 */
final class UnderWay {
    /** Less than callers usually wait for an answer: the refusal must come through. */
    static final Duration PATIENCE = Duration.ofSeconds(8);

    private static final Duration SHORTLY = Duration.ofSeconds(1);

    private UnderWay() {}

    /**
     * Puts the act off if any call of that branch may be under way.
     *
     * @param since when the act was first put off, or null
     * @return whether it is put off
     * @throws Refusal ENT-055 with the time that is left, if that is too long
     */
    static boolean putsOff(Draft draft, int branch, @Nullable Instant since) {
        return putsOff(draft, branch, branch + 1, since);
    }

    /**
     * Puts the act off while our own call of that branch is under way. Of a dead owner's nobody here hears any more.
     *
     * @throws Refusal ENT-055 after that patience
     */
    static boolean awaitsAnswer(Draft draft, int branch, @Nullable Instant since, Duration patience) {
        Instant patientUntil = (since == null ? draft.now() : since).plus(patience);
        boolean isAwaiting = isAwaiting(draft, branch, branch + 1, patientUntil);
        if (isAwaiting) {
            draft.putOff();
            draft.add(new Effect.Wake(patientUntil));
        }
        return isAwaiting;
    }

    /** The same for the calls of all branches. */
    static boolean putsOff(Draft draft, @Nullable Instant since) {
        return putsOff(draft, 0, draft.plan().branches().size(), since);
    }

    private static boolean putsOff(Draft draft, int from, int to, @Nullable Instant since) {
        Instant patientUntil = (since == null ? draft.now() : since).plus(PATIENCE);
        Instant left = outwait(draft, from, to, patientUntil);
        boolean isAwaiting = isAwaiting(draft, from, to, patientUntil);
        if (left == null && !isAwaiting) {
            return false;
        }
        draft.putOff();
        draft.add(new Effect.Wake(left == null || isAwaiting ? patientUntil : left));
        return true;
    }

    /** When the calls of dead owners are over, or null if there are none any more. */
    private static @Nullable Instant outwait(Draft draft, int from, int to, Instant patientUntil) {
        Plan plan = draft.plan();
        OldCall last = null;
        for (OldCall call : ofDeadOwners(plan, draft.progress(), draft.now())) {
            String continued = plan.branches().get(call.branch).continues();
            int first = continued == null ? call.branch : plan.indexOf(continued);
            boolean isMeant = isWithin(call.branch, from, to) || isWithin(first, from, to);
            if (isMeant && (last == null || call.until.isAfter(last.until))) {
                last = call;
            }
        }
        if (last != null && last.until.isAfter(patientUntil)) {
            Duration left = Duration.between(draft.now(), last.until);
            throw tooLong(
                    "a call of '" + plan.branches().get(last.branch).title()
                            + "' may be under way, made by a coordinator that died, for at most " + seconds(left)
                            + " s more; nothing of it was changed: repeat it then",
                    left);
        }
        return last == null ? null : last.until;
    }

    private static boolean isWithin(int branch, int from, int to) {
        return from <= branch && branch < to;
    }

    /** A call that an owner may have made before it died, and when it is over at the latest. */
    record OldCall(int branch, Role role, Instant until) {}

    /**
     * Lists what dead owners may have left under way, by branch. A later answer to the same call ends none of them: the
     * older one is still at work.
     */
    static List<OldCall> ofDeadOwners(Plan plan, Progress progress, Instant now) {
        Takeovers takeovers = Takeovers.of(progress.history());
        List<OldCall> calls = new ArrayList<>();
        for (int i = 0; i < plan.branches().size(); i++) {
            for (Role role : Role.values()) {
                Instant until = takeovers.until(plan.branches().get(i), role);
                if (until != null && until.isAfter(now)) {
                    calls.add(new OldCall(i, role, until));
                }
            }
        }
        return calls;
    }

    private static boolean isAwaiting(Draft draft, int from, int to, Instant patientUntil) {
        for (int i = from; i < to; i++) {
            if (draft.progress().branch(i).isInFlight()) {
                if (!draft.now().isBefore(patientUntil)) {
                    throw tooLong(
                            "a call of '" + draft.plan().branches().get(i).title()
                                    + "' is still under way; nothing of it was changed: repeat it"
                                    + (Acts.wouldPark(draft) ? ", or park the transaction first" : ""),
                            SHORTLY);
                }
                return true;
            }
        }
        return false;
    }

    private static Refusal tooLong(String why, Duration left) {
        return Refusal.temporary(ErrorCode.CALLS_UNDER_WAY, why, left);
    }

    /** Rounded up. */
    private static long seconds(Duration duration) {
        return duration.plusMillis(999).toSeconds();
    }
}
