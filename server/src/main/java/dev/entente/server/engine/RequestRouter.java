package dev.entente.server.engine;

import com.google.protobuf.ByteString;
import dev.entente.core.codec.UnreadableRow;
import dev.entente.core.decision.TransactionRequest;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.Parked;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Refusal;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.codec.PlanBytes;
import dev.entente.server.store.CallOrigin;
import dev.entente.server.store.FinishedRow;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.TransactionStore;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The routing of actions to a transaction: to its mailbox or, without a mailbox, to its row. The first write of the
 * action then takes the row. A row that another live incarnation owns is never written.
 */
final class RequestRouter {
    private final TransactionLookup lookup;
    private final MailboxOpener opening;
    private final SnapshotReader snapshots;
    private final TransactionStore store;
    private final Rows rows;
    private final EngineEnvironment environment;
    private final EngineSettings settings;

    RequestRouter(
            TransactionLookup lookup,
            MailboxOpener opening,
            SnapshotReader snapshots,
            TransactionStore store,
            Rows rows,
            EngineEnvironment environment,
            EngineSettings settings) {
        this.lookup = lookup;
        this.opening = opening;
        this.snapshots = snapshots;
        this.store = store;
        this.rows = rows;
        this.environment = environment;
        this.settings = settings;
    }

    CompletableFuture<Snapshot> act(String gid, TransactionRequest act, long ifFence, CallOrigin origin) {
        TransactionRequest stamped = act instanceof TransactionRequest.Register register
                ? new TransactionRequest.Register(
                        register.branch(), PlanBytes.registeredAt(environment.now(), register.encoded()))
                : act;
        return bring(gid, new PendingRequest(stamped, ifFence, origin, "", new CompletableFuture<>()), 0);
    }

    /** Routes the action to the mailbox or the row. While the transaction moves, retries a bounded number of times. */
    private CompletableFuture<Snapshot> bring(String gid, PendingRequest ask, int tries) {
        Mailbox mailbox = lookup.mailbox(gid);
        if (mailbox != null && !(ask.act() instanceof TransactionRequest.Register)) {
            mailbox.ask(ask);
        } else {
            Callbacks.answer(ask.answer(), lookup.row(gid), (row, failure) -> {
                if (row == null) {
                    throw EngineFailures.refusal(failure);
                }
                toRow(row, ask);
            });
        }
        return ask.answer()
                .exceptionallyCompose(failure -> failure instanceof PendingRequest.NotHeldHere
                        ? lookup.again(
                                gid, tries, () -> bring(gid, ask.answeredBy(new CompletableFuture<>()), tries + 1))
                        : CompletableFuture.failedFuture(failure));
    }

    private void toRow(RowState found, PendingRequest ask) {
        switch (found) {
            case RowState.Gone(String gid) -> throw Refusal.notFound(gid);
            case RowState.Ended _ when ask.isBound() -> ask.movedOn();
            case RowState.Ended(FinishedRow row)
            when ask.act() instanceof TransactionRequest.Register ->
                throw Refusal.of(
                        ErrorCode.DECIDED,
                        "the transaction is " + row.state() + ": no branch can join any more; reject the call");
            case RowState.Ended(FinishedRow row) ->
                opening.passing(Rows.transaction(row), null).ask(answeredFrom(row, ask));
            case RowState.Open open
            when ask.act() instanceof TransactionRequest.Register register -> register(open, register, ask);
            case RowState.Open open -> toOpenRow(open, ask);
        }
    }

    /** Answers an action that succeeds without a change from the row, because only the row has the finish time. */
    private PendingRequest answeredFrom(FinishedRow row, PendingRequest ask) {
        CompletableFuture<Snapshot> done = new CompletableFuture<>();
        Callbacks.answer(ask.answer(), done, (_, failure) -> {
            if (failure == null) {
                ask.answer().complete(Snapshots.of(row, rows).unchanged());
            } else {
                ask.answer().completeExceptionally(failure);
            }
        });
        return ask.answeredBy(done);
    }

    private void toOpenRow(RowState.Open found, PendingRequest ask) {
        Mailbox mailbox = lookup.mailbox(found.row().gid());
        if (mailbox != null) {
            mailbox.ask(ask);
            return;
        }
        switch (found) {
            case RowState.Unowned _ when ask.isBound() -> ask.movedOn();
            case RowState.Unowned(OpenRow row) -> take(row, ask);
            case RowState.Ours _ -> ask.moved(); // being loaded into memory, or an orphaned row
            case RowState.Elsewhere elsewhere
            when ask.act() instanceof TransactionRequest.Drop drop && isOver(drop, elsewhere) -> throw drop.nothing();
            case RowState.Elsewhere elsewhere -> throw new OwnedElsewhere(elsewhere.owner());
        }
    }

