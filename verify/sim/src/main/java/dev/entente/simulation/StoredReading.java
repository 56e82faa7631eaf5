package dev.entente.simulation;

import com.google.protobuf.ByteString;
import dev.entente.core.codec.ProgressCodec;
import dev.entente.core.decision.TransactionRequest;
import dev.entente.core.transaction.Consequence;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.History;
import dev.entente.core.transaction.HistoryEvent;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.codec.PlanCodec;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.RowWrite;
import dev.entente.simulation.reference.OutcomeKind;
import dev.entente.simulation.reference.RecordEntry;
import dev.entente.simulation.reference.Request;
import dev.entente.simulation.reference.StoredRecord;
import dev.entente.simulation.reference.StoredRecord.Stage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Translates a row for the reference. It copies facts, and no conclusions. */
final class StoredReading {
    private final Plan plan;

    StoredReading(OpenRow row) {
        this(PlanCodec.standard().decodeStored(row.format(), row.plan()));
    }

    private StoredReading(Plan plan) {
        this.plan = plan;
    }

    /** Returns the subscribers of each delivery to a topic. */
    Map<String, List<String>> subscribers() {
        Map<String, List<String>> found = new HashMap<>();
        plan.branches().forEach(branch -> {
            int dot = branch.id().indexOf('.');
            if (branch.id().startsWith("delivery-") && dot > 0) {
                found.computeIfAbsent(branch.id().substring(0, dot), _ -> new ArrayList<>())
                        .add(branch.id().substring(dot + 1));
            }
        });
        return found;
    }

    /** @param before the row before the write, which may keep its progress */
    StoredRecord record(RowWrite write, OpenRow before) {
        return switch (write.change()) {
            case RowWrite.Flush flush -> record(plan, flush.state(), history(flush.progress()), false);
            case RowWrite.Release rest ->
                record(
                        plan,
                        rest.state(),
                        history(rest.progress() == null ? before.progress() : rest.progress()),
                        true);
            case RowWrite.Finish finish -> record(plan, finish.state(), history(finish.progress()), true);
        };
    }

    private History history(@Nullable ByteString progress) {
        return progress == null
                ? History.EMPTY
                : ProgressCodec.decode(progress, plan).history();
    }

    static StoredRecord record(Plan plan, TransactionState state, History history, boolean isResting) {
        StoredReading reading = new StoredReading(plan);
        List<RecordEntry> entries =
                history.events().stream().flatMap(reading::entry).toList();
        HistoryEvent last = history.last();
        boolean isForced = last != null
                && last.fact() instanceof Fact.Finished finished
                && !finished.actor().isEmpty();
        return new StoredRecord(Stage.valueOf(state.name()), entries, isResting, isForced);
    }

    /** Returns the deliveries that have ended: acknowledged or given up. */
    static Stream<String> ended(StoredRecord stored) {
        return stored.entries().stream().flatMap(entry -> {
            if (entry instanceof RecordEntry.Ended ended && ended.kind() == OutcomeKind.OK) {
                return Stream.of(ended.branch());
            }
            if (entry instanceof RecordEntry.Stated stated) {
                return Stream.of(stated.branch());
            }
            return entry instanceof RecordEntry.Dropped dropped ? Stream.of(dropped.branch()) : Stream.empty();
        });
    }

    private Stream<RecordEntry> entry(HistoryEvent event) {
        long at = event.time().toEpochMilli();
        return switch (event.fact()) {
            case Fact.Called call -> Stream.of(new RecordEntry.Ended(at, branch(call), operation(call), kind(call)));
            case Fact.PivotCalled _ -> Stream.of(new RecordEntry.PivotCalled(at));
            case Fact.Decided _ ->
                Stream.of(new RecordEntry.Decided(at, event.stateAfter() == TransactionState.UNDOING));
            case Fact.Parked parked -> Stream.of(new RecordEntry.Parked(at, parked.reason() == ParkReason.BY_OPERATOR));
            case Fact.Retried _ -> Stream.of(new RecordEntry.Retried(at));
            case Fact.Resumed _ -> Stream.of(new RecordEntry.Resumed(at));
            case Fact.Resolved resolved ->
                Stream.of(new RecordEntry.Stated(at, branch(resolved), operation(resolved), truth(resolved)));
            case Fact.Adopted _ -> Stream.of(new RecordEntry.TakenOver(at));
            case Fact.ApprovalAsked asked -> Stream.of(new RecordEntry.ApprovalAsked(at, branch(asked)));
            case Fact.ApprovalDecided answer ->
                Stream.of(new RecordEntry.ApprovalDecided(at, branch(answer), answer.isApproved()));
            case Fact.ApprovalExpired expiry -> Stream.of(new RecordEntry.ApprovalExpired(at, branch(expiry)));
            case Fact.Dropped dropped -> Stream.of(new RecordEntry.Dropped(at, branch(dropped)));
            case Fact.Accepted _, Fact.Registered _, Fact.Started _, Fact.Unparked _, Fact.Finished _ -> Stream.empty();
        };
    }

