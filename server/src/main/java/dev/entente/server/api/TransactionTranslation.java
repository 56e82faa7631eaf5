package dev.entente.server.api;

import com.google.protobuf.ByteString;
import dev.entente.core.decision.Decider;
import dev.entente.core.transaction.AbortReason;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.Consequence;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.History;
import dev.entente.core.transaction.HistoryEvent;
import dev.entente.core.transaction.Operation;
import dev.entente.core.transaction.OperatorPark;
import dev.entente.core.transaction.Parked;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Progress;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.Unsent;
import dev.entente.server.api.access.Caller;
import dev.entente.server.api.access.SubmitterAccess;
import dev.entente.server.codec.PlanBytes;
import dev.entente.server.codec.PlanWriter;
import dev.entente.server.engine.Snapshot;
import dev.entente.v1.Body;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.Transaction;
import dev.entente.v1.View;
import dev.entente.wire.Times;
import dev.entente.wire.TraceParent;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Converts a transaction for clients. Payloads are included only for authorized callers. Thread-safe. */
final class TransactionTranslation {
    /** Replaces the gid of a message that may belong to another submitter. No gid has these characters. */
    static final String ANY_MESSAGE = "(another message)";

    private final Peers peers;

    TransactionTranslation(Peers peers) {
        this.peers = peers;
    }

    /** Looks up the names of the nodes in the history. */
    CompletableFuture<Void> meetNodes(Snapshot snapshot) {
        Set<Long> incarnations = new HashSet<>();
        for (HistoryEvent event : snapshot.progress().history().events()) {
            long incarnation = HistoryView.incarnation(event.fact());
            if (incarnation != 0) {
                incarnations.add(incarnation);
            }
        }
        return peers.lookUpNames(incarnations);
    }

    Transaction transaction(Snapshot snapshot, View view, Caller caller) {
        Plan plan = snapshot.plan();
        Progress progress = snapshot.progress();
        Transaction.Builder shown = Transaction.newBuilder()
                .setGid(snapshot.gid())
                .setName(plan.name())
                .setPatternValue(plan.pattern().code())
                .setStateValue(progress.state().code())
                .setTerminal(progress.state().isTerminal())
                .setDetail(progress.detail())
                .setForced(progress.isForced())
                .putAllLabels(plan.labels())
                .setCreateTime(Times.proto(snapshot.createdAt()))
                .setRevision(progress.revision())
                .setAsLastSeen(snapshot.isLive())
                .setUnchanged(snapshot.isUnchanged())
                .setTraceId(traceId(snapshot));
        addMarks(shown, snapshot);
        for (int i = 0; i < plan.branches().size(); i++) {
            if (plan.branches().get(i).continues() == null) {
                int at = lastForward(plan, progress, i);
                shown.addBranches(branch(plan, progress, at, view, caller));
            }
        }
        ByteString result = snapshot.result();
        if (result != null
                && (view == View.FULL ? caller.maySeeResult() : SubmitterAccess.isSubmitter(snapshot, caller))) {
            shown.setResult(Body.newBuilder().setRaw(result));
        }
        return view == View.FULL || view == View.OUTLINE
                ? full(shown, snapshot, view == View.FULL && caller.maySeePayloads())
                : shown.build();
    }

    private static String traceId(Snapshot snapshot) {
        ByteString trace = snapshot.plan().trace();
        return trace == null
                ? TraceParent.traceIdOf(snapshot.gid())
                : HexFormat.of().formatHex(PlanBytes.traceId(trace).toByteArray());
    }

    private void addMarks(Transaction.Builder shown, Snapshot snapshot) {
        Progress progress = snapshot.progress();
        if (progress.abortReason() != null) {
            shown.setAbortReasonValue(progress.abortReason().code());
            shown.setRejection(rejection(progress));
        }
        if (progress.parked() != null) {
            park(shown, progress.parked(), Decider.mayAbort(snapshot.plan(), progress));
        }
        if (snapshot.finishedAt() != null) {
            shown.setFinishTime(Times.proto(snapshot.finishedAt()));
        }
        if (snapshot.deadlineAt() != null) {
            shown.setDeadlineTime(Times.proto(snapshot.deadlineAt()));
        }
        if (snapshot.dueAt() != null) {
            shown.setDueTime(Times.proto(snapshot.dueAt()));
        }
        if (snapshot.owner() != null) {
            shown.setCoordinator(peers.node(snapshot.owner()));
        }
    }

