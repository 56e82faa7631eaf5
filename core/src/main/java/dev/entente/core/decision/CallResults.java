package dev.entente.core.decision;

import dev.entente.core.plan.PivotSide;
import dev.entente.core.transaction.Binding;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.CallPolicy;
import dev.entente.core.transaction.Consequence;
import dev.entente.core.transaction.Operation;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.Unsent;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Processes the result of a call: records the result and its meaning for the branch. The consequence for the
 * transaction is decided afterwards.
 */
final class CallResults {
    private CallResults() {}

    static void take(Draft draft, Event.CallFinished finished) {
        int branch = finished.branch();
        BranchProgress progress = draft.progress().branch(branch);
        if (!progress.isInFlight() || progress.role() != finished.role()) {
            return;
        }
        Forward.undoIfLate(draft);
        switch (finished.outcome()) {
            case Outcome.Succeeded succeeded -> succeeded(draft, branch, succeeded);
            case Outcome.Rejected rejected -> rejected(draft, branch, rejected);
            case Outcome.Failed failed -> failed(draft, branch, failed);
            case Outcome.InProgress inProgress -> inProgress(draft, branch, inProgress);
            case Outcome.Misconfigured misconfigured -> misconfigured(draft, branch, misconfigured);
            case Outcome.Unknown unknown -> unknown(draft, branch, unknown.detail(), unknown.retryAfter());
            case Outcome.NotSent notSent -> notSent(draft, branch, notSent);
            case Outcome.StaleFence stale -> unknown(draft, branch, stale.detail(), null);
        }
    }

    private static void succeeded(Draft draft, int branch, Outcome.Succeeded outcome) {
        String leftOut = draft.progress().branch(branch).role() == Role.FORWARD
                ? TriedBranches.leftOutBelow(draft, branch, outcome.tried())
                : null;
        if (leftOut != null) {
            // undone like a failed try: the parent did work for a child that its answer does not list
            String why = "'" + leftOut + "' joined below this branch, but the response does not list '" + leftOut
                    + "' as tried with success";
            Consequence causesUndo = new Consequence.CausesUndo(false, true);
            draft.recordCall(branch, attempt(draft, branch), new Outcome.Failed(why, false), causesUndo);
            return;
        }
        draft.recordCall(branch, attempt(draft, branch), outcome, new Consequence.None());
        BranchProgress done = draft.progress().branch(branch);
        if (done.role() == Role.FORWARD && isRead(draft.plan(), branch)) {
            draft.set(
                    branch, done.responded(outcome.response(), draft.progress().revision()));
        }
    }

    /** Returns whether a binding, or the client as the transaction's result, reads the branch's response. */
    static boolean isRead(Plan plan, int index) {
        String id = plan.branches().get(index).id();
        if (id.equals(plan.resultBranch())) {
            return true;
        }
        List<Branch> branches = plan.branches();
        for (int i = 0; i < branches.size(); i++) {
            Branch branch = branches.get(i);
            if (reads(branch.forward(), id) || reads(branch.completion(), id) || reads(branch.undo(), id)) {
                return true;
            }
        }
        return false;
    }

