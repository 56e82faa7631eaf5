package dev.entente.simulation.mutant;

import dev.entente.core.decision.Decide;
import dev.entente.core.decision.Decision;
import dev.entente.core.decision.Effect;
import dev.entente.core.decision.Event;
import dev.entente.core.decision.TransactionRequest;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.History;
import dev.entente.core.transaction.HistoryEvent;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Ownership;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Parked;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Progress;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.TransactionState;
import dev.entente.core.transaction.Unsent;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The production decider with a falsified input, or without one of its rules. */
public record MutantDecider(Decide real, Mutant mutant) implements Decide {

    @Override
    public Decision decide(GlobalTransaction before, Event event, Instant now, long random) {
        Decision decision = real.decide(before(before, event, now), lied(before, event), now, random);
        Decision ungated = hasAwaitedWrite(decision) ? withoutAwaiting(decision, now, random) : decision;
        return new Decision(after(before, ungated.next(), event), ungated.effects());
    }

    // ---- the input

    private GlobalTransaction before(GlobalTransaction transaction, Event event, Instant now) {
        if (ignoresDeadOwnersCalls(event)) {
            return withHistory(
                    transaction,
                    transaction.progress().history().events().stream()
                            .map(MutantDecider::longAgo)
                            .toList());
        }
        if (mutant == Mutant.UNTRIED_CHILD_CONFIRMED) {
            return withPlan(transaction, MutantDecider::asIfRegistered);
        }
        // only the coordinator that died broke the rule; the coordinator that takes over follows it
        boolean isCalling = transaction.state() == TransactionState.RUNNING && !(event instanceof Event.Claimed);
        if (mutant == Mutant.UNDO_REQUIREMENT_NOT_DURABLE && isCalling) {
            return withPlan(transaction, OrderMutants::requiringNothing);
        }
        if (mutant == Mutant.WAITING_COUNTS_AS_CALLED) {
            return calledAsWaiting(transaction, event);
        }
        if (mutant == Mutant.LAST_OK_BEATS_DEADLINE && isLastOk(transaction, event)) {
            return dueAt(transaction, null);
        }
        if (mutant == Mutant.SENT_MESSAGE_ABORTED && isAbortOfScheduled(transaction, event)) {
            return startingAt(transaction, now.plusSeconds(1));
        }
        if (mutant == Mutant.UNDO_ONE_STEP_AWAY && transaction.state() == TransactionState.UNDOING) {
            return OrderMutants.withoutLongWays(transaction);
        }
        Parked parked = transaction.progress().parked();
        boolean isPastDeadline = transaction.deadlineAt() != null && !now.isBefore(transaction.deadlineAt());
        if (mutant == Mutant.DEADLINE_LIFTS_OPERATORS_PARK && parked != null && isPastDeadline) {
            Parked reason = new Parked(parked.reason(), parked.detail(), parked.since());
            return transaction.with(transaction.progress().parkedAs(parked.hasReason() ? reason : null));
        }
        ParkReason lifted = mutant == Mutant.RESTORED_DUE_AT_DEADLINE
                ? ParkReason.RESTORED
                : mutant == Mutant.DEADLINE_OVER_FAILOVER ? ParkReason.DATABASE_MAY_HAVE_LOST_COMMITS : null;
        boolean isLifted =
                event instanceof Event.Claimed && parked != null && parked.reason() == lifted && isPastDeadline;
        return isLifted ? transaction.with(transaction.progress().parkedAs(null)) : transaction;
    }

    private static GlobalTransaction withPlan(GlobalTransaction transaction, UnaryOperator<Branch> change) {
        List<Branch> branches =
                transaction.plan().branches().stream().map(change).toList();
        return withPlan(transaction, transaction.plan().of(branches));
    }

    static GlobalTransaction withPlan(GlobalTransaction transaction, Plan plan) {
        return new GlobalTransaction(
                transaction.gid(),
                plan,
                transaction.createdAt(),
                transaction.deadlineAt(),
                transaction.progress(),
                transaction.ownership());
    }

