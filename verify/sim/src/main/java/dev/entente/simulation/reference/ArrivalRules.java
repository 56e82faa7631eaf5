package dev.entente.simulation.reference;

import dev.entente.simulation.reference.FinalEvidence.Answer;
import dev.entente.simulation.reference.FinalEvidence.Arrival;
import dev.entente.simulation.reference.FinalEvidence.Step;
import dev.entente.simulation.reference.RulePlan.Branch;
import dev.entente.simulation.reference.RulePlan.BranchKind;
import dev.entente.simulation.reference.RulePlan.Expiry;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Checks which calls may have left, for an observer who saw only their arrival. Every condition for a call's departure
 * is also true at its arrival.
 */
final class ArrivalRules {
    /** The largest difference between two participants' clocks, which run on one machine. */
    private static final long PARTICIPANTS_MILLIS = 100;
    /**
     * How long a superseded coordinator may continue to call, and how late the clock of a machine that slept may be:
     * more than a lease.
     */
    private static final long SUPERSEDED_MILLIS = 6000;

    private final TransactionLog log;
    private final RulePlan plan;
    private final FinalEvidence evidence;
    private final long clockErrorMillis;

    ArrivalRules(TransactionLog log, FinalEvidence evidence) {
        this.log = log;
        this.plan = log.plan();
        this.evidence = evidence;
        this.clockErrorMillis = log.clockErrorMillis();
    }

    /** Returns why that call cannot have left, or null. */
    @Nullable
    String whyNot(Arrival call) {
        Branch branch = plan.branch(call.branch());
        if (branch == null) {
            return "Words: there is no such branch";
        }
        if (branch.kind() == BranchKind.REGISTERED && call.operation().equals(plan.forward(branch))) {
            return "Forward 2: only the client or participant that registered a branch makes its try";
        }
        if (!branch.has(call.operation()) || branch.kind() == BranchKind.APPROVAL) {
            return "Words: the branch has no such operation";
        }
        if (call.operation().equals(plan.undo())) {
            return whyNotCompensated(branch, call.at());
        }
        return call.operation().equals(plan.completion())
                ? whyNotCompleted(branch, call.at())
                : whyNotForward(branch, call);
    }

    // ---- forward

    private @Nullable String whyNotForward(Branch branch, Arrival call) {
        Long start = plan.startAt();
        if (start != null && call.at() < start - clockErrorMillis) {
            return "Forward 1: the start time was not reached";
        }
        for (Branch before : earlier(branch, call.operation())) {
            if (!isDone(before, call.at())) {
                return "Forward 2: the earlier branch '" + before.id() + "' was not done";
            }
        }
        for (String from : branch.binds()) {
            if (!isOnRecord(call.at(), entry -> isSuccess(entry, from))) {
                return "Forward 5: the response of '" + from + "', which the call or its undo needs, was not on record";
            }
        }
        String pivot = whyNotPastPivot(branch, call.at());
        return pivot == null ? whyNotSwitched(branch, call) : pivot;
    }

    private Set<Branch> earlier(Branch branch, String operation) {
        return operation.equals(TwoPhaseRules.PRE_COMMIT) ? Set.copyOf(plan.branches()) : plan.before(branch);
    }

    /** Applies "Forward" 3. */
    private @Nullable String whyNotPastPivot(Branch branch, long at) {
        Branch pivot = plan.pivot();
        boolean isFromPivotOn =
                pivot != null && (branch.isPivot() || plan.ancestors(branch).contains(pivot));
        boolean isFirst = pivot != null && plan.before(pivot).isEmpty();
        return isFromPivotOn && !isFirst && !isOnRecord(at, RecordEntry.PivotCalled.class::isInstance)
                ? "Forward 3: the call of the pivot was not on record"
                : null;
    }

    /** Applies "Forward" 4: the call cannot have left before the answers it needs, and by then undo was decided. */
    private @Nullable String whyNotSwitched(Branch branch, Arrival call) {
        OptionalLong switchedAt = evidence.steps().stream()
                .filter(step -> step.entry() instanceof RecordEntry.Decided decided && decided.isToUndo())
                .mapToLong(Step::at)
                .findFirst();
        long earliest = earlier(branch, call.operation()).stream()
                .mapToLong(this::doneAt)
                .max()
                .orElse(Long.MIN_VALUE);
        return switchedAt.isPresent() && earliest > switchedAt.getAsLong() + SUPERSEDED_MILLIS
                ? "Forward 4: its prerequisites were done after the switch to undo"
                : null;
    }

    /** Returns the earliest possible time at which that branch was done; the minimum value if the time is unknown. */
    private long doneAt(Branch branch) {
        return evidence.answers().stream()
                .filter(answer -> isForwardOk(branch, answer))
                .mapToLong(Answer::at)
                .min()
                .orElse(Long.MIN_VALUE);
    }

