package dev.entente.core.decision;

import dev.entente.core.transaction.AbortReason;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.Ownership;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Parked;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Progress;
import dev.entente.core.transaction.Refusal;
import dev.entente.core.transaction.TransactionState;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Processes a request: records it, refuses it, or defers it until calls in flight have ended. */
final class RequestRules {
    private RequestRules() {}

    /** @param since the time at which a deferred request was first offered; otherwise null */
    static void take(Draft draft, TransactionRequest request, @Nullable Instant since) {
        try {
            if (since == null) {
                checkRevision(draft, request);
            }
            checkFailover(draft);
            Waiting.undoIfLate(draft);
            Forward.undoIfLate(draft);
            if (isDecisionVolatile(draft)) {
                draft.requireWrite();
                draft.add(new Effect.Defer());
            } else {
                apply(draft, request, since);
            }
        } catch (Refusal refusal) {
            if (!request.overtakesDeferred()) {
                draft.endRequestPause();
            }
            draft.add(new Effect.Refuse(refusal));
        }
    }

    /**
     * Returns whether a decision is not durable yet. Until then no response may show the decision, not even a refusal.
     */
    private static boolean isDecisionVolatile(Draft draft) {
        Progress progress = draft.progress();
        int decided = progress.state().isTerminal() ? progress.revision() : progress.decidedRevision();
        return decided > draft.ownership().durableRevision();
    }

    private static void apply(Draft draft, TransactionRequest request, @Nullable Instant since) {
        switch (request) {
            case TransactionRequest.Commit commit -> Decisions.commit(draft, commit);
            case TransactionRequest.Abort abort -> Decisions.abort(draft, abort, since);
            case TransactionRequest.Register register -> Decisions.register(draft, register);
            case TransactionRequest.Retry retry -> retry(draft, retry);
            case TransactionRequest.Park park -> park(draft, park);
            case TransactionRequest.Resume resume -> resume(draft, resume);
            case TransactionRequest.DecideApproval decide -> Approvals.decide(draft, decide);
            case TransactionRequest.Resolve resolve -> Resolution.resolve(draft, resolve, since);
            case TransactionRequest.ForceFinish force -> force(draft, force, since);
            case TransactionRequest.Skip skip -> Dropping.skip(draft, skip, since);
            case TransactionRequest.Drop drop -> Dropping.drop(draft, drop, since);
        }
    }

    private static void checkRevision(Draft draft, TransactionRequest request) {
        int revision = draft.progress().revision();
        if (request.ifRevision() != 0 && request.ifRevision() != revision) {
            throw Refusal.of(
                    ErrorCode.REVISION_MOVED,
                    "the transaction is at revision " + revision + ", not " + request.ifRevision()
                            + "; check the transaction and repeat the operation");
        }
    }

    private static void checkFailover(Draft draft) {
        Parked parked = draft.progress().parked();
        if (parked != null && parked.reason().awaitsRecovery()) {
            throw TransactionRequest.impossible("the transaction is parked as " + parked.reason() + "; "
                    + parked.reason().advice());
        }
    }

    private static void refuseIfFinished(Draft draft) {
        if (draft.state().isTerminal()) {
            throw TransactionRequest.impossible(
                    "the transaction has finished as " + draft.state() + ", which is final");
        }
    }

    // ---- operators

    private static void retry(Draft draft, TransactionRequest.Retry request) {
        refuseIfFinished(draft);
        refuseIfNothingWaits(draft);
        draft.record(new Fact.Retried(request.actor(), request.reason()));
        draft.recorded();
    }

    /** Refuses a retry without effect, because an operator would understand OK as progress. */
    private static void refuseIfNothingWaits(Draft draft) {
        boolean isClients =
                draft.state() == TransactionState.BEGUN && draft.plan().checkBack() < 0;
        if (draft.progress().parked() != null) {
            return;
        }
        if (draft.state() == TransactionState.SCHEDULED) {
            throw TransactionRequest.impossible(
                    "the transaction starts at " + draft.plan().startTime()
                            + ", and a retry has no effect before that time; to start earlier, abort the transaction"
                            + " and submit a new one");
        }
        if (isClients) {
            throw TransactionRequest.impossible(
                    "the transaction waits for the decision of its client, and a retry changes nothing; abort it, or"
                            + " wait for its deadline");
        }
        if (Approvals.isAllThatIsAwaited(draft.progress())) {
            throw TransactionRequest.impossible("the transaction waits only for an approval: approve or reject it");
        }
    }

    private static void resume(Draft draft, TransactionRequest.Resume request) {
        refuseIfFinished(draft);
        if (draft.progress().parked() == null) {
            throw TransactionRequest.impossible(
                    "the transaction is not parked; use retry to call the waiting branches now");
        }
        draft.record(new Fact.Resumed(request.actor(), request.reason()));
        draft.recorded();
    }