    /** Returns the code of the rejection that caused the undo: the last rejection before the decision. */
    private static String rejection(Progress progress) {
        AbortReason reason = progress.abortReason();
        if (reason == AbortReason.STEP_REJECTED || reason == AbortReason.STEP_FAILED) {
            for (History at = progress.history(); at != null; at = at.earlier()) {
                HistoryEvent event = at.last();
                if (at.size() < progress.decidedRevision()
                        && event != null
                        && event.fact() instanceof Fact.Called call
                        && call.consequence() instanceof Consequence.CausesUndo) {
                    return call.rejection();
                }
            }
        }
        return "";
    }

    private Transaction full(Transaction.Builder shown, Snapshot snapshot, boolean showsPayloads) {
        shown.setPlan(PlanWriter.shown(snapshot.gid(), snapshot.plan(), showsPayloads));
        List<HistoryEvent> events = snapshot.progress().history().events();
        HistoryView history = new HistoryView(snapshot.plan(), peers);
        for (int i = 0; i < events.size(); i++) {
            history.add(shown, events.get(i), i + 1);
        }
        return shown.build();
    }

    private static void park(Transaction.Builder transaction, Parked parked, boolean mayAbort) {
        var shown = transaction
                .getParkedBuilder()
                .setReasonValue(parked.reason().code())
                .setDetail(parked.detail())
                .setSince(Times.proto(parked.since()))
                .setAdvice(parked.advice(mayAbort))
                .setMayAbort(mayAbort);
        OperatorPark operator = parked.operator();
        if (operator != null) {
            shown.getByOperatorBuilder()
                    .setActor(operator.actor())
                    .setReason(operator.detail())
                    .setSince(Times.proto(operator.since()));
        }
    }

    /**
     * Returns the index of the forward operation to show: the second one from its first call until completion or undo
     * is called, otherwise the first.
     */
    private static int lastForward(Plan plan, Progress progress, int index) {
        int second = plan.continuationOf(index);
        if (second < 0 || progress.branch(index).role() != Role.FORWARD) {
            return index;
        }
        BranchState state = progress.branch(second).state();
        return state == BranchState.PENDING || state == BranchState.SKIPPED ? index : second;
    }

    private static BranchStatus branch(Plan plan, Progress progress, int index, View view, Caller caller) {
        Branch branch = plan.branches().get(index);
        BranchProgress at = progress.branch(index);
        BranchStatus.Builder shown = BranchStatus.newBuilder()
                .setId(branch.shownId())
                .setStateValue(progress.shownState(index).code())
                .setCurrentOp(plan.operationName(index, at.role()))
                .setAttempts(at.attempts())
                .setLastOutcomeValue(at.lastOutcome())
                .setLastError(at.tried().lastError());
        Operation operation = branch.operation(at.role());
        if (operation != null) {
            shown.setParticipant(operation.target().participant())
                    .setTarget(operation.target().text())
                    .setHasPayload(!operation.body().isEmpty() || at.response() != null);
        }
        if (at.blockedBy() != null) {
            shown.setBlockedBy(caller.seesOwnAlone() ? ANY_MESSAGE : at.blockedBy());
        }
        Unsent unsent = at.next().unsent();
        if (unsent != null && !at.isInFlight()) {
            shown.setNotSent(unsent.why());
            if (unsent.unreachableSince() != null) {
                shown.setUnreachableSince(Times.proto(unsent.unreachableSince()));
            }
        }
        if (at.nextAttemptAt() != null) {
            shown.setNextAttemptTime(Times.proto(at.nextAttemptAt()));
        }
        if (view == View.FULL && caller.maySeePayloads() && at.response() != null) {
            shown.setResponse(Body.newBuilder().setRaw(at.response()));
        }
        return shown.build();
    }

    /** Returns the role with this operation name in the pattern, or null. */
    static @Nullable Role role(Pattern pattern, String op) {
        for (Role role : Role.values()) {
            if (!op.isEmpty() && pattern.operationName(role).equals(op)) {
                return role;
            }
        }
        return pattern == Pattern.MESSAGE && op.equals(Pattern.CHECK) ? Role.FORWARD : null;
    }

    /** Lists the pattern's operation names for users. */
    static String operations(Pattern pattern) {
        return Stream.of(Role.values())
                .map(pattern::operationName)
                .filter(name -> !name.isEmpty())
                .collect(Collectors.joining(", "));
    }
}