    /** Returns whether that event is the success of the only branch that is not done. */
    private static boolean isLastOk(GlobalTransaction transaction, Event event) {
        if (!(event instanceof Event.CallFinished(var index, var role, Outcome.Succeeded _)) || role != Role.FORWARD) {
            return false;
        }
        List<BranchProgress> branches = transaction.progress().branches();
        return IntStream.range(0, branches.size())
                .allMatch(i -> i == index || branches.get(i).state() == BranchState.DONE);
    }

    private static GlobalTransaction dueAt(GlobalTransaction transaction, @Nullable Instant deadline) {
        return new GlobalTransaction(
                transaction.gid(),
                transaction.plan(),
                transaction.createdAt(),
                deadline,
                transaction.progress(),
                transaction.ownership());
    }

    private static boolean isAbortOfScheduled(GlobalTransaction transaction, Event event) {
        return transaction.state() == TransactionState.SCHEDULED
                && event instanceof Event.Acted(TransactionRequest.Abort _, var _);
    }

    private static GlobalTransaction startingAt(GlobalTransaction transaction, @Nullable Instant start) {
        Plan plan = transaction.plan();
        Plan.Times times = new Plan.Times(plan.deadline(), start);
        return withPlan(
                transaction,
                new Plan(plan.pattern(), plan.heading(), times, plan.resultBranch(), plan.branches(), plan.terms()));
    }

    /** Treats a declared child as registered: its parent's participant, which does not know the child, must try it. */
    private static Branch asIfRegistered(Branch branch) {
        return branch.parent() == null || branch.isRegistered() ? branch : branch.registered(Instant.EPOCH);
    }

    private static GlobalTransaction asPlanned(Plan plan, GlobalTransaction next) {
        return withPlan(next, branch -> {
            int index = plan.indexOf(branch.id());
            return index < 0 ? branch : plan.branches().get(index);
        });
    }

    /** Returns whether an operator states how a branch, or the complete transaction, has ended. */
    private static boolean isStatement(Event event) {
        return event instanceof Event.Acted(TransactionRequest request, var _)
                && (request instanceof TransactionRequest.Resolve || request instanceof TransactionRequest.ForceFinish);
    }

    private boolean ignoresDeadOwnersCalls(Event event) {
        // an answer "in progress" may replace an event, and the event would be lost here
        boolean isBusy = event instanceof Event.CallFinished(var _, var _, Outcome.InProgress _);
        return switch (mutant) {
            case DEAD_OWNERS_CALLS_IGNORED -> isStatement(event);
            case UNDO_OVERTAKES_DEAD_OWNERS_CALL -> !isStatement(event) && !isBusy;
            default -> false;
        };
    }

    private static HistoryEvent longAgo(HistoryEvent event) {
        Instant time = event.fact() instanceof Fact.Adopted ? Instant.EPOCH : event.time();
        return new HistoryEvent(time, event.stateAfter(), event.fact());
    }

    private static GlobalTransaction remembering(GlobalTransaction before, GlobalTransaction next) {
        List<HistoryEvent> events = new ArrayList<>(before.progress().history().events());
        List<HistoryEvent> all = next.progress().history().events();
        events.addAll(all.subList(events.size(), all.size()));
        return withHistory(next, events);
    }

    private static GlobalTransaction withHistory(GlobalTransaction transaction, List<HistoryEvent> events) {
        Progress progress = transaction.progress();
        return transaction.with(progress.in(progress.state(), History.of(events)));
    }