    /** Returns whether the durable state has nothing left to drop. The state of the owner may be newer. */
    private boolean isOver(TransactionRequest.Drop drop, RowState row) {
        try {
            Snapshot seen = row.snapshot(rows);
            return drop.openIn(seen.plan(), seen.progress()).isEmpty();
        } catch (UnreadableRow unreadable) {
            return false;
        }
    }

    private void take(OpenRow row, PendingRequest ask) {
        Parked mark = row.parked();
        if (mark != null && mark.reason().awaitsRecovery()) {
            throw parked(mark);
        }
        Mailbox mailbox = open(row, ask.act());
        mailbox.ask(ask);
        opening.openedForAct(mailbox);
    }

    private static Refusal parked(Parked mark) {
        return Refusal.of(
                ErrorCode.ACT_IMPOSSIBLE, "the transaction is parked as " + mark.reason() + "; " + mark.advice(false));
    }

    private Mailbox open(OpenRow row, TransactionRequest act) {
        try {
            return opening.openUnheld(row);
        } catch (UnreadableRow unreadable) {
            if (act instanceof TransactionRequest.ForceFinish && unreadable.isDamaged()) {
                // only for force-finish: any other action needs the branches of the transaction
                GlobalTransaction left = Rows.damaged(row, unreadable, environment.now());
                return opening.passing(left, row.dueAt());
            }
            throw unreadable;
        }
    }

    // ---- registering

    private void register(RowState.Open found, TransactionRequest.Register act, PendingRequest ask) {
        OpenRow row = found.row();
        ByteString encoded = act.encoded();
        Branch branch = settings.plans().registered(row.plan(), encoded);
        Plan plan = settings.plans().decodeStored(row.format(), row.plan());
        if (row.state() != TransactionState.BEGUN || row.owner() != null) {
            checkSize(row, plan, branch, encoded);
            toOpenRow(
                    found,
                    new PendingRequest(
                            new TransactionRequest.Register(branch, encoded), 0, ask.origin(), "", ask.answer()));
            return;
        }
        int known = plan.indexOf(branch.id());
        if (known >= 0) {
            answerKnown(row.gid(), plan.branches().get(known), branch, ask);
            return;
        }
        checkCapacity(row, plan, branch, encoded);
        Callbacks.answer(
                ask.answer(),
                store.register(row.gid(), encoded, settings.maxPlanBytes()),
                (after, failure) -> registered(row, branch, after, failure, ask));
    }

    private void checkCapacity(OpenRow row, Plan plan, Branch branch, ByteString encoded) {
        Instant deadline = row.deadlineAt();
        if (deadline != null && !environment.now().isBefore(deadline)) {
            throw Refusal.of(
                    ErrorCode.DECIDED, "the deadline has passed: no branch can join any more; reject the call");
        }
        if (row.parked() != null) {
            throw parked(row.parked());
        }
        if (branch.parent() != null && plan.indexOf(branch.parent()) < 0) {
            throw Refusal.of(ErrorCode.ACT_IMPOSSIBLE, "the parent '" + branch.parent() + "' is not registered");
        }
        checkSize(row, plan, branch, encoded);
    }

    /** Checks the limits against the row. Concurrent registrations at one mailbox may together exceed the limits. */
    private void checkSize(OpenRow row, Plan plan, Branch branch, ByteString encoded) {
        if (plan.indexOf(branch.id()) >= 0) {
            return;
        }
        if (row.plan().size() + encoded.size() > settings.maxPlanBytes()) {
            throw Refusal.of(
                    ErrorCode.TOO_LARGE,
                    "with this branch the plan would exceed " + settings.maxPlanBytes() + " bytes");
        }
        if (plan.branches().size() >= settings.maxBranches()) {
            throw Refusal.of(
                    ErrorCode.TOO_LARGE,
                    "the transaction has " + settings.maxBranches() + " branches, which is the limit");
        }
    }

    /**
     * Compares the stored and the requested branch. Another node may have appended a branch of this name first; then
     * that branch counts.
     */
    private void registered(
            OpenRow row, Branch wanted, @Nullable ByteString after, @Nullable Throwable failure, PendingRequest ask) {
        if (failure != null) {
            throw EngineFailures.refusal(failure);
        }
        if (after == null) {
            ask.moved();
            return;
        }
        Plan plan = settings.plans().decodeStored(row.format(), after);
        answerKnown(row.gid(), plan.branches().get(plan.indexOf(wanted.id())), wanted, ask);
    }

    private void answerKnown(String gid, Branch existing, Branch wanted, PendingRequest ask) {
        if (!existing.isSameRegistration(wanted)) {
            throw Refusal.of(
                    ErrorCode.OTHER_CONTENT, "branch '" + wanted.id() + "' is already registered with other content");
        }
        Callbacks.answer(ask.answer(), snapshots.read(gid, null, false), (snapshot, failure) -> {
            if (snapshot == null) {
                throw EngineFailures.refusal(failure);
            }
            ask.answer().complete(snapshot);
        });
    }
}