    private String branch(Fact.OfBranch fact) {
        return plan.branches().get(fact.branch()).shownId();
    }

    private String operation(Fact.OfBranch fact) {
        return plan.operationName(fact.branch(), fact.role());
    }

    private static Request.Truth truth(Fact.Resolved resolved) {
        return switch (resolved.truth()) {
            case DONE -> Request.Truth.DONE;
            case NEVER_HAPPENED -> Request.Truth.NEVER_HAPPENED;
            case UNDONE -> Request.Truth.UNDONE;
        };
    }

    private static OutcomeKind kind(Fact.Called call) {
        return switch (call.outcome()) {
            case Outcome.SUCCEEDED -> OutcomeKind.OK;
            case Outcome.REJECTED -> OutcomeKind.REJECTED;
            case Outcome.FAILED -> failed(call.consequence());
            case Outcome.IN_PROGRESS -> OutcomeKind.IN_PROGRESS;
            case Outcome.MISCONFIGURED -> misconfigured(!(call.consequence() instanceof Consequence.Stuck));
            case Outcome.UNKNOWN -> OutcomeKind.SILENCE;
            default -> throw new IllegalArgumentException("unknown outcome code " + call.outcome());
        };
    }

    /** Reads the answer of a failed call. A participant that omitted its child had succeeded. */
    private static OutcomeKind failed(Consequence consequence) {
        return switch (consequence) {
            case Consequence.NothingToUndo _ -> OutcomeKind.NOT_FOUND;
            case Consequence.CausesUndo compensation ->
                compensation.isChildLeftOut() ? OutcomeKind.OK : OutcomeKind.FAILED;
            case Consequence.None _, Consequence.Stuck _ -> OutcomeKind.FAILED;
        };
    }

    private static OutcomeKind misconfigured(boolean mayPass) {
        return mayPass ? OutcomeKind.UNREACHABLE : OutcomeKind.MISCONFIGURED;
    }

    static OutcomeKind kind(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Succeeded _ -> OutcomeKind.OK;
            case Outcome.Rejected rejected -> rejected.settled() ? OutcomeKind.REJECTED_SETTLED : OutcomeKind.REJECTED;
            case Outcome.Failed failed ->
                failed.gone() ? OutcomeKind.GONE : failed.notFound() ? OutcomeKind.NOT_FOUND : OutcomeKind.FAILED;
            case Outcome.InProgress _ -> OutcomeKind.IN_PROGRESS;
            case Outcome.Misconfigured misconfigured -> misconfigured(misconfigured.mayPass());
            case Outcome.Unknown _ -> OutcomeKind.SILENCE;
            case Outcome.NotSent _, Outcome.StaleFence _ -> OutcomeKind.NOT_SENT;
        };
    }

    Request request(TransactionRequest request) {
        return request(plan, request);
    }

    static Request request(Plan plan, TransactionRequest request) {
        return switch (request) {
            case TransactionRequest.Commit commit -> new Request.Commit(commit.branches());
            case TransactionRequest.Abort _ -> new Request.Abort();
            case TransactionRequest.Register _ -> new Request.Register();
            case TransactionRequest.Retry _ -> new Request.Retry();
            case TransactionRequest.Resume _ -> new Request.Resume();
            case TransactionRequest.Park _ -> new Request.Park();
            case TransactionRequest.DecideApproval decide -> new Request.Approve(decide.branch(), decide.approved());
            case TransactionRequest.Resolve resolve -> stated(plan, resolve);
            case TransactionRequest.Skip _ -> new Request.Skip();
            case TransactionRequest.Drop _ -> new Request.Drop();
            case TransactionRequest.ForceFinish _ -> new Request.Force();
        };
    }

    private static Request stated(Plan plan, TransactionRequest.Resolve resolve) {
        int index = plan.indexOf(resolve.branch());
        String branch =
                index < 0 ? resolve.branch() : plan.branches().get(index).shownId();
        String operation = index < 0 ? "" : plan.operationName(index, resolve.role());
        return new Request.State(
                branch, operation, Request.Truth.valueOf(resolve.truth().name()));
    }

    /** Returns the paths of the children that a branch's answer names, or null without this trailer. */
    static @Nullable Set<String> tried(String branch, Outcome outcome) {
        if (!(outcome instanceof Outcome.Succeeded done) || done.tried() == null) {
            return null;
        }
        return done.tried().stream().map(child -> branch + "/" + child).collect(Collectors.toUnmodifiableSet());
    }
}
