package dev.entente.simulation.reference;

import dev.entente.simulation.reference.OperationStatus.Last;
import dev.entente.simulation.reference.RulePlan.Branch;
import dev.entente.simulation.reference.RulePlan.BranchKind;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One coordinator's knowledge of a transaction since it holds it: the record at the start, its calls, and their
 * answers.
 *
 * <p>A takeover loses knowledge ("Who is undone" 3).
 */
final class CoordinatorView {
    /** The direction of the transaction, as far as this coordinator must know it. */
    enum Direction {
        OPEN,
        COMPENSATING,
        COMPLETE
    }

    static final String DEADLINE = "the deadline has passed";

    private final TransactionLog log;
    private final long coordinator;
    private final Map<String, OperationStatus> operations = new HashMap<>();
    private int merged;
    private Direction direction = Direction.OPEN;
    private String cause = "";
    private boolean isReleased;
    private boolean isPivotCalled;
    private boolean isSuperseded;
    private boolean mightHaveCausedUndo;
    private boolean isDecided;

    CoordinatorView(TransactionLog log, long coordinator) {
        this.log = log;
        this.coordinator = coordinator;
        merged = log.stored().entries().size();
        log.stored().entries().forEach(this::onRecord);
    }

    TransactionLog log() {
        return log;
    }

    RulePlan plan() {
        return log.plan();
    }

    long coordinator() {
        return coordinator;
    }

    Direction direction() {
        return direction;
    }

    String cause() {
        return cause;
    }

    /** Returns whether the transaction may have switched to undo before all was done. */
    boolean mightHaveCausedUndo() {
        return mightHaveCausedUndo;
    }

    boolean isReleased() {
        return isReleased;
    }

    /** Returns whether this coordinator knows that the pivot's call is on record ("Switch to undo" 2). */
    boolean isPivotCalled() {
        return isPivotCalled;
    }

    /** Returns whether another coordinator has taken over, possibly unknown to this coordinator ("Attempts" 3). */
    boolean isSuperseded() {
        return isSuperseded;
    }

    void superseded() {
        isSuperseded = true;
    }

    void released() {
        isReleased = true;
    }

    OperationStatus operation(Branch branch, String operation) {
        return operations.computeIfAbsent(
                TransactionLog.key(branch.id(), operation),
                _ -> new OperationStatus(
                        branch.operations().getOrDefault(operation, Integer.MAX_VALUE),
                        branch.isPivot() && operation.equals(plan().forward(branch))));
    }

    OperationStatus forward(Branch branch) {
        return operation(branch, plan().forward(branch));
    }

    /** Applies "Words", done. */
    boolean isDone(Branch branch) {
        return forward(branch).isDone() || forward(branch).last() == Last.DROPPED;
    }

    /**
     * Returns whether the branch is done, or an operator may have stated it done, or it is a child that was accepted.
     */
    boolean mayBeDone(Branch branch) {
        return isDone(branch)
                || (branch.kind() == BranchKind.CHILD && log.isChildAccepted(branch.id()))
                || mayBeStated(branch, plan().forward(branch), Request.Truth.DONE);
    }

    /** @param isCertain whether only certain facts count */
    boolean isDone(Branch branch, boolean isCertain) {
        return isCertain ? isDone(branch) : mayBeDone(branch);
    }

    boolean mayBeStated(Branch branch, String operation, Request.Truth truth) {
        return log.requests().mayHaveStated(branch.id(), operation, truth::equals);
    }

    // ---- events

    void left(Observation.Left call) {
        settle(call.at());
        plan().find(call.branch())
                .ifPresent(branch -> operation(branch, call.operation()).left());
    }

    void received(Observation.Received answer) {
        plan().find(answer.branch()).ifPresent(branch -> {
            OperationStatus status = operation(branch, answer.operation());
            if (status.isInFlight()) {
                if (answer.kind() == OutcomeKind.SILENCE) {
                    status.receivedNothing();
                }
                status.received(answer.at(), means(branch, answer.operation(), answer.kind()));
                settle(answer.at());
            }
        });
    }

    private OutcomeKind means(Branch branch, String operation, OutcomeKind kind) {
        boolean isUndo = operation.equals(plan().undo());
        if (isUndo && kind == OutcomeKind.NOT_FOUND && !forward(branch).isDone()) {
            // participants.md: not found completes an undo if no success of the forward call is on record
            return OutcomeKind.OK;
        }
        boolean isForward = !isUndo && !operation.equals(plan().completion());
        return isForward ? log.pattern().means(branch, kind) : kind;
    }

    /** Adds the record entries that participants did not report: operator actions, approvals, children. */
    void merge(long at) {
        List<RecordEntry> entries = log.stored().entries();
        for (RecordEntry entry : entries.subList(Math.min(merged, entries.size()), entries.size())) {
            boolean wasSeen = (entry instanceof RecordEntry.Ended ended && isCall(ended))
                    || entry instanceof RecordEntry.Retried
                    || entry instanceof RecordEntry.Resumed
                    || entry instanceof RecordEntry.TakenOver
                    || entry instanceof RecordEntry.Decided;
            if (entry instanceof RecordEntry.Decided decided && !decided.isToUndo()) {
                overtaken(decided.at());
            }
            if (!wasSeen) {
                onRecord(entry);
            } else if (entry instanceof RecordEntry.Retried || entry instanceof RecordEntry.Resumed) {
                reopen(entry.at(), entry instanceof RecordEntry.Retried);
            } else if (entry instanceof RecordEntry.Ended ended && ended.kind() == OutcomeKind.SILENCE) {
                plan().find(ended.branch())
                        .ifPresent(
                                branch -> operation(branch, ended.operation()).recordedSilence(ended.at()));
            }
        }
        merged = entries.size();
        if (DEADLINE.equals(cause) && isPivotCalled) {
            direction = Direction.OPEN;
            cause = "";
        }
        settle(at);
    }