    private Event lied(GlobalTransaction transaction, Event event) {
        if (mutant == Mutant.TRUST_ANY_REJECTED
                && event
                        instanceof
                        Event.CallFinished(var branch, var role, Outcome.Rejected(var detail, var settled, var _))) {
            return settled ? event : new Event.CallFinished(branch, role, new Outcome.Rejected(detail, true));
        }
        if (mutant == Mutant.UNNAMED_CHILD_CONFIRMED
                && event instanceof Event.CallFinished(var branch, var role, Outcome.Succeeded(var response, var _))) {
            return new Event.CallFinished(branch, role, new Outcome.Succeeded(response));
        }
        if (mutant == Mutant.CONNECTING_COUNTS_AS_ATTEMPT
                && event instanceof Event.CallFinished(var branch, var role, Outcome.NotSent notSent)
                && notSent.isUnreachable()) {
            return new Event.CallFinished(branch, role, new Outcome.Unknown(notSent.detail(), null));
        }
        if (mutant == Mutant.PENDING_READ_AS_UNCALLED && event instanceof Event.Claimed claimed) {
            return new Event.Claimed(claimed.incarnation(), true, claimed.adoptions());
        }
        if (mutant == Mutant.UNTRIED_BRANCH_CONFIRMED
                && event instanceof Event.Acted(TransactionRequest.Commit(var tried, var responses), var since)) {
            var all = transaction.plan().branches().stream().map(Branch::id).collect(Collectors.toSet());
            return tried.isEmpty() ? event : new Event.Acted(new TransactionRequest.Commit(all, responses), since);
        }
        return mutant == Mutant.COMPLETION_UNDONE_SETTLES
                        && event instanceof Event.Acted(TransactionRequest.Resolve resolve, var since)
                        && resolve.role() == Role.COMPLETION
                ? new Event.Acted(done(resolve), since)
                : event;
    }

    private static TransactionRequest done(TransactionRequest.Resolve resolve) {
        return new TransactionRequest.Resolve(
                resolve.branch(), resolve.role(), Fact.Truth.DONE, null, resolve.actor(), resolve.reason(), 0);
    }

    // ---- writes that calls must wait for

    private boolean hasAwaitedWrite(Decision decision) {
        GlobalTransaction next = decision.next();
        boolean isFlush = decision.effects().stream().anyMatch(effect -> effect instanceof Effect.Flush);
        HistoryEvent last = next.progress().history().last();
        if (!isFlush || last == null) {
            return false;
        }
        boolean isPivot = last.fact() instanceof Fact.PivotCalled;
        return switch (mutant) {
            case UNDO_BEFORE_DECISION_DURABLE -> next.state() == TransactionState.UNDOING;
            case NO_WRITE_AHEAD_OF_PIVOT -> isPivot;
            case APPROVAL_NOT_DURABLE ->
                last.fact() instanceof Fact.ApprovalDecided || last.fact() instanceof Fact.ApprovalExpired;
            case BOUND_RESPONSE_NOT_DURABLE -> next.state() == TransactionState.RUNNING && !isPivot;
            default -> false;
        };
    }

    /**
     * Lets the next calls leave before the write that they should wait for. A process that is killed in between does
     * not remember the calls.
     */
    private Decision withoutAwaiting(Decision gated, Instant now, long random) {
        GlobalTransaction next = gated.next();
        Ownership ownership = next.ownership();
        Ownership durable = new Ownership(
                ownership.isHeld(),
                ownership.rev(),
                next.progress().revision(),
                new Ownership.Write(ownership.write().revision(), false),
                ownership.pause(),
                null,
                ownership.switchToUndo());
        Decision rash = real.decide(next.with(durable), new Event.Proceed(), now, random);
        List<Effect> effects = new ArrayList<>();
        rash.effects().stream().filter(effect -> effect instanceof Effect.Call).forEach(effects::add);
        effects.addAll(gated.effects());
        return new Decision(rash.next().with(ownership), effects);
    }

    // ---- the result

