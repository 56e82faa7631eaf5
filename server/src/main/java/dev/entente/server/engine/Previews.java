package dev.entente.server.engine;

import dev.entente.core.codec.UnreadableRow;
import dev.entente.core.decision.Act;
import dev.entente.core.decision.Event;
import dev.entente.core.decision.Preview;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.Progress;
import dev.entente.core.transaction.Refusal;
import dev.entente.server.store.FinishedRow;
import dev.entente.server.store.OpenRow;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Looks what acts would do to transactions, in memory or in their rows. Writes nothing. Thread-safe. */
final class Previews {
    private final Engine engine;

    Previews(Engine engine) {
        this.engine = engine;
    }

    CompletableFuture<Transactions.Previewed> preview(String gid, Act act) {
        return standing(gid, act, 0).thenApply(standing -> standing.preview(act, engine));
    }

    private CompletableFuture<Standing> standing(String gid, Act act, int tries) {
        Mailbox mailbox = engine.trusted(gid);
        CompletableFuture<Standing> seen = new CompletableFuture<>();
        if (mailbox == null) {
            Callbacks.answer(seen, RowLook.at(gid, engine.store), (row, failure) -> {
                if (row == null) {
                    throw Failures.refusal(failure);
                }
                seen.complete(standing(row, act));
            });
        } else {
            mailbox.stand(seen);
        }
        return seen.exceptionallyCompose(failure -> failure instanceof PendingAct.Moved
                ? ActRouter.again(engine, gid, tries, () -> standing(gid, act, tries + 1))
                : CompletableFuture.failedFuture(failure));
    }

    private Standing standing(RowLook found, Act act) {
        return switch (found) {
            case RowLook.Gone(String gid) -> throw Refusal.notFound(gid);
            case RowLook.Ended(FinishedRow row) ->
                new Standing(Rows.transaction(row), null, Snapshots.of(row, engine.rows));
            case RowLook.Unowned(OpenRow row) -> standing(row, act);
            case RowLook.Ours ours -> {
                if (!engine.mayHold(ours.row().gid())) {
                    engine.strayed.set(true);
                }
                throw new PendingAct.Moved();
            }
            case RowLook.Elsewhere elsewhere -> throw new HeldElsewhere(elsewhere.owner());
        };
    }

    private Standing standing(OpenRow row, Act act) {
        try {
            GlobalTransaction transaction = engine.rows.transaction(row, false);
            return new Standing(
                    transaction, engine.opening.opening(transaction, row.rev()), Snapshots.of(row, engine.rows));
        } catch (UnreadableRow unreadable) {
            if (act instanceof Act.ForceFinish && unreadable.isDamaged()) {
                GlobalTransaction left = Rows.damaged(row, unreadable, engine.world.now());
                return new Standing(
                        left, null, Snapshots.live(left, row.rev(), engine.store, row.dueAt(), engine.world.now()));
            }
            throw Failures.refusal(unreadable);
        }
    }

    /**
     * What an act would meet.
     *
     * @param transaction as its mailbox has it, or made of its row
     * @param opening what happens before the act, or null
     * @param callBack makes of it what it is once an act has called back what has not left
     * @param isActPutOff whether another act waits for calls under way
     * @param shown the same for people
     * @param progress that is shown of it, and of what the act makes of it
     */
    record Standing(
            GlobalTransaction transaction,
            @Nullable Event opening,
            BiFunction<GlobalTransaction, Instant, GlobalTransaction> callBack,
            boolean isActPutOff,
            Snapshot shown,
            Function<GlobalTransaction, Progress> progress) {
        /** Describes what stands in a row: it has no calls that wait to leave. */
        Standing(GlobalTransaction transaction, @Nullable Event opening, Snapshot shown) {
            this(transaction, opening, (row, _) -> row, false, shown, GlobalTransaction::progress);
        }

        Transactions.Previewed preview(Act act, Engine engine) {
            Instant now = engine.world.now();
            boolean mayBeAt = act.ifRevision() == 0
                    || act.ifRevision() == transaction.progress().revision();
            boolean isBehind = isActPutOff && !act.passesOthers() && mayBeAt;
            Preview found = isBehind
                    ? Preview.behindAnother(transaction, now)
                    : Preview.of(transaction, opening, act, now, engine.decider);
            if (!isBehind && !MailboxCalls.mayStillLeave(found.after())) {
                Preview back = Preview.of(callBack.apply(transaction, now), opening, act, now, engine.decider);
                boolean isAwaiting = back.after().custody().isHeld() && !MailboxCalls.mayStillLeave(back.after());
                // what was called back goes on when the others have ended
                found = isAwaiting ? back.at(found.nextAt()) : back;
            }
            GlobalTransaction after = found.after();
            boolean isUntouched =
                    after.progress().revision() == transaction.progress().revision()
                            && !after.custody().isHeld();
            Instant due = isUntouched && found.nextAt() == null ? shown.dueAt() : found.nextAt();
            Snapshot then = Snapshots.live(after, after.custody().rev(), engine.store, due, now);
            return new Transactions.Previewed(shown, found, isBehind, then.with(progress.apply(after)));
        }
    }
}
