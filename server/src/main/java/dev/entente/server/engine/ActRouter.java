package dev.entente.server.engine;

import com.google.protobuf.ByteString;
import dev.entente.core.codec.UnreadableRow;
import dev.entente.core.decision.Act;
import dev.entente.core.decision.Event;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.Parked;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Refusal;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.codec.PlanBytes;
import dev.entente.server.store.FinishedRow;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.StoredTransaction;
import dev.entente.server.store.TransactionStore;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Brings acts to where the transaction is: to its mailbox, or to its row, which the act's first write then takes.
 * Nobody writes a row that another live incarnation owns.
 */
final class ActRouter {
    private static final int MAX_TRIES = 8;
    private static final Duration PAUSE = Duration.ofMillis(25);
    private static final Duration SHORTLY = Duration.ofSeconds(1);

    private final OpenMailboxes mailboxes;
    private final TransactionStore store;
    private final World world;
    private final EngineSettings settings;
    private final CurrentSnapshots snapshots;
    private final Strays strays;

    ActRouter(
            OpenMailboxes mailboxes,
            TransactionStore store,
            World world,
            EngineSettings settings,
            CurrentSnapshots snapshots,
            Strays strays) {
        this.mailboxes = mailboxes;
        this.store = store;
        this.world = world;
        this.settings = settings;
        this.snapshots = snapshots;
        this.strays = strays;
    }

    void bring(String gid, PendingAct ask) {
        Mailbox mailbox = mailboxes.mailbox(gid);
        if (mailbox != null && !(ask.act() instanceof Act.Register)) {
            mailbox.ask(ask);
            return;
        }
        Callbacks.when(Callbacks.of(() -> store.read(gid)), (row, failure) -> {
            if (failure != null) {
                ask.answer().completeExceptionally(Failures.refusal(failure));
            } else {
                guarded(ask, () -> toRow(gid, row, ask));
            }
        });
    }

    private static void guarded(PendingAct ask, Runnable step) {
        try {
            step.run();
        } catch (RuntimeException | Error refused) {
            ask.answer().completeExceptionally(Failures.refusal(refused));
        }
    }

    /** The row moved meanwhile: another look after a moment, a bounded number of times. */
    void bringAgain(String gid, PendingAct ask) {
        if (ask.tries() >= MAX_TRIES) {
            ask.answer()
                    .completeExceptionally(Refusal.temporary(
                            ErrorCode.OWNER_UNREACHABLE, "'" + gid + "' is changing hands; ask again", SHORTLY));
            return;
        }
        long jitter = Math.floorMod(world.random().getAsLong(), PAUSE.toMillis());
        Duration pause = PAUSE.multipliedBy(1L << Math.min(ask.tries(), 6)).plusMillis(jitter);
        world.timers().schedule(pause, () -> bring(gid, ask.again()));
    }

    private void toRow(String gid, @Nullable StoredTransaction row, PendingAct ask) {
        switch (row) {
            case null -> throw Refusal.notFound(gid);
            case FinishedRow finished
            when ask.act() instanceof Act.Register ->
                throw Refusal.of(
                        ErrorCode.DECIDED,
                        "it is " + finished.state() + ": no branch can be added any more; reject the call");
            case FinishedRow finished -> passing(finished).ask(answeredFrom(finished, ask));
            case OpenRow open when ask.act() instanceof Act.Register register -> register(open, register, ask);
            case OpenRow open -> toOpenRow(open, ask);
        }
    }

    /** Makes a mailbox that answers one act on an ended transaction, and is held by nobody. */
    private Mailbox passing(FinishedRow row) {
        return mailboxes.passing(Rows.transaction(row), null);
    }

    /** Answers an act that succeeds, since it changes nothing more, with the row: it alone has the finish time. */
    private PendingAct answeredFrom(FinishedRow row, PendingAct ask) {
        CompletableFuture<Snapshot> done = new CompletableFuture<>();
        Callbacks.when(done, (_, failure) -> {
            if (failure == null) {
                ask.answer().complete(snapshots.of(row));
            } else {
                ask.answer().completeExceptionally(failure);
            }
        });
        return new PendingAct(ask.act(), ask.origin(), ask.tries(), ask.stateBefore(), done);
    }

    private void toOpenRow(OpenRow row, PendingAct ask) {
        Mailbox mailbox = mailboxes.mailbox(row.gid());
        if (mailbox != null) {
            mailbox.ask(ask);
        } else if (row.owner() == null) {
            take(row, ask);
        } else if (row.owner() == store.incarnation()) {
            // on its way into memory, or the answer that told us of it was lost
            strays.suspect();
            bringAgain(row.gid(), ask);
        } else if (ask.act() instanceof Act.Drop drop && isOver(drop, row)) {
            throw drop.nothing();
        } else {
            throw new HeldElsewhere(row.owner());
        }
    }