    /** Returns whether a park would be accepted and change something. */
    static boolean wouldPark(Draft draft) {
        boolean isEnding = Forward.isSwitchLate(draft) && draft.isDeadlineTheEnd();
        return !draft.state().isTerminal() && !isEnding && !draft.progress().isParkedByOperator();
    }

    private static void park(Draft draft, TransactionRequest.Park request) {
        refuseIfFinished(draft);
        if (Forward.isSwitchLate(draft) && draft.isDeadlineTheEnd()) {
            throw TransactionRequest.impossible("the deadline passed at " + draft.deadlineAt()
                    + ", and the transaction finishes when the call in flight has finished");
        }
        if (!draft.progress().isParkedByOperator()) {
            draft.record(new Fact.Parked(ParkReason.BY_OPERATOR, request.actor(), request.reason()));
        }
        draft.answeredAt(draft.progress().revision());
    }

    private static void force(Draft draft, TransactionRequest.ForceFinish request, @Nullable Instant since) {
        refuseIfFinished(draft);
        if (request.as() != TransactionState.SUCCEEDED && request.as() != TransactionState.ABORTED) {
            throw Refusal.of(ErrorCode.MALFORMED, "as: " + request.as() + " is not allowed; use SUCCEEDED or ABORTED");
        }
        if (!InFlightCalls.putsOff(draft, since)) {
            draft.record(request.as(), new Fact.Finished(null, request.actor(), request.reason()));
            draft.recorded();
        }
    }

    /** Requests of clients, which decide a transaction or extend it. */
    private static final class Decisions {
        private Decisions() {}

        static void commit(Draft draft, TransactionRequest.Commit request) {
            if (!wasBegun(draft)) {
                throw TransactionRequest.impossible(
                        "only a transaction that its client has begun can be committed by the client");
            }
            switch (draft.state()) {
                case BEGUN -> commitBegun(draft, request);
                case RUNNING, COMPLETING, SUCCEEDED ->
                    draft.recordedAt(Math.max(1, draft.progress().decidedRevision()));
                case UNDOING, ABORTED, GIVEN_UP ->
                    throw Refusal.of(
                            ErrorCode.DECIDED,
                            "the transaction is already decided: it is undone, because of "
                                    + draft.progress().abortReason());
                case SCHEDULED -> throw TransactionRequest.impossible("the transaction has not started");
            }
        }

        /**
         * Returns whether the first fact is a begin. A client can never commit a submitted transaction, whatever its
         * later state.
         */
        private static boolean wasBegun(Draft draft) {
            return draft.progress().history().events().getFirst().stateAfter() == TransactionState.BEGUN;
        }

        private static void commitBegun(Draft draft, TransactionRequest.Commit request) {
            if (draft.plan().checkBack() >= 0) {
                CheckBack.submit(draft, "client");
                draft.recordedAt(draft.progress().decidedRevision());
                return;
            }
            refuseIfLate(draft);
            Committing.check(draft.plan(), request);
            draft.unpark("", "commit");
            request.responses().forEach((name, response) -> {
                int index = draft.plan().indexOf(name);
                if (index >= 0) {
                    int revision = draft.progress().revision() + 1;
                    draft.set(index, draft.progress().branch(index).responded(response, revision));
                }
            });
            Settling.complete(draft, "client");
            draft.recordedAt(draft.progress().decidedRevision());
        }

        /** Refuses a commit after the deadline. A parked transaction may still be open then. */
        private static void refuseIfLate(Draft draft) {
            if (draft.isPastDeadline()) {
                throw Refusal.of(
                        ErrorCode.DECIDED,
                        "the deadline passed at " + draft.deadlineAt()
                                + " while the transaction was parked: it can only be undone");
            }
        }

        static void abort(Draft draft, TransactionRequest.Abort request, @Nullable Instant since) {
            switch (draft.state()) {
                case BEGUN -> undo(draft, request);
                case SCHEDULED -> abortScheduled(draft, request);
                case RUNNING -> abortRunning(draft, request);
                case UNDOING, ABORTED -> {
                    // the deferred abort caused the switch to undo, unless the deadline came first
                    boolean isOwn = since != null
                            && draft.progress().abortReason()
                                    == switchToUndo(request).reason();
                    draft.endRequestPause();
                    draft.answeredAt(draft.progress().decidedRevision(), !isOwn);
                }
                case COMPLETING, SUCCEEDED ->
                    throw Refusal.of(
                            ErrorCode.CANNOT_ABORT,
                            "the transaction is " + draft.state() + ", and this decision is final");
                case GIVEN_UP ->
                    throw TransactionRequest.impossible("the transaction has finished as GIVEN_UP, which is final");
            }
        }

