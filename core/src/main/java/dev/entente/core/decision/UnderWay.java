package dev.entente.core.decision;

import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Refusal;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Calls that could make untrue what an operator states. Waits for our own calls, and lets those of dead owners time
 * out. Refuses the act, which may be repeated, where that takes longer than its caller waits.
 */
final class UnderWay {
    /**
     * Less than the ten seconds for which one coordinator waits for another's answer: the refusal must come through.
     */
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
        Takeovers takeovers = Takeovers.of(draft.progress().history());
        Instant latest = null;
        for (int i = from; i < to; i++) {
            Branch branch = draft.plan().branches().get(i);
            Instant until = until(draft, takeovers, i);
            if (until != null && until.isAfter(patientUntil)) {
                Duration left = Duration.between(draft.now(), until);
                throw tooLong(
                        "a call of '" + branch.title()
                                + "' may be under way, made by a coordinator that died, for at most " + seconds(left)
                                + " s more; nothing of it was changed: repeat it then",
                        left);
            }
            if (until != null && until.isAfter(draft.now()) && (latest == null || until.isAfter(latest))) {
                latest = until;
            }
        }
        return latest;
    }

    /** Returns until when a call of the branch may be under way; of two forward operations the later time. */
    private static @Nullable Instant until(Draft draft, Takeovers takeovers, int index) {
        Instant until = takeovers.until(draft.plan().branches().get(index));
        int second = draft.plan().continuationOf(index);
        Instant continued = second < 0
                ? null
                : takeovers.untilUnanswered(
                        draft.plan().branches().get(second), draft.progress().branch(second));
        boolean isLater = continued != null && (until == null || continued.isAfter(until));
        return isLater ? continued : until;
    }

    private static boolean isAwaiting(Draft draft, int from, int to, Instant patientUntil) {
        for (int i = from; i < to; i++) {
            if (draft.progress().branch(i).isInFlight()) {
                if (!draft.now().isBefore(patientUntil)) {
                    throw tooLong(
                            "a call of '" + draft.plan().branches().get(i).title()
                                    + "' is still under way; nothing of it was changed: repeat it, or park the"
                                    + " transaction first",
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
