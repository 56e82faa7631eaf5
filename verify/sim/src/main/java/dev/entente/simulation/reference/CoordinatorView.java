package dev.entente.simulation.reference;

import dev.entente.simulation.reference.Blueprint.Limb;
import dev.entente.simulation.reference.Blueprint.Nature;
import dev.entente.simulation.reference.OperationStatus.Last;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One coordinator's knowledge of a transaction since it holds it: the record when it came, its calls, and their
 * answers.
 *
 * <p>After a takeover knowledge is lost: Who is undone 3.
 */
final class CoordinatorView {
    /** The direction of the transaction, as far as this coordinator must know it. */
    enum Direction {
        OPEN,
        TURNED,
        COMPLETE
    }

    static final String DEADLINE = "its deadline has passed";

    private final CaseFile file;
    private final long coordinator;
    private final Map<String, OperationStatus> operations = new HashMap<>();
    private int merged;
    private Direction direction = Direction.OPEN;
    private String cause = "";
    private boolean isReleased;
    private boolean isPivotCalled;
    private boolean isSuperseded;
    private boolean mightHaveTurned;
    private boolean isDecided;

    CoordinatorView(CaseFile file, long coordinator) {
        this.file = file;
        this.coordinator = coordinator;
        merged = file.stored().entries().size();
        file.stored().entries().forEach(this::onRecord);
    }

    CaseFile file() {
        return file;
    }