    private GlobalTransaction after(GlobalTransaction before, GlobalTransaction next, Event event) {
        return switch (mutant) {
            case RETRY_MAKES_ATTEMPT_FIRST ->
                event instanceof Event.Acted(TransactionRequest.Retry _, var _) ? neverSent(next) : next;
            case NEVER_HAPPENED_WITHOUT_TOMBSTONE ->
                event instanceof Event.Acted(TransactionRequest.Resolve resolve, var _)
                                && resolve.truth() == Fact.Truth.NEVER_HAPPENED
                        ? skipped(next, next.plan().indexOf(resolve.branch()))
                        : next;
            case DEAD_OWNERS_CALLS_IGNORED, UNDO_OVERTAKES_DEAD_OWNERS_CALL ->
                ignoresDeadOwnersCalls(event) ? remembering(before, next) : next;
            case UNTRIED_CHILD_CONFIRMED, UNDO_REQUIREMENT_NOT_DURABLE -> asPlanned(before.plan(), next);
            case BEHIND_UNRECORDED_IS_NEVER ->
                event instanceof Event.Claimed claimed && !claimed.isClean()
                        ? OrderMutants.unsuspected(before, next)
                        : next;
            case BEHIND_REJECTED_IS_MAYBE -> OrderMutants.undoneAllTheSame(before, next);
            case UNDO_ONE_STEP_AWAY ->
                before.state() == TransactionState.UNDOING ? asPlanned(before.plan(), next) : next;
            case CHILDREN_OF_REJECTED_LEFT -> before.state() != TransactionState.UNDOING ? withoutOrphans(next) : next;
            case LAST_OK_BEATS_DEADLINE -> dueAt(next, before.deadlineAt());
            case SENT_MESSAGE_ABORTED -> startingAt(next, before.plan().startTime());
            case REGISTRATION_NOT_RECORDED -> withoutRegistrations(next);
            case WAITING_COUNTS_AS_CALLED -> waitingAsCalled(next);
            default -> next;
        };
    }

    private static GlobalTransaction withoutRegistrations(GlobalTransaction transaction) {
        return withHistory(
                transaction,
                transaction.progress().history().events().stream()
                        .filter(event -> !(event.fact() instanceof Fact.Registered))
                        .toList());
    }

    private static GlobalTransaction neverSent(GlobalTransaction transaction) {
        Progress progress = transaction.progress();
        List<BranchProgress> branches = new ArrayList<>(progress.branches());
        branches.replaceAll(branch -> new BranchProgress(
                branch.state(),
                branch.role(),
                branch.isInFlight() ? 1 : 0,
                branch.tried(),
                branch.known(),
                branch.next(),
                branch.activity()));
        return transaction.with(progress.withBranches(branches));
    }

    private static GlobalTransaction waitingAsCalled(GlobalTransaction transaction) {
        List<BranchProgress> branches = new ArrayList<>(transaction.progress().branches());
        branches.replaceAll(branch -> branch.isAwaitingPosition() ? branch.calling() : branch);
        return transaction.with(transaction.progress().withBranches(branches));
    }

    /** Restores the waiting state of the event's delivery, because the engine requires this state. */
    private static GlobalTransaction calledAsWaiting(GlobalTransaction transaction, Event event) {
        int index = event instanceof Event.PositionReached came
                ? came.branch()
                : event instanceof Event.Blocked blocked ? blocked.branch() : -1;
        if (index < 0 || !transaction.progress().branch(index).isInFlight()) {
            return transaction;
        }
        BranchProgress waiting = transaction
                .progress()
                .branch(index)
                .unsent(Instant.EPOCH, new Unsent("", null))
                .awaitingPosition();
        return transaction.with(transaction.progress().withBranch(index, waiting));
    }

    private static GlobalTransaction skipped(GlobalTransaction transaction, int index) {
        BranchProgress branch = transaction.progress().branch(index);
        return branch.state().mayHaveHappened()
                ? transaction.with(transaction.progress().withBranch(index, branch.in(BranchState.SKIPPED)))
                : transaction;
    }

    private static GlobalTransaction withoutOrphans(GlobalTransaction transaction) {
        Plan plan = transaction.plan();
        GlobalTransaction changed = transaction;
        for (int i = 0; i < plan.branches().size(); i++) {
            String parent = plan.branches().get(i).parent();
            boolean isOrphan = parent != null
                    && transaction.state() == TransactionState.UNDOING
                    && transaction.progress().branch(plan.indexOf(parent)).state() == BranchState.REJECTED;
            changed = isOrphan ? skipped(changed, i) : changed;
        }
        return changed;
    }
}
