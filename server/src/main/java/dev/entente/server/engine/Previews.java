package dev.entente.server.engine;

import dev.entente.core.codec.UnreadableRow;
import dev.entente.core.decision.Decide;
import dev.entente.core.decision.Event;
import dev.entente.core.decision.Preview;
import dev.entente.core.decision.TransactionRequest;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.Refusal;
import dev.entente.server.store.FinishedRow;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.TransactionStore;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;

/** Previews of actions on transactions in memory or in rows, without writes. Thread-safe. */
final class Previews {
    private final TransactionLookup lookup;
    private final MailboxOpener opening;
    private final TransactionStore store;
    private final Rows rows;
    private final EngineEnvironment environment;
    private final Decide decider;

    Previews(
            TransactionLookup lookup,
            MailboxOpener opening,
            TransactionStore store,
            Rows rows,
            EngineEnvironment environment,
            Decide decider) {
        this.lookup = lookup;
        this.opening = opening;
        this.store = store;
        this.rows = rows;
        this.environment = environment;
        this.decider = decider;
    }

    CompletableFuture<Transactions.Previewed> preview(String gid, TransactionRequest act) {
        return basis(gid, act, 0).thenApply(basis -> preview(basis, act));
    }

    private CompletableFuture<Mailbox.PreviewBase> basis(String gid, TransactionRequest act, int tries) {
        Mailbox mailbox = lookup.trusted(gid);
        CompletableFuture<Mailbox.PreviewBase> seen = new CompletableFuture<>();
        if (mailbox == null) {
            Callbacks.answer(seen, lookup.row(gid), (row, failure) -> {
                if (row == null) {
                    throw EngineFailures.refusal(failure);
                }
                seen.complete(basis(row, act));
            });
        } else {
            mailbox.previewed(seen);
        }
        return seen.exceptionallyCompose(failure -> failure instanceof PendingRequest.NotHeldHere
                ? lookup.again(gid, tries, () -> basis(gid, act, tries + 1))
                : CompletableFuture.failedFuture(failure));
    }

    private Mailbox.PreviewBase basis(RowState found, TransactionRequest act) {
        return switch (found) {
            case RowState.Gone(String gid) -> throw Refusal.notFound(gid);
            case RowState.Ended(FinishedRow row) ->
                new Mailbox.PreviewBase(Rows.transaction(row), null, Snapshots.of(row, rows));
            case RowState.Unowned(OpenRow row) -> basis(row, act);
            case RowState.Ours _ -> throw new PendingRequest.NotHeldHere();
            case RowState.Elsewhere elsewhere -> throw new OwnedElsewhere(elsewhere.owner());
        };
    }

    private Mailbox.PreviewBase basis(OpenRow row, TransactionRequest act) {
        try {
            GlobalTransaction transaction = rows.transaction(row, false);
            return new Mailbox.PreviewBase(
                    transaction, opening.opening(transaction, row.rev()), Snapshots.of(row, rows));
        } catch (UnreadableRow unreadable) {
            if (act instanceof TransactionRequest.ForceFinish && unreadable.isDamaged()) {
                GlobalTransaction left = Rows.damaged(row, unreadable, environment.now());
                return new Mailbox.PreviewBase(
                        left, null, Snapshots.live(left, row.rev(), store, row.dueAt(), environment.now()));
            }
            throw EngineFailures.refusal(unreadable);
        }
    }

    private Transactions.Previewed preview(Mailbox.PreviewBase basis, TransactionRequest act) {
        GlobalTransaction transaction = basis.transaction();
        Event first = basis.opening();
        Instant now = environment.now();
        boolean mayBeAt = act.ifRevision() == 0
                || act.ifRevision() == transaction.progress().revision();
        boolean isBehind = basis.isActPutOff() && !act.overtakesDeferred() && mayBeAt;
        Preview found =
                isBehind ? Preview.behindAnother(transaction, now) : Preview.of(transaction, first, act, now, decider);
        if (!isBehind && !MailboxCalls.mayStillLeave(found.after())) {
            Preview back = Preview.of(basis.callBack().apply(transaction, now), first, act, now, decider);
            boolean isAwaiting = back.after().ownership().isHeld() && !MailboxCalls.mayStillLeave(back.after());
            // a call that was called back continues after the other calls have ended
            found = isAwaiting ? back.at(found.nextAt()) : back;
        }
        GlobalTransaction after = found.after();
        boolean isUntouched =
                after.progress().revision() == transaction.progress().revision()
                        && !after.ownership().isHeld();
        Instant due = isUntouched && found.nextAt() == null ? basis.shown().dueAt() : found.nextAt();
        Snapshot then = Snapshots.live(after, after.ownership().rev(), store, due, now);
        return new Transactions.Previewed(
                basis.shown(), found, isBehind, then.with(basis.progress().apply(after)));
    }
}