    Blueprint plan() {
        return file.plan();
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

    /** Tells whether something may have turned it before all was done. */
    boolean mightHaveTurned() {
        return mightHaveTurned;
    }

    boolean isReleased() {
        return isReleased;
    }

    /** Turning 2: whether it is on record, as far as this coordinator knows, that the pivot is called. */
    boolean isPivotCalled() {
        return isPivotCalled;
    }

    /** Attempts 3: whether another coordinator has taken over, which this one may not know. */
    boolean isSuperseded() {
        return isSuperseded;
    }

    void superseded() {
        isSuperseded = true;
    }

    void released() {
        isReleased = true;
    }

    OperationStatus operation(Limb limb, String operation) {
        return operations.computeIfAbsent(
                CaseFile.key(limb.id(), operation),
                _ -> new OperationStatus(
                        limb.operations().getOrDefault(operation, Integer.MAX_VALUE),
                        limb.isPivot() && operation.equals(plan().forward(limb))));
    }

    OperationStatus forward(Limb limb) {
        return operation(limb, plan().forward(limb));
    }

    /** Words, done. */
    boolean isDone(Limb limb) {
        return forward(limb).isDone() || forward(limb).last() == Last.DROPPED;
    }

    /**
     * Done; or stated so by an operator whose word may have taken effect; or a child whose accept it may have heard.
     */
    boolean mayBeDone(Limb limb) {
        return isDone(limb)
                || (limb.nature() == Nature.CHILD && file.isChildAccepted(limb.id()))
                || mayBeStated(limb, plan().forward(limb), Deed.Truth.DONE);
    }

    boolean mayBeStated(Limb limb, String operation, Deed.Truth truth) {
        return file.deeds().mayHaveStated(limb.id(), operation, truth::equals);
    }

    // ---- what happens

    void left(Occurrence.Left call) {
        settle(call.at());
        plan().find(call.branch())
                .ifPresent(limb -> operation(limb, call.operation()).left());
    }

    void heard(Occurrence.Heard answer) {
        plan().find(answer.branch()).ifPresent(limb -> {
            OperationStatus status = operation(limb, answer.operation());
            if (status.isUnderWay()) {
                if (answer.kind() == AnswerKind.SILENCE) {
                    status.heardSilence();
                }
                status.heard(answer.at(), means(limb, answer.operation(), answer.kind()));
                settle(answer.at());
            }
        });
    }

    private AnswerKind means(Limb limb, String operation, AnswerKind kind) {
        boolean isUndo = operation.equals(plan().undo());
        if (isUndo && kind == AnswerKind.NOT_FOUND && !forward(limb).isDone()) {
            // each pattern's table: not found settles the undo of what was never seen to succeed
            return AnswerKind.OK;
        }
        boolean isForward = !isUndo && !operation.equals(plan().completion());
        return isForward ? file.pattern().means(file, limb, operation, kind) : kind;
    }

    /** Adds the entries that this coordinator wrote and did not hear from a participant: acts, approvals, children. */
    void merge(long at) {
        List<RecordEntry> entries = file.stored().entries();
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
            } else if (entry instanceof RecordEntry.Ended ended && ended.kind() == AnswerKind.SILENCE) {
                plan().find(ended.branch())
                        .ifPresent(limb -> operation(limb, ended.operation()).recordedSilence(ended.at()));
            }
        }
        merged = entries.size();
        if (DEADLINE.equals(cause) && isPivotCalled) {
            direction = Direction.OPEN;
            cause = "";
        }
        settle(at);
    }

    /** Message.md: a check-back's no that comes after the client's word was taken changes nothing. */
    private void overtaken(long decidedAt) {
        for (Limb limb : plan().limbs()) {
            if (limb.nature() == Nature.CHECK
                    && direction == Direction.TURNED
                    && forward(limb).lastAt() > decidedAt) {
                direction = Direction.OPEN;
                cause = "";
            }
        }
    }

    private boolean isCall(RecordEntry.Ended ended) {
        Limb limb = plan().limb(ended.branch());
        return limb == null
                || limb.nature() != Nature.CHILD
                || !ended.operation().equals(plan().forward(limb));
    }

    private void onRecord(RecordEntry entry) {
        switch (entry) {
            case RecordEntry.Ended ended -> ended(ended);
            case RecordEntry.Decided decided -> {
                isDecided = true;
                turn(decided.isToUndo() ? Direction.TURNED : Direction.COMPLETE, "that is decided");
            }
            // all that was read before it, whatever the clock of whoever wrote it said
            case RecordEntry.Retried _ -> reopen(Long.MAX_VALUE, true);
            case RecordEntry.Resumed _ -> reopen(Long.MAX_VALUE, false);
            case RecordEntry.Stated stated -> stated(stated);
            case RecordEntry.TakenOver _ -> takenOver();
            case RecordEntry.ApprovalDecided decided ->
                approval(decided.at(), decided.branch(), decided.isYes() ? Last.SUCCEEDED : Last.REJECTED);
            case RecordEntry.ApprovalExpired expired -> expired(expired);
            case RecordEntry.Dropped dropped ->
                plan().find(dropped.branch()).ifPresent(limb -> forward(limb).end(dropped.at(), Last.DROPPED));
            case RecordEntry.PivotCalled _ -> isPivotCalled = true;
            case RecordEntry.Parked _, RecordEntry.ApprovalAsked _ -> {}
        }
        settle(entry.at());
    }

    /** Forward 4, Who is undone 2: what turned it is not called again; every other no is taken back. */
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
        for (Limb limb : plan().limbs()) {
            if (direction == Direction.TURNED && file.pattern().turnsBy(this, limb)) {
                found.add(forward(limb));
                found.add(operation(limb, TwoPhaseRules.PRE_COMMIT));
            }
        }
        return found;
    }

    private void ended(RecordEntry.Ended ended) {
        plan().find(ended.branch()).ifPresent(limb -> {
            boolean wasSettled = file.hasHeard(ended.branch(), ended.operation(), AnswerKind.REJECTED_SETTLED);
            boolean wasNot = file.hasHeard(ended.branch(), ended.operation(), AnswerKind.REJECTED);
            AnswerKind kind = ended.kind().isRejected() && wasSettled ? AnswerKind.REJECTED_SETTLED : ended.kind();
            operation(limb, ended.operation())
                    .recorded(ended.at(), means(limb, ended.operation(), kind), wasSettled && wasNot);
        });
    }

    private void stated(RecordEntry.Stated stated) {
        Last last = switch (stated.truth()) {
            case DONE -> Last.STATED_DONE;
            case NEVER_HAPPENED -> Last.STATED_NEVER;
            case UNDONE -> Last.STATED_UNDONE;
        };
        plan().find(stated.branch()).ifPresent(limb -> {
            OperationStatus status = operation(limb, stated.operation());
            // who gives a response that was missing of what had succeeded says nothing new of it
            if (last != Last.STATED_DONE || status.last() != Last.SUCCEEDED) {
                status.end(stated.at(), last);
            }
        });
    }

    private void approval(long at, String branch, Last last) {
        plan().find(branch).ifPresent(limb -> forward(limb).end(at, last));
    }

    private void expired(RecordEntry.ApprovalExpired expired) {
        plan().find(expired.branch()).ifPresent(limb -> {
            switch (limb.expiry()) {
                case APPROVE -> forward(limb).end(expired.at(), Last.SUCCEEDED);
                case REJECT -> forward(limb).end(expired.at(), Last.REJECTED);
                case PARK -> {}
            }
        });
    }

    /** Rule "Who is undone" 3. What is decided holds its list: a later takeover changes nothing. */
    void takenOver() {
        if (!isDecided) {
            for (Limb limb : UndoRules.maybeCalledUnseen(this)) {
                forward(limb).suspect();
            }
        }
    }

    // ---- which way it goes

    /** Turning 1 and 3, Who is completed 1: what must have become of it by an event at that time. */
    void settle(long at) {
        if (direction != Direction.OPEN) {
            return;
        }
        String why = TurningRules.whyTurned(this, at);
        if (why != null) {
            turn(Direction.TURNED, why);
        } else if (file.pattern().isAllDone(this, true)) {
            mightHaveTurned = TurningRules.mayHaveTurned(this, at);
            turn(Direction.COMPLETE, "all is done");
        }
    }

    private void turn(Direction to, String why) {
        direction = to;
        cause = why;
    }
}