    // This check runs after every successful call, mostly without any binding: no stream, no iterator.
    private static boolean reads(@Nullable Operation operation, String id) {
        if (operation == null) {
            return false;
        }
        List<Binding> bindings = operation.bindings();
        for (int i = 0; i < bindings.size(); i++) {
            if (bindings.get(i).from().equals(id)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Records a rejection. The rejection is trusted if only one call can have left, if the participant has stored the
     * verdict, or if the policy trusts every rejection.
     */
    private static void rejected(Draft draft, int branch, Outcome.Rejected outcome) {
        BranchProgress progress = draft.progress().branch(branch);
        boolean isBelieved = outcome.settled()
                || progress.sent() == 1
                || policy(draft, branch).trustsEveryRejection();
        boolean isTrusted = progress.role() == Role.FORWARD && isBelieved;
        refused(draft, branch, outcome, isTrusted);
    }

    private static void failed(Draft draft, int branch, Outcome.Failed outcome) {
        BranchProgress progress = draft.progress().branch(branch);
        if (progress.role() == Role.UNDO && outcome.notFound() && progress.state() != BranchState.DONE) {
            Consequence nothing = new Consequence.NothingToUndo();
            draft.recordCall(branch, attempt(draft, branch), outcome, nothing);
        } else if (progress.role() == Role.FORWARD && outcome.gone()) {
            Verdict verdict = policy(draft, branch).gone(side(draft, branch), isRetriable(draft, branch));
            conclude(draft, branch, verdict, outcome, false, null);
        } else {
            refused(draft, branch, outcome, false);
        }
    }

    private static void refused(Draft draft, int branch, Outcome outcome, boolean isTrusted) {
        switch (draft.progress().branch(branch).role()) {
            case FORWARD -> {
                Verdict verdict =
                        policy(draft, branch).refused(side(draft, branch), isRetriable(draft, branch), isTrusted);
                conclude(draft, branch, verdict, outcome, isTrusted, null);
            }
            case COMPLETION ->
                conclude(draft, branch, new Verdict.Stuck(ParkReason.COMPLETION_REFUSED), outcome, false, null);
            case UNDO -> conclude(draft, branch, new Verdict.Stuck(ParkReason.UNDO_REFUSED), outcome, false, null);
        }
    }

    private static void inProgress(Draft draft, int branch, Outcome.InProgress outcome) {
        BranchProgress progress = draft.progress().branch(branch);
        Instant since = since(draft, progress, Outcome.IN_PROGRESS);
        Duration lasted = Duration.between(since, draft.now());
        if (lasted.compareTo(draft.noProgress().inProgress()) >= 0) {
            String detail = "in progress for " + lasted.toSeconds() + " s: " + outcome.detail();
            unknown(draft, branch, detail, outcome.retryAfter());
            return;
        }
        draft.recordCall(branch, progress.attempts(), outcome, new Consequence.None());
        Duration wait = wait(draft, branch, 1, outcome.retryAfter());
        draft.set(branch, draft.progress().branch(branch).waiting(draft.now().plus(wait), since));
    }

    /** Returns the time since which the operation has had only this outcome. */
    private static Instant since(Draft draft, BranchProgress progress, int outcome) {
        Instant known = progress.next().inProgressSince();
        return known == null || progress.lastOutcome() != outcome ? draft.now() : known;
    }

    /**
     * Records a call that was not sent, which is not an attempt. A long time without a connection counts as one attempt
     * without an answer.
     */
    private static void notSent(Draft draft, int branch, Outcome.NotSent outcome) {
        BranchProgress progress = draft.progress().branch(branch);
        Unsent before = progress.next().unsent();
        Instant known = before == null ? null : before.unreachableSince();
        if (!outcome.isUnreachable()) {
            Duration pause = Backoff.jittered(outcome.retryAfter(), draft.random());
            draft.set(branch, progress.unsent(draft.now().plus(pause), new Unsent(outcome.detail(), known)));
            return;
        }
        // the participant's circuit breaker already spreads these waits: more jitter would delay the detection that the
        // participant is available again
        Instant again = draft.now().plus(outcome.retryAfter());
        Instant since = known == null ? draft.now() : known;
        Unsent unsent = new Unsent(outcome.detail(), since);
        Instant counts = since.plus(draft.noProgress().unreachable());
        if (draft.now().isBefore(counts)) {
            draft.set(branch, progress.unsent(again.isBefore(counts) ? again : counts, unsent));
        } else {
            // a call that never left is not counted as sent
            draft.set(branch, progress.unsent(draft.now(), unsent));
            long seconds = Duration.between(since, draft.now()).toSeconds();
            unknown(draft, branch, "no connection for " + seconds + " s: " + outcome.detail(), null);
        }
    }

    private static void misconfigured(Draft draft, int branch, Outcome.Misconfigured outcome) {
        ParkReason reason = outcome.barrierExpired() ? ParkReason.BARRIER_EXPIRED : ParkReason.TARGET_MISCONFIGURED;
        Verdict verdict = draft.progress().branch(branch).role() == Role.FORWARD
                ? policy(draft, branch).misconfigured(reason)
                : new Verdict.Stuck(reason);
        BranchProgress progress = draft.progress().branch(branch);
        if (verdict instanceof Verdict.Stuck && outcome.mayPass() && progress.lastOutcome() == Outcome.IN_PROGRESS) {
            // two replicas may alternate between both outcomes for ever: each change counts as an attempt
            unknown(draft, branch, outcome.detail(), null);
            return;
        }
        Instant since = since(draft, progress, Outcome.MISCONFIGURED);
        Duration lasted = Duration.between(since, draft.now());
        if (verdict instanceof Verdict.Stuck
                && outcome.mayPass()
                && lasted.compareTo(draft.noProgress().misconfigured()) < 0) {
            // not an attempt: a server that starts later still gets all attempts. The waits double, up to the limit
            draft.recordCall(branch, progress.attempts(), outcome, new Consequence.None());
            Instant next = draft.now().plus(wait(draft, branch, 1, lasted));
            Instant last = since.plus(draft.noProgress().misconfigured());
            draft.set(branch, draft.progress().branch(branch).waiting(next.isAfter(last) ? last : next, since));
            return;
        }
        conclude(draft, branch, verdict, outcome, false, null);
    }

    private static void unknown(Draft draft, int branch, String detail, @Nullable Duration retryAfter) {
        Verdict atLimit = switch (draft.progress().branch(branch).role()) {
            case FORWARD -> policy(draft, branch).exhausted(side(draft, branch), isRetriable(draft, branch));
            case COMPLETION -> new Verdict.Stuck(ParkReason.COMPLETION_EXHAUSTED);
            case UNDO -> new Verdict.Stuck(ParkReason.UNDO_EXHAUSTED);
        };
        Outcome unknown = new Outcome.Unknown(detail, retryAfter);
        conclude(draft, branch, new Verdict.Retry(atLimit), unknown, false, retryAfter);
    }

    private static void conclude(
            Draft draft,
            int branch,
            Verdict verdict,
            Outcome outcome,
            boolean isTrusted,
            @Nullable Duration retryAfter) {
        switch (verdict) {
            case Verdict.SwitchToUndo _ -> {
                Consequence causesUndo = new Consequence.CausesUndo(isTrusted, false);
                draft.recordCall(branch, attempt(draft, branch), outcome, causesUndo);
            }
            case Verdict.Stuck by -> {
                Consequence stuck = new Consequence.Stuck(by.reason(), isTrusted);
                draft.recordCall(branch, attempt(draft, branch), outcome, stuck);
            }
            case Verdict.Retry again -> retry(draft, branch, again.atLimit(), outcome, retryAfter);
        }
    }

    /** Retries the call. A rejection that is not trusted counts like a missing answer. */
    private static void retry(
            Draft draft, int branch, Verdict atLimit, Outcome outcome, @Nullable Duration retryAfter) {
        int attempt = attempt(draft, branch);
        if (attempt >= callPolicy(draft, branch).maxAttempts()) {
            conclude(draft, branch, atLimit, outcome, false, null);
            return;
        }
        draft.recordCall(branch, attempt, outcome, new Consequence.None());
        Instant next = draft.now().plus(wait(draft, branch, attempt, retryAfter));
        draft.set(branch, draft.progress().branch(branch).waiting(next, null));
    }

    private static Duration wait(Draft draft, int branch, int attempts, @Nullable Duration retryAfter) {
        CallPolicy policy = callPolicy(draft, branch);
        return retryAfter == null
                ? Backoff.delay(policy, attempts, draft.random())
                : Backoff.delay(policy, attempts, draft.random(), retryAfter);
    }

    private static int attempt(Draft draft, int branch) {
        return draft.progress().branch(branch).attempts() + 1;
    }

    private static PatternPolicy policy(Draft draft, int branch) {
        return PatternPolicy.of(draft.plan(), branch);
    }

    private static PivotSide side(Draft draft, int branch) {
        return PivotSide.of(draft.plan(), draft.graph(), branch);
    }

    private static boolean isRetriable(Draft draft, int branch) {
        return draft.plan().branches().get(branch).retriable();
    }

    private static CallPolicy callPolicy(Draft draft, int branch) {
        Operation operation = draft.plan()
                .branches()
                .get(branch)
                .operation(draft.progress().branch(branch).role());
        return operation == null ? CallPolicy.standard(Role.FORWARD) : operation.ownPolicy();
    }
}