    private boolean isForwardOk(Branch branch, Answer answer) {
        return answer.kind() == OutcomeKind.OK
                && answer.branch().equals(branch.id())
                && answer.operation().equals(plan.forward(branch));
    }

    private boolean isDone(Branch branch, long at) {
        boolean isStated =
                log.requests().mayHaveStated(branch.id(), plan.forward(branch), truth -> truth == Request.Truth.DONE);
        return isStated
                || switch (branch.kind()) {
                    case CALL, REGISTERED -> isOk(branch, plan.forward(branch), at);
                    case CHILD ->
                        evidence.children().getOrDefault(branch.id(), Long.MAX_VALUE) <= at + clockErrorMillis
                                || isOnRecord(at, entry -> isSuccess(entry, branch.id()));
                    case APPROVAL -> isOnRecord(at, entry -> opens(branch, entry));
                    case CHECK -> true;
                };
    }

    private static boolean opens(Branch approval, RecordEntry entry) {
        return (entry instanceof RecordEntry.ApprovalDecided decided
                        && decided.isYes()
                        && decided.branch().equals(approval.id()))
                || (entry instanceof RecordEntry.ApprovalExpired expired
                        && approval.expiry() == Expiry.APPROVE
                        && expired.branch().equals(approval.id()));
    }

    private boolean isSuccess(RecordEntry entry, String id) {
        Branch branch = plan.branch(id);
        return branch != null
                && new StoredRecord(StoredRecord.Stage.RUNNING, List.of(entry), false, false)
                        .hasSuccess(id, plan.forward(branch));
    }

    // ---- undo and completion

    private @Nullable String whyNotCompensated(Branch branch, long at) {
        SettlingList list = log.list();
        String why = whyNotOrdered(list, plan.undo(), true, at);
        if (why != null || list == null) {
            return why;
        }
        if (!list.may().contains(branch.id())) {
            return "Who is undone 1: the branch is not one of " + list.may();
        }
        for (Branch later : plan.descendants(branch)) {
            if (list.must().contains(later.id()) && !isSettled(later, plan.undo(), at)) {
                return "Who is undone 5: the later branch '" + later.id() + "' might still be undone";
            }
        }
        return whyNotLifted(at);
    }

    private @Nullable String whyNotCompleted(Branch branch, long at) {
        SettlingList list = log.list();
        String why = whyNotOrdered(list, plan.completion(), false, at);
        if (why != null || list == null) {
            return why;
        }
        if (!list.may().contains(branch.id())) {
            return "Who is completed 3: the branch is not one of " + list.may();
        }
        for (Branch earlier : plan.ancestors(branch)) {
            if (list.must().contains(earlier.id()) && !isSettled(earlier, plan.completion(), at)) {
                return "Who is completed 3: the earlier branch '" + earlier.id() + "' was not completed";
            }
        }
        return whyNotLifted(at);
    }

    /** Applies "Who is completed" 4. */
    private @Nullable String whyNotOrdered(@Nullable SettlingList list, String operation, boolean isToUndo, long at) {
        boolean isDecided =
                isOnRecord(at, entry -> entry instanceof RecordEntry.Decided decided && decided.isToUndo() == isToUndo);
        return list == null || !list.operation().equals(operation) || !isDecided
                ? "Who is completed 4: no decision that orders the call was on record"
                : null;
    }

    private boolean isSettled(Branch branch, String operation, long at) {
        boolean isStated =
                log.requests().mayHaveStated(branch.id(), operation, truth -> truth != Request.Truth.NEVER_HAPPENED);
        return isStated
                || isOk(branch, operation, at)
                || evidence.isAnswered(branch.id(), operation, OutcomeKind.NOT_FOUND, at + PARTICIPANTS_MILLIS);
    }

    private boolean isOk(Branch branch, String operation, long at) {
        return evidence.isAnswered(branch.id(), operation, OutcomeKind.OK, at + PARTICIPANTS_MILLIS);
    }

    /** Applies "An operator's park": an operation that was decided during the park leaves after its end. */
    private @Nullable String whyNotLifted(long at) {
        boolean isParked = false;
        boolean isDecidedParked = false;
        for (Step step : evidence.steps()) {
            RecordEntry entry = step.entry();
            if (entry instanceof RecordEntry.Parked parked) {
                isParked |= parked.isByOperator();
            } else if (entry instanceof RecordEntry.Retried || entry instanceof RecordEntry.Resumed) {
                isParked = false;
                isDecidedParked &= step.at() > at + clockErrorMillis;
            } else if (entry instanceof RecordEntry.Decided) {
                isDecidedParked = isParked;
            }
        }
        return isDecidedParked
                ? "An operator's park: the decision was made during the park, and no operator removed the mark"
                : null;
    }

    private boolean isOnRecord(long at, Predicate<RecordEntry> which) {
        return evidence.steps().stream()
                .anyMatch(
                        step -> step.entry() != null && step.at() <= at + clockErrorMillis && which.test(step.entry()));
    }
}