    /** As far as is durable; its owner, where it has to be asked, knows more. */
    private boolean isOver(Act.Drop drop, OpenRow row) {
        try {
            Snapshot seen = snapshots.of(row);
            return drop.openIn(seen.plan(), seen.progress()).isEmpty();
        } catch (UnreadableRow unreadable) {
            return false;
        }
    }

    private void take(OpenRow row, PendingAct ask) {
        Parked mark = row.parked();
        if (mark != null && mark.reason().awaitsRecovery()) {
            throw Refusal.of(
                    ErrorCode.ACT_IMPOSSIBLE,
                    "it is parked as " + mark.reason() + "; " + mark.reason().advice());
        }
        Mailbox mailbox = open(row, ask.act());
        mailbox.ask(ask);
        mailboxes.inTime(mailbox);
        if (mailboxes.holdsTooMuch()) {
            mailbox.happen(new Event.DrainDue()); // what was asked is done, what follows waits for room
        }
    }

    private Mailbox open(OpenRow row, Act act) {
        try {
            return mailboxes.openUnheld(row);
        } catch (UnreadableRow unreadable) {
            if (act instanceof Act.ForceFinish && unreadable.isDamaged()) {
                // for this act alone: no other may meet a transaction without branches
                GlobalTransaction left = Rows.damaged(row, unreadable, world.now());
                return mailboxes.passing(left, row.dueAt());
            }
            throw unreadable;
        }
    }

    // ---- registering

    private void register(OpenRow row, Act.Register act, PendingAct ask) {
        ByteString encoded = PlanBytes.registeredAt(world.now(), act.encoded());
        Branch branch = settings.plans().registered(row.plan(), encoded);
        if (row.state() != TransactionState.BEGUN || row.owner() != null) {
            checkSize(row, settings.plans().decodeStored(row.format(), row.plan()), branch, encoded);
            toOpenRow(
                    row,
                    new PendingAct(new Act.Register(branch, encoded), ask.origin(), ask.tries(), "", ask.answer()));
            return;
        }
        Plan plan = settings.plans().decodeStored(row.format(), row.plan());
        int known = plan.indexOf(branch.id());
        if (known >= 0) {
            answerKnown(row.gid(), plan.branches().get(known), branch, ask);
            return;
        }
        checkRoom(row, plan, branch, encoded);
        Callbacks.when(
                store.register(row.gid(), encoded, settings.maxPlanBytes()),
                (after, failure) -> guarded(ask, () -> registered(row, branch, after, failure, ask)));
    }

    private void checkRoom(OpenRow row, Plan plan, Branch branch, ByteString encoded) {
        Instant deadline = row.deadlineAt();
        if (deadline != null && !world.now().isBefore(deadline)) {
            throw Refusal.of(
                    ErrorCode.DECIDED, "its deadline has passed: no branch can be added any more; reject the call");
        }
        if (row.parked() != null) {
            throw Refusal.of(
                    ErrorCode.ACT_IMPOSSIBLE,
                    "it is parked as " + row.parked().reason() + "; "
                            + row.parked().reason().advice());
        }
        if (branch.parent() != null && plan.indexOf(branch.parent()) < 0) {
            throw Refusal.of(ErrorCode.ACT_IMPOSSIBLE, "its parent '" + branch.parent() + "' is not registered");
        }
        checkSize(row, plan, branch, encoded);
    }

    /** As far as the row tells: of several that come to one mailbox at once some may pass beyond. */
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
            throw Refusal.of(ErrorCode.TOO_LARGE, "it has " + settings.maxBranches() + " branches, which is the limit");
        }
    }

    /** Another node may have appended the same name first: the first one wins. */
    private void registered(
            OpenRow row, Branch wanted, @Nullable ByteString after, @Nullable Throwable failure, PendingAct ask) {
        if (failure != null) {
            throw Failures.refusal(failure);
        }
        if (after == null) {
            bringAgain(row.gid(), ask);
            return;
        }
        Plan plan = settings.plans().decodeStored(row.format(), after);
        answerKnown(row.gid(), plan.branches().get(plan.indexOf(wanted.id())), wanted, ask);
    }

    private void answerKnown(String gid, Branch standing, Branch wanted, PendingAct ask) {
        if (!standing.isSameRegistration(wanted)) {
            throw Refusal.of(ErrorCode.OTHER_CONTENT, "branch '" + wanted.id() + "' stands with other content");
        }
        Callbacks.when(snapshots.view(gid), (snapshot, failure) -> {
            if (snapshot != null) {
                ask.answer().complete(snapshot);
            } else {
                ask.answer().completeExceptionally(Failures.refusal(failure));
            }
        });
    }
}