        private static void abortScheduled(Draft draft, TransactionRequest.Abort request) {
            if (!Waiting.isBeforeStart(draft) && Waiting.mayHaveLeft(draft.plan(), draft.progress())) {
                throw Refusal.of(
                        ErrorCode.PAST_PIVOT,
                        "the transaction may have started before its coordinator failed: "
                                + whyItOnlyGoesForward(draft.plan().pattern()));
            }
            undo(draft, request);
        }

        private static void abortRunning(Draft draft, TransactionRequest.Abort request) {
            if (!draft.maySwitchToUndo()) {
                throw Refusal.of(
                        ErrorCode.PAST_PIVOT, whyItOnlyGoesForward(draft.plan().pattern()));
            }
            if (Forward.isDoneForGood(draft.plan(), draft.progress())) {
                throw Refusal.of(
                        ErrorCode.CANNOT_ABORT,
                        "the receiver has acknowledged the notification: the transaction becomes SUCCEEDED when an"
                                + " operator resumes the transaction");
            }
            if (draft.progress().hasCallInFlight()) {
                if (!Forward.isSwitchLate(draft)) {
                    draft.set(draft.ownership().withSwitchToUndo(switchToUndo(request)));
                }
                draft.putOff();
            } else {
                undo(draft, request);
            }
        }

        private static String whyItOnlyGoesForward(Pattern pattern) {
            return PatternPolicy.of(pattern).maySwitchToUndo()
                    ? "the call of the pivot may have been sent: after that only its rejection leads to undo"
                    : "deliveries cannot be taken back: send another message that corrects this one";
        }

        private static void undo(Draft draft, TransactionRequest.Abort request) {
            draft.unpark("", request.reason());
            Settling.switchToUndo(draft, switchToUndo(request));
            draft.recordedAt(draft.progress().decidedRevision());
        }

        private static Ownership.SwitchToUndo switchToUndo(TransactionRequest.Abort request) {
            AbortReason reason = request.byOperator() ? AbortReason.OPERATOR : AbortReason.CLIENT_ABORT;
            return new Ownership.SwitchToUndo(reason, request.reason(), request.actor());
        }

        /**
         * Registers a child of a try without an answer, in a running TCC. The store itself appends branches to BEGUN
         * rows.
         */
        static void register(Draft draft, TransactionRequest.Register request) {
            if (draft.plan().pattern() != Pattern.TCC) {
                throw TransactionRequest.impossible("only a TCC transaction accepts more branches; the plan of a "
                        + draft.plan().pattern() + " lists all its branches");
            }
            if (draft.state() == TransactionState.SCHEDULED) {
                throw TransactionRequest.impossible(
                        "the transaction has not started: a branch can join only below a branch whose try has no"
                                + " response yet");
            }
            if (draft.state() != TransactionState.RUNNING || Forward.isSwitchLate(draft)) {
                String why = draft.state() == TransactionState.RUNNING ? "past its deadline" : "" + draft.state();
                throw Refusal.of(
                        ErrorCode.DECIDED,
                        "the transaction is " + why + ": no branch can join any more; reject the call");
            }
            int known = draft.plan().indexOf(request.branch().id());
            if (known >= 0) {
                registerAgain(draft, request, known);
                return;
            }
            String parent = request.branch().parent();
            int parentIndex = parent == null ? -1 : draft.plan().indexOf(parent);
            if (parentIndex < 0 || !isBeingTried(draft, parentIndex)) {
                throw TransactionRequest.impossible(
                        "a branch can join a running transaction only below a branch whose try has no response yet");
            }
            draft.set(draft.plan().with(request.branch()));
            draft.set(draft.ownership().appending(request.encoded()));
            int added = draft.plan().branches().size() - 1;
            draft.record(new Fact.Registered(added, request.branch().id()));
            joined(draft);
        }

        private static void registerAgain(Draft draft, TransactionRequest.Register request, int known) {
            Branch existing = draft.plan().branches().get(known);
            if (!existing.isSameRegistration(request.branch())) {
                String how = existing.isRegistered()
                        ? "is already registered with other content"
                        : "is in the plan: the coordinator calls its try, after its parent";
                throw Refusal.of(ErrorCode.OTHER_CONTENT, "branch '" + existing.id() + "' " + how);
            }
            joined(draft);
        }

        /** Answers and keeps the pause: the call that another request awaits may itself wait for this branch. */
        private static void joined(Draft draft) {
            draft.answeredAt(draft.progress().revision());
        }

        /**
         * Returns whether the branch's try is in progress, also between two attempts and after a takeover. An earlier
         * call, whose answer is not awaited any more, may still run.
         */
        private static boolean isBeingTried(Draft draft, int index) {
            if (draft.plan().branches().get(index).isRegistered()) {
                return isBeingTried(draft, draft.graph().parent(index));
            }
            BranchProgress tried = draft.progress().branch(index);
            return tried.state() == BranchState.CALLED
                    && (tried.isInFlight() || draft.progress().parked() == null);
        }
    }
}
