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
 * The check for calls in flight that could contradict an operator's statement. It waits for this coordinator's calls,
 * and for the timeout of dead owners' calls. If the wait is too long for the caller, it refuses the request, which may
 * be repeated.
 */
final class InFlightCalls {
    /** The longest wait: shorter than the usual wait of callers, so that the refusal arrives in time. */
    static final Duration MAX_WAIT = Duration.ofSeconds(8);

    private static final Duration SHORTLY = Duration.ofSeconds(1);

    private InFlightCalls() {}

    /**
     * Defers the request if any call of that branch may be in flight.
     *
     * @param since the time at which the request was first deferred, or null
     * @return whether the request is deferred
     * @throws Refusal ENT-055 with the remaining time, if that is too long
     */
    static boolean putsOff(Draft draft, int branch, @Nullable Instant since) {
        return putsOff(draft, branch, branch + 1, since);
    }

    /**
     * Defers the request while this coordinator's call of that branch is in flight. Calls of dead owners are not
     * awaited, because their answers never arrive here.
     *
     * @throws Refusal ENT-055 after that time
     */
    static boolean awaitsAnswer(Draft draft, int branch, @Nullable Instant since, Duration maxWait) {
        Instant waitUntil = (since == null ? draft.now() : since).plus(maxWait);
        boolean isAwaiting = isAwaiting(draft, branch, branch + 1, waitUntil);
        if (isAwaiting) {
            draft.putOff();
            draft.add(new Effect.Wake(waitUntil));
        }
        return isAwaiting;
    }

    /** Defers the request if any call of any branch may be in flight. */
    static boolean putsOff(Draft draft, @Nullable Instant since) {
        return putsOff(draft, 0, draft.plan().branches().size(), since);
    }

    private static boolean putsOff(Draft draft, int from, int to, @Nullable Instant since) {
        Instant waitUntil = (since == null ? draft.now() : since).plus(MAX_WAIT);
        Instant left = latestEndOfOldCalls(draft, from, to, waitUntil);
        boolean isAwaiting = isAwaiting(draft, from, to, waitUntil);
        if (left == null && !isAwaiting) {
            return false;
        }
        draft.putOff();
        draft.add(new Effect.Wake(left == null || isAwaiting ? waitUntil : left));
        return true;
    }

    /** Returns the latest end of dead owners' calls, or null if there are none any more. */
    private static @Nullable Instant latestEndOfOldCalls(Draft draft, int from, int to, Instant waitUntil) {
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
        if (last != null && last.until.isAfter(waitUntil)) {
            Duration left = Duration.between(draft.now(), last.until);
            throw tooLong(
                    "a call of '" + plan.branches().get(last.branch).title()
                            + "', possibly sent by a failed coordinator, may be in flight for at most " + seconds(left)
                            + " s more; the transaction was not changed: repeat the operation after that time",
                    left);
        }
        return last == null ? null : last.until;
    }

    private static boolean isWithin(int branch, int from, int to) {
        return from <= branch && branch < to;
    }

    /** A call that an owner may have made before it died, and its latest end. */
    record OldCall(int branch, Role role, Instant until) {}

    /**
     * Returns the calls that dead owners may have left in flight, by branch. A later answer to an equal call does not
     * end the older call.
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

    private static boolean isAwaiting(Draft draft, int from, int to, Instant waitUntil) {
        for (int i = from; i < to; i++) {
            if (draft.progress().branch(i).isInFlight()) {
                if (!draft.now().isBefore(waitUntil)) {
                    throw tooLong(
                            "a call of '" + draft.plan().branches().get(i).title()
                                    + "' is still in flight; the transaction was not changed: repeat the operation"
                                    + (RequestRules.wouldPark(draft) ? ", or park the transaction first" : ""),
                            SHORTLY);
                }
                return true;
            }
        }
        return false;
    }

    private static Refusal tooLong(String why, Duration left) {
        return Refusal.temporary(ErrorCode.CALLS_IN_FLIGHT, why, left);
    }

    /** Returns the seconds, rounded up. */
    private static long seconds(Duration duration) {
        return duration.plusMillis(999).toSeconds();
    }
}