    /** Applies message.md: a check-back's refusal after the client's accepted decision changes nothing. */
    private void overtaken(long decidedAt) {
        for (Branch branch : plan().branches()) {
            if (branch.kind() == BranchKind.CHECK
                    && direction == Direction.COMPENSATING
                    && forward(branch).lastAt() > decidedAt) {
                direction = Direction.OPEN;
                cause = "";
            }
        }
    }

    private boolean isCall(RecordEntry.Ended ended) {
        Branch branch = plan().branch(ended.branch());
        return branch == null
                || branch.kind() != BranchKind.CHILD
                || !ended.operation().equals(plan().forward(branch));
    }

    private void onRecord(RecordEntry entry) {
        switch (entry) {
            case RecordEntry.Ended ended -> ended(ended);
            case RecordEntry.Decided decided -> {
                isDecided = true;
                setDirection(
                        decided.isToUndo() ? Direction.COMPENSATING : Direction.COMPLETE, "the direction is decided");
            }
            // covers all entries before this one, regardless of their writers' clocks
            case RecordEntry.Retried _ -> reopen(Long.MAX_VALUE, true);
            case RecordEntry.Resumed _ -> reopen(Long.MAX_VALUE, false);
            case RecordEntry.Stated stated -> stated(stated);
            case RecordEntry.TakenOver _ -> takenOver();
            case RecordEntry.ApprovalDecided decided ->
                approval(decided.at(), decided.branch(), decided.isYes() ? Last.SUCCEEDED : Last.REJECTED);
            case RecordEntry.ApprovalExpired expired -> expired(expired);
            case RecordEntry.Dropped dropped ->
                plan().find(dropped.branch())
                        .ifPresent(branch -> forward(branch).end(dropped.at(), Last.DROPPED));
            case RecordEntry.PivotCalled _ -> isPivotCalled = true;
            case RecordEntry.Parked _, RecordEntry.ApprovalAsked _ -> {}
        }
        settle(entry.at());
    }

    /** Applies "Forward" 4, "Who is undone" 2: the call that caused the undo stays ended, other refusals are reset. */
    private void reopen(long at, boolean isRetry) {
        Set<OperationStatus> turning = turning();
        operations.values().stream().filter(status -> status.lastAt() <= at).forEach(status -> {
            status.actedUpon();
            if (!turning.contains(status)) {
                status.reopen(isRetry);
            }
        });
    }

    private Set<OperationStatus> turning() {
        Set<OperationStatus> found = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Branch branch : plan().branches()) {
            if (direction == Direction.COMPENSATING && log.pattern().causesUndo(this, branch)) {
                found.add(forward(branch));
                found.add(operation(branch, TwoPhaseRules.PRE_COMMIT));
            }
        }
        return found;
    }

    private void ended(RecordEntry.Ended ended) {
        plan().find(ended.branch()).ifPresent(branch -> {
            boolean wasSettled = log.hasReceived(ended.branch(), ended.operation(), OutcomeKind.REJECTED_SETTLED);
            boolean wasNot = log.hasReceived(ended.branch(), ended.operation(), OutcomeKind.REJECTED);
            OutcomeKind kind = ended.kind().isRejected() && wasSettled ? OutcomeKind.REJECTED_SETTLED : ended.kind();
            operation(branch, ended.operation())
                    .recorded(ended.at(), means(branch, ended.operation(), kind), wasSettled && wasNot);
        });
    }

    private void stated(RecordEntry.Stated stated) {
        Last last = switch (stated.truth()) {
            case DONE -> Last.STATED_DONE;
            case NEVER_HAPPENED -> Last.STATED_NEVER;
            case UNDONE -> Last.STATED_UNDONE;
        };
        plan().find(stated.branch()).ifPresent(branch -> {
            OperationStatus status = operation(branch, stated.operation());
            // an operator who adds the missing response of a success states no new outcome
            if (last != Last.STATED_DONE || status.last() != Last.SUCCEEDED) {
                status.end(stated.at(), last);
            }
        });
    }

    private void approval(long at, String id, Last last) {
        plan().find(id).ifPresent(branch -> forward(branch).end(at, last));
    }

    private void expired(RecordEntry.ApprovalExpired expired) {
        plan().find(expired.branch()).ifPresent(branch -> {
            switch (branch.expiry()) {
                case APPROVE -> forward(branch).end(expired.at(), Last.SUCCEEDED);
                case REJECT -> forward(branch).end(expired.at(), Last.REJECTED);
                case PARK -> {}
            }
        });
    }

    /** Applies "Who is undone" 3. A decision fixes its list: a later takeover changes nothing. */
    void takenOver() {
        if (!isDecided) {
            for (Branch branch : UndoRules.maybeCalledUnseen(this)) {
                forward(branch).suspect();
            }
        }
    }

    // ---- the direction

    /** Sets the direction that is certain at an event of that time ("Switch to undo" 1 and 3, "Who is completed" 1). */
    void settle(long at) {
        if (direction != Direction.OPEN) {
            return;
        }
        String why = DirectionRules.whySwitched(this, at);
        if (why != null) {
            setDirection(Direction.COMPENSATING, why);
        } else if (log.pattern().isAllDone(this, true)) {
            mightHaveCausedUndo = DirectionRules.mayHaveCausedUndo(this, at);
            setDirection(Direction.COMPLETE, "all branches are done");
        }
    }

    private void setDirection(Direction to, String why) {
        direction = to;
        cause = why;
    }
}
