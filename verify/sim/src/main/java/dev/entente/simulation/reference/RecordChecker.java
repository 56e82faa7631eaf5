package dev.entente.simulation.reference;

import dev.entente.simulation.reference.RulePlan.Branch;
import dev.entente.simulation.reference.StoredRecord.Stage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Checks a coordinator's record: decisions, ends, and the recorded actions of people. */
final class RecordChecker {
    private final TransactionLog log;
    private final CoordinatorView view;
    private final Consumer<String> addViolation;

    RecordChecker(TransactionLog log, CoordinatorView view, Consumer<String> addViolation) {
        this.log = log;
        this.view = view;
        this.addViolation = addViolation;
    }

    void judge(StoredRecord before, StoredRecord now, long at) {
        now.since(before).forEach(entry -> judge(entry, at));
        if (now.isForced()) {
            report(
                    log.requests().mayHave(Request.Force.class::isInstance)
                            ? null
                            : "Ends: forced without an operator's request");
            log.plan().branches().forEach(branch -> report(whyNotStated(branch.id(), at)));
        } else if (now.stage() != before.stage()) {
            changed(before.stage(), now.stage(), at);
        }
    }

    private void judge(RecordEntry entry, long at) {
        switch (entry) {
            case RecordEntry.PivotCalled pivot ->
                report(
                        DirectionRules.hasPassed(view, pivot.at(), log.clockErrorMillis())
                                ? "Switch to undo 3: the pivot is called after the deadline"
                                : null);
            case RecordEntry.ApprovalDecided decided ->
                report("approval.md: ", ApprovalRules.whyNotDecided(log, decided));
            case RecordEntry.ApprovalExpired expired ->
                report("approval.md: ", ApprovalRules.whyNotExpired(log, expired));
            case RecordEntry.Stated stated -> stated(stated, at);
            case RecordEntry.Ended _,
                    RecordEntry.Decided _,
                    RecordEntry.Parked _,
                    RecordEntry.Retried _,
                    RecordEntry.Resumed _,
                    RecordEntry.TakenOver _,
                    RecordEntry.ApprovalAsked _,
                    RecordEntry.Dropped _ -> {}
        }
    }

    private void stated(RecordEntry.Stated stated, long at) {
        report(whyNotStated(stated.branch(), at));
        boolean isTakenBack =
                stated.operation().equals(log.plan().completion()) && stated.truth() != Request.Truth.DONE;
        report(
                isTakenBack
                        ? "Who is completed 4: '" + stated.branch() + "' must be completed, and is stated as not done"
                        : null);
        report(
                log.requests().mayHaveStated(stated.branch(), stated.operation(), stated.truth()::equals)
                        ? null
                        : "Words: '" + stated.branch() + "' is stated " + stated.truth() + " by no operator");
        Branch branch = log.plan().branch(stated.branch());
        if (branch != null
                && stated.truth() == Request.Truth.DONE
                && stated.operation().equals("try")) {
            report(TccRules.whyNotStatedDone(view, branch));
        }
    }

    /** Returns why a statement is not permitted, or null. A call in flight, except a check, can make it untrue. */
    private @Nullable String whyNotStated(String branch, long at) {
        boolean mayArrive = log.attempts().inFlight(at).stream()
                .anyMatch(call ->
                        call.branch().equals(branch) && !call.operation().equals("check"));
        return mayArrive ? "Attempts 3: '" + branch + "' is stated while its call is in flight" : null;
    }

    private void changed(Stage from, Stage to, long at) {
        switch (to) {
            case BEGUN, SCHEDULED -> addViolation.accept("Ends: the transaction returns to " + to);
            case RUNNING -> report(whyNotStarted(from, at));
            case COMPLETING -> complete();
            case UNDOING -> switchToCompensation(at);
            case SUCCEEDED -> succeed(from);
            case ABORTED -> {
                if (from != Stage.UNDOING) {
                    switchToCompensation(at);
                }
                settled();
            }
            case GIVEN_UP -> report(EndRules.whyNotGivenUp(view, at));
        }
        boolean isReversed =
                (from == Stage.COMPLETING && to == Stage.UNDOING) || (from == Stage.UNDOING && to == Stage.COMPLETING);
        if (from.isEnd() || isReversed) {
            addViolation.accept(
                    "Who is completed 4: a decision never changes, and this changed from " + from + " to " + to);
        }
    }

    /** Applies "Forward" 1. */
    private @Nullable String whyNotStarted(Stage from, long at) {
        Long start = log.plan().startAt();
        if (from == Stage.SCHEDULED) {
            boolean isTime = start == null || at >= start - log.clockErrorMillis();
            return isTime ? null : "Forward 1: the transaction starts before its start time";
        }
        boolean mayBeDecided = log.requests().mayHave(Request.Commit.class::isInstance)
                || log.plan().branches().stream().anyMatch(view::mayBeDone);
        return mayBeDecided ? null : "Forward 1: the transaction runs without a decision of client or check-back";
    }

    private void complete() {
        report(EndRules.whyNotCompleted(view));
        log.decided(CompletionRules.list(view));
    }

    private void switchToCompensation(long at) {
        report(EndRules.whyNotSwitched(view, at));
        log.decided(UndoRules.list(view));
    }

    private void succeed(Stage from) {
        if (from != Stage.COMPLETING) {
            report(EndRules.whyNotCompleted(view));
        }
        if (from != Stage.COMPLETING && !log.plan().completion().isEmpty()) {
            log.decided(CompletionRules.list(view));
        }
        settled();
    }

    private void settled() {
        SettlingList list = log.list();
        report(list == null ? null : EndRules.whyNotEnded(view, list));
    }

    private void report(@Nullable String why) {
        if (why != null) {
            addViolation.accept(why);
        }
    }

    private void report(String rule, @Nullable String why) {
        report(why == null ? null : rule + why);
    }
}
