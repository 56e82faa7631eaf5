package dev.entente.server.engine;

import com.google.protobuf.ByteString;
import dev.entente.core.codec.UnreadableRow;
import dev.entente.core.decision.Act;
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
final class ActRouter {
    private final TransactionLookup lookup;
    private final OpenMailboxes opening;
    private final CurrentSnapshots snapshots;
    private final TransactionStore store;
    private final Rows rows;
    private final World world;
    private final EngineSettings settings;

    ActRouter(
            TransactionLookup lookup,
            OpenMailboxes opening,
            CurrentSnapshots snapshots,
            TransactionStore store,
            Rows rows,
            World world,
            EngineSettings settings) {
        this.lookup = lookup;
        this.opening = opening;
        this.snapshots = snapshots;
        this.store = store;
        this.rows = rows;
        this.world = world;
        this.settings = settings;
    }

    CompletableFuture<Snapshot> act(String gid, Act act, long ifFence, CallOrigin origin) {
        Act stamped = act instanceof Act.Register register
                ? new Act.Register(register.branch(), PlanBytes.registeredAt(world.now(), register.encoded()))
                : act;
        return bring(gid, new PendingAct(stamped, ifFence, origin, "", new CompletableFuture<>()), 0);
    }

    /** Routes the action to the mailbox or the row. While the transaction moves, retries a bounded number of times. */
    private CompletableFuture<Snapshot> bring(String gid, PendingAct ask, int tries) {
        Mailbox mailbox = lookup.mailbox(gid);
        if (mailbox != null && !(ask.act() instanceof Act.Register)) {
            mailbox.ask(ask);
        } else {
            Callbacks.answer(ask.answer(), lookup.row(gid), (row, failure) -> {
                if (row == null) {
                    throw Failures.refusal(failure);
                }
                toRow(row, ask);
            });
        }
        return ask.answer()
                .exceptionallyCompose(failure -> failure instanceof PendingAct.Moved
                        ? lookup.again(
                                gid, tries, () -> bring(gid, ask.answeredBy(new CompletableFuture<>()), tries + 1))
                        : CompletableFuture.failedFuture(failure));
    }

    private void toRow(RowLook found, PendingAct ask) {
        switch (found) {
            case RowLook.Gone(String gid) -> throw Refusal.notFound(gid);
            case RowLook.Ended _ when ask.isBound() -> ask.movedOn();
            case RowLook.Ended(FinishedRow row)
            when ask.act() instanceof Act.Register ->
                throw Refusal.of(
                        ErrorCode.DECIDED,
                        "the transaction is " + row.state() + ": no branch can join any more; reject the call");
            case RowLook.Ended(FinishedRow row) ->
                opening.passing(Rows.transaction(row), null).ask(answeredFrom(row, ask));
            case RowLook.Open open when ask.act() instanceof Act.Register register -> register(open, register, ask);
            case RowLook.Open open -> toOpenRow(open, ask);
        }
    }

    /** Answers an action that succeeds without a change from the row, because only the row has the finish time. */
    private PendingAct answeredFrom(FinishedRow row, PendingAct ask) {
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

    private void toOpenRow(RowLook.Open found, PendingAct ask) {
        Mailbox mailbox = lookup.mailbox(found.row().gid());
        if (mailbox != null) {
            mailbox.ask(ask);
            return;
        }
        switch (found) {
            case RowLook.Unowned _ when ask.isBound() -> ask.movedOn();
            case RowLook.Unowned(OpenRow row) -> take(row, ask);
            case RowLook.Ours _ -> ask.moved(); // being loaded into memory, or an orphaned row
            case RowLook.Elsewhere elsewhere
            when ask.act() instanceof Act.Drop drop && isOver(drop, elsewhere) -> throw drop.nothing();
            case RowLook.Elsewhere elsewhere -> throw new HeldElsewhere(elsewhere.owner());
        }
    }

    /** Returns whether the durable state has nothing left to drop. The state of the owner may be newer. */
    private boolean isOver(Act.Drop drop, RowLook row) {
        try {
            Snapshot seen = row.snapshot(rows);
            return drop.openIn(seen.plan(), seen.progress()).isEmpty();
        } catch (UnreadableRow unreadable) {
            return false;
        }
    }

    private void take(OpenRow row, PendingAct ask) {
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

    private Mailbox open(OpenRow row, Act act) {
        try {
            return opening.openUnheld(row);
        } catch (UnreadableRow unreadable) {
            if (act instanceof Act.ForceFinish && unreadable.isDamaged()) {
                // only for force-finish: any other action needs the branches of the transaction
                GlobalTransaction left = Rows.damaged(row, unreadable, world.now());
                return opening.passing(left, row.dueAt());
            }
            throw unreadable;
        }
    }

    // ---- registering

    private void register(RowLook.Open found, Act.Register act, PendingAct ask) {
        OpenRow row = found.row();
        ByteString encoded = act.encoded();
        Branch branch = settings.plans().registered(row.plan(), encoded);
        Plan plan = settings.plans().decodeStored(row.format(), row.plan());
        if (row.state() != TransactionState.BEGUN || row.owner() != null) {
            checkSize(row, plan, branch, encoded);
            toOpenRow(found, new PendingAct(new Act.Register(branch, encoded), 0, ask.origin(), "", ask.answer()));
            return;
        }
        int known = plan.indexOf(branch.id());
        if (known >= 0) {
            answerKnown(row.gid(), plan.branches().get(known), branch, ask);
            return;
        }
        checkRoom(row, plan, branch, encoded);
        Callbacks.answer(
                ask.answer(),
                store.register(row.gid(), encoded, settings.maxPlanBytes()),
                (after, failure) -> registered(row, branch, after, failure, ask));
    }

    private void checkRoom(OpenRow row, Plan plan, Branch branch, ByteString encoded) {
        Instant deadline = row.deadlineAt();
        if (deadline != null && !world.now().isBefore(deadline)) {
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

    /** Compares the stored and the wanted branch: another node may have appended the name first, and wins. */
    private void registered(
            OpenRow row, Branch wanted, @Nullable ByteString after, @Nullable Throwable failure, PendingAct ask) {
        if (failure != null) {
            throw Failures.refusal(failure);
        }
        if (after == null) {
            ask.moved();
            return;
        }
        Plan plan = settings.plans().decodeStored(row.format(), after);
        answerKnown(row.gid(), plan.branches().get(plan.indexOf(wanted.id())), wanted, ask);
    }

    private void answerKnown(String gid, Branch standing, Branch wanted, PendingAct ask) {
        if (!standing.isSameRegistration(wanted)) {
            throw Refusal.of(
                    ErrorCode.OTHER_CONTENT, "branch '" + wanted.id() + "' is already registered with other content");
        }
        Callbacks.answer(ask.answer(), snapshots.look(gid, null, false), (snapshot, failure) -> {
            if (snapshot == null) {
                throw Failures.refusal(failure);
            }
            ask.answer().complete(snapshot);
        });
    }
}
