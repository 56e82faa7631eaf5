package dev.entente.server.engine;

import com.google.protobuf.ByteString;
import dev.entente.core.codec.ProgressCodec;
import dev.entente.core.codec.UnreadableRow;
import dev.entente.core.decision.Decider;
import dev.entente.core.decision.Effect;
import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.NextCall;
import dev.entente.core.transaction.Operation;
import dev.entente.core.transaction.OperatorPark;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Ownership;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Parked;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Progress;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.codec.PlanCodec;
import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.FinishedRow;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.RowWrite;
import dev.entente.server.store.WaitingColumn;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The translation between transactions in memory and rows. */
public final class Rows {
    /** The relevance of awaited calls for an operator. */
    private static final int STUCK = 0;

    private static final int REPEATED = 1;
    private static final int NOT_SENT = 2;
    private static final int IN_FLIGHT = 3;
    private static final int NOT_AWAITED = 4;

    private final PlanCodec plans;
    private final boolean keepsPayloads;

    /**
     * @param keepsPayloads whether finished transactions keep bodies and responses; a given-up transaction always keeps
     *     them, so that it can be sent again
     */
    Rows(PlanCodec plans, boolean keepsPayloads) {
        this.plans = plans;
        this.keepsPayloads = keepsPayloads;
    }

    // ---- from rows

    /** @throws dev.entente.core.codec.UnreadableRow if this program does not know the row's format */
    GlobalTransaction transaction(OpenRow row, boolean isHeld) {
        Plan plan = plans.decodeStored(row.format(), row.plan());
        Progress progress = progress(row, plan);
        Ownership ownership = isHeld
                ? Ownership.held(row.rev(), progress.revision())
                : Ownership.unheld(row.rev(), progress.revision());
        return new GlobalTransaction(row.gid(), plan, row.createdAt(), row.deadlineAt(), progress, ownership);
    }

    /** Returns the transaction of a damaged row from its columns: without branches, and usable only for a finish. */
    static GlobalTransaction damaged(OpenRow row, UnreadableRow why, Instant now) {
        Parked mark = row.parked() == null
                ? new Parked(ParkReason.UNREADABLE_ROW, String.valueOf(why.getMessage()), now)
                : row.parked();
        Plan plan = new Plan(row.pattern(), row.name(), Map.of(), null, null, null, List.of());
        Progress progress = Decider.unreadable(plan, row.state(), row.createdAt(), mark);
        Ownership ownership = Ownership.unheld(row.rev(), progress.revision());
        return new GlobalTransaction(row.gid(), plan, row.createdAt(), row.deadlineAt(), progress, ownership);
    }

    private static Progress progress(OpenRow row, Plan plan) {
        ByteString stored = row.progress();
        // empty: parked before any write after the accept
        Progress progress = stored == null || stored.isEmpty()
                ? Decider.accepted(plan, row.state(), row.createdAt(), 0)
                : ProgressCodec.decode(stored, plan);
        // a mark that was set without reading the progress, such as after a failover, is stored in the columns only
        Parked columns = row.parked();
        Parked mark = progress.parked();
        if (columns == null || !columns.hasReason()) {
            return progress;
        } else if (mark != null && mark.hasReason() && !columns.reason().awaitsRecovery()) {
            return progress;
        }
        OperatorPark operator = mark == null ? null : mark.operator();
        return progress.parkedAs(new Parked(columns.reason(), columns.detail(), columns.since(), operator));
    }

    static GlobalTransaction transaction(FinishedRow row) {
        Plan plan = PlanCodec.decodeEnded(row.plan(), row.name());
        Progress progress = ProgressCodec.decode(row.progress(), plan);
        Ownership ownership = Ownership.unheld(0, progress.revision());
        return new GlobalTransaction(row.gid(), plan, row.createdAt(), row.deadlineAt(), progress, ownership);
    }

    /** Returns whether the progress of a row without an owner shows all calls that were ever made. */
    static boolean isClean(Progress progress, long revWhileUnheld) {
        return revWhileUnheld == 0 || progress.restRev() == revWhileUnheld;
    }

    // ---- to rows

    /**
     * @param heldBackBy the participant at which the transaction waits for capacity, if it rests for that; else null
     * @param releasesQueues whether rows that rest behind its deliveries become due
     */
    RowWrite write(
            GlobalTransaction transaction,
            Effect effect,
            Instant now,
            boolean hasProgressed,
            @Nullable AuditRecord audit,
            @Nullable String heldBackBy,
            boolean releasesQueues) {
        Ownership ownership = transaction.ownership();
        return new RowWrite(
                transaction.gid(),
                !ownership.isHeld(),
                ownership.rev(),
                change(transaction, effect, now, hasProgressed, heldBackBy),
                audit,
                releasesQueues);
    }

    private RowWrite.Change change(
            GlobalTransaction transaction,
            Effect effect,
            Instant now,
            boolean hasProgressed,
            @Nullable String heldBackBy) {
        Progress progress = transaction.progress();
        return switch (effect) {
            case Effect.Flush flush ->
                new RowWrite.Flush(
                        progress.state(),
                        ProgressCodec.encode(progress),
                        flush.planAppended(),
                        hasProgressed,
                        waitingOn(transaction, null));
            case Effect.Release rest ->
                new RowWrite.Release(
                        progress.state(),
                        ProgressCodec.encode(progress),
                        rest.dueAt() == null ? null : notNegative(Duration.between(now, rest.dueAt())),
                        progress.parked(),
                        waitingOn(transaction, heldBackBy),
                        PlanCodec.format(),
                        heldBackBy);
            case Effect.Finish _ -> finish(transaction.plan(), progress);
            case Effect.Call _,
                    Effect.AwaitPosition _,
                    Effect.Wake _,
                    Effect.Defer _,
                    Effect.Refuse _,
                    Effect.Recorded _ -> throw new IllegalArgumentException("no write: " + effect);
        };
    }

    private RowWrite.Finish finish(Plan plan, Progress progress) {
        boolean keeps = keepsPayloads || progress.state() == TransactionState.GIVEN_UP;
        return new RowWrite.Finish(
                progress.state(),
                result(plan, progress),
                PlanCodec.encodeEnded(plan, keeps),
                ProgressCodec.encode(progress, keeps));
    }

    private static Duration notNegative(Duration duration) {
        return duration.isNegative() ? Duration.ZERO : duration;
    }

    static @Nullable ByteString result(Plan plan, Progress progress) {
        String branch = plan.resultBranch();
        int index = branch == null ? -1 : plan.indexOf(branch);
        return index < 0 || progress.state() != TransactionState.SUCCEEDED
                ? null
                : progress.branch(index).response();
    }

    /**
     * Returns the column {@code waiting_on} for lists: an open approval, the participants of calls that wait for an
     * operator, of repeated calls and of calls that are not sent, and the participant that holds back a call. The first
     * attempt of a call is only in the memory of a coordinator, because every transaction would write it.
     */
    private static @Nullable String waitingOn(GlobalTransaction transaction, @Nullable String heldBackBy) {
        List<BranchProgress> branches = transaction.progress().branches();
        boolean awaitsApproval = false;
        List<String> awaited = new ArrayList<>(0);
        for (int rank = STUCK; rank < IN_FLIGHT; rank++) {
            for (int i = 0; i < branches.size(); i++) {
                awaitsApproval |= branches.get(i).state() == BranchState.AWAITING_APPROVAL;
                if (rank(branches.get(i)) == rank) {
                    add(participant(transaction, i), awaited);
                }
            }
        }
        add(heldBackBy == null ? "" : heldBackBy, awaited);
        return WaitingColumn.text(awaitsApproval, awaited);
    }

    private static void add(String participant, List<String> awaited) {
        if (!participant.isEmpty() && !awaited.contains(participant)) {
            awaited.add(participant);
        }
    }

    /** Returns whether the transaction waits for a call to that participant, in any state of the wait. */
    static boolean awaits(GlobalTransaction transaction, String participant) {
        List<BranchProgress> branches = transaction.progress().branches();
        for (int i = 0; i < branches.size(); i++) {
            if (rank(branches.get(i)) < NOT_AWAITED
                    && participant(transaction, i).equals(participant)) {
                return true;
            }
        }
        return false;
    }

    /** Returns the relevance of a branch's call. */
    private static int rank(BranchProgress branch) {
        NextCall next = branch.next();
        if (next.stuck() != null) {
            return STUCK;
        }
        if (branch.state().isSettled()) {
            return NOT_AWAITED;
        }
        if (branch.lastOutcome() > Outcome.SUCCEEDED && branch.state() != BranchState.REJECTED) {
            return REPEATED;
        }
        boolean isNotSent = branch.isAwaitingPosition()
                || next.notBefore() != null
                || next.unsent() != null
                || next.blockedBy() != null;
        return isNotSent ? NOT_SENT : branch.isInFlight() ? IN_FLIGHT : NOT_AWAITED;
    }

    /** Returns the participant of a branch's current operation; empty for an approval. */
    private static String participant(GlobalTransaction transaction, int index) {
        BranchProgress branch = transaction.progress().branch(index);
        Operation operation = transaction.plan().branches().get(index).operation(branch.role());
        return operation == null ? "" : operation.target().participant();
    }
}
