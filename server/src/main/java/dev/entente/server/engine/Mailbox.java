package dev.entente.server.engine;

import dev.entente.core.decision.Decision;
import dev.entente.core.decision.Effect;
import dev.entente.core.decision.Event;
import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Fence;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.Ownership;
import dev.entente.core.transaction.Progress;
import dev.entente.core.transaction.Refusal;
import dev.entente.server.store.WriteResult;
import dev.entente.server.telemetry.TransactionTimes;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One transaction in memory. It processes one event at a time, on any thread, and executes the decider's decisions.
 *
 * <p>Thread-safe: any thread may call the non-private methods, except {@link #step}. That method and the private
 * methods run inside {@link SerialQueue}.
 */
final class Mailbox {
    private static final Duration TRY_AGAIN = Duration.ofSeconds(1);

    private final MailboxPorts ports;
    private final SerialQueue inbox = new SerialQueue(this::stop);
    private final PendingRequests asks = new PendingRequests();
    private final Listeners listeners = new Listeners();
    private final Alarm alarm = new Alarm(this::post, () -> happen(new Event.Proceed()));
    private final MailboxCalls calls;
    private final Memory.Weight weight;
    private volatile GlobalTransaction transaction;
    private @Nullable Event opening;
    private long claimedRev;
    private @Nullable Instant dueAt;
    private boolean isWriting;
    private volatile boolean isClosed;
    private @Nullable Throwable defect;
    private int flushTick = -1;
    /** Null unless the transaction is logged or measured. */
    private volatile @Nullable TransactionTimes times;

    private final EndedDeliveries releasedQueues;

    /**
     * @param opening the event before any other event or action, such as a takeover; null for none
     * @param claimedRev the row's rev at the claim; 0 while the row is not held
     * @param dueAt the due time of the row, if the row has no owner
     */
    Mailbox(
            MailboxPorts ports,
            GlobalTransaction transaction,
            @Nullable Event opening,
            long claimedRev,
            @Nullable Instant dueAt,
            Memory.Weight weight) {
        this.ports = ports;
        this.transaction = transaction;
        this.opening = opening;
        this.claimedRev = claimedRev;
        this.dueAt = dueAt;
        this.weight = weight;
        this.calls = new MailboxCalls(ports, this);
        this.releasedQueues = new EndedDeliveries(transaction);
    }

    String gid() {
        return transaction.gid();
    }

    GlobalTransaction transaction() {
        return transaction;
    }

    /** Returns the fence of the calls. Called only inside one of the mailbox's own events. */
    long fence() {
        return Fence.of(ports.store().fenceFloor(), claimedRev);
    }

    MailboxCalls calls() {
        return calls;
    }

    Memory.Weight weight() {
        return weight;
    }

    // ---- from any thread

    /** Records that a call may leave now. */
    void leaves(Effect.Call call) {
        TransactionTimes measured = times;
        if (measured != null) {
            measured.leaves(call.branch());
        }
    }

    void happen(Event event) {
        post(() -> step(event));
    }

    /** Returns whether waiting calls may still leave. */
    boolean isStaying() {
        return !isClosed && MailboxCalls.mayStillLeave(transaction);
    }

    /** Returns whether that delivery waits here for its position in the queue. */
    boolean awaitsPosition(int branch) {
        return !isClosed && transaction.progress().branch(branch).isAwaitingPosition();
    }

    /** Processes the opening event, unless another event has already triggered it. */
    void begin() {
        post(() -> step(null));
    }

    void ask(PendingRequest ask) {
        post(() -> {
            if (isClosed) {
                ask.moved();
            } else if (!ask.isFor(transaction.ownership(), fence())) {
                ask.movedOn();
            } else {
                asks.add(ask);
                step(null);
            }
        });
    }

    /**
     * Answers with the current state once all its decisions are durable. A transaction that is not held here, or was
     * only read for an action, may have changed elsewhere: the failure is {@link PendingRequest.NotHeldHere}.
     */
    void read(CompletableFuture<Snapshot> answer) {
        post(() -> {
            boolean isOnlyRead = !isClosed && !transaction.ownership().isHeld();
            if (!isClosed && !isOnlyRead && transaction.showsUndurable()) {
                listeners.add(answer);
            } else if (isOnlyRead || (isOutOfDate() && defect == null)) {
                answer.completeExceptionally(new PendingRequest.NotHeldHere());
            } else {
                answer.complete(snapshot());
            }
        });
    }

    /**
     * Answers with the state that an action would find now. The answer is {@link PendingRequest.NotHeldHere} if the
     * transaction is not held here, while an action is in progress, or while a decision is not durable yet.
     */
    void previewed(CompletableFuture<PreviewBase> answer) {
        post(() -> {
            boolean isHere =
                    !isClosed && opening == null && transaction.ownership().isHeld();
            if (!isHere || transaction.showsUndurable() || asks.isAtWork()) {
                answer.completeExceptionally(new PendingRequest.NotHeldHere());
            } else {
                answer.complete(new PreviewBase(
                        transaction, null, calls::calledBack, !asks.isEmpty(), snapshot(), calls::shown));
            }
        });
    }

    void add(Listener listener) {
        post(() -> {
            boolean hasHeardAll = !isOutOfDate() && !transaction.showsUndurable() && listener.receive(snapshot());
            if (isClosed && !hasHeardAll) {
                ports.host().keep(gid(), listener);
            } else if (!hasHeardAll) {
                listeners.add(listener);
            }
        });
    }

    /** Flushes progress that has been volatile since the last call. Called periodically by one caller. */
    void flushIfStillDirty() {
        GlobalTransaction seen = transaction;
        int durable = seen.ownership().durableRevision();
        boolean hasStayed = seen.isDirty() && flushTick == durable;
        flushTick = seen.isDirty() ? durable : -1;
        if (hasStayed) {
            post(() -> {
                if (transaction.isDirty()) {
                    step(new Event.FlushDue());
                }
            });
        }
    }

    /**
     * Closes this mailbox after a claim gave the row to another mailbox. A mailbox with a leaving write in progress
     * closes itself.
     */
    void supersede() {
        post(() -> {
            Ownership ownership = transaction.ownership();
            if (!isClosed && ownership.isHeld() && !ownership.isLeaving()) {
                lost();
            }
        });
    }

    /** Closes this mailbox because the incarnation has ended: no call leaves, and clients get only an error. */
    void abandon() {
        post(() -> {
            if (!isClosed) {
                lost();
            }
        });
    }

    void post(Runnable task) {
        inbox.post(task);
    }

    // ---- events

    /** @param event null if only actions have arrived, or the opening event is still pending */
    void step(@Nullable Event event) {
        if (isClosed) {
            return;
        }
        Event first = opening;
        if (first != null) {
            opening = null;
            decide(first);
        }
        Event next = event == null ? asks.next(transaction, first, ports.environment()) : event;
        while (next != null) {
            decide(next);
            next = asks.next(transaction, next, ports.environment());
        }
        discardIfIdle();
    }

    private void decide(Event event) {
        EngineEnvironment environment = ports.environment();
        GlobalTransaction before = transaction;
        Instant now = environment.now();
        Decision decision =
                ports.decider().decide(before, event, now, environment.random().getAsLong());
        transaction = decision.next();
        TransactionTimes known = times;
        TransactionTimes measured = environment.log().decided(known, before, event, decision, now);
        if (measured != null && known == null) {
            times = measured;
        }
        if (weight.changed(before, transaction)) {
            happen(new Event.DrainDue()); // rests once no call is in flight; claimed when there is capacity
        }
        for (Effect effect : decision.effects()) {
            perform(effect);
        }
        ProgressReport.changed(environment.metrics(), before, transaction);
        if (listeners.wantsEachChange() && !transaction.showsUndurable()) {
            listeners.receive(this::snapshot);
        }
        answerIfDurable();
    }

    private void perform(Effect effect) {
        switch (effect) {
            case Effect.Call call -> calls.call(call);
            case Effect.AwaitPosition await -> ports.host().awaitPosition(this, await.branch());
            case Effect.Flush _, Effect.Release _, Effect.Finish _ -> write(effect);
            case Effect.Wake wake -> alarm.set(ports.environment(), wake.at());
            case Effect.Defer _ -> {}
            case Effect.Refuse refuse -> asks.refused(refuse.refusal());
            case Effect.Recorded recorded -> asks.recorded(recorded);
        }
    }

    private void answerIfDurable() {
        // the action may be durable, but the state that its answer shows must be durable, too
        if (!transaction.showsUndurable()) {
            asks.answerIfDurable(transaction.ownership().durableRevision(), this::snapshot);
        }
    }

    /** Closes a mailbox that only read its row for an action, after the action changed nothing. */
    private void discardIfIdle() {
        Ownership ownership = transaction.ownership();
        if (!ownership.isHeld() && !ownership.isWriting() && asks.isEmpty()) {
            close();
            listeners.leave(listener -> ports.host().keep(gid(), listener));
        }
    }

    // ---- writes

    private void write(Effect effect) {
        var write = ports.rows()
                .write(
                        calls.written(),
                        effect,
                        ports.environment().now(),
                        calls.haveProgressed(),
                        asks.takeAudit(transaction),
                        calls.heldBackBy(effect),
                        releasedQueues.arePresent(transaction, effect));
        var result = ports.store().write(write);
        isWriting = true;
        Callbacks.when(result, (written, failure) -> post(() -> written(effect, written, failure)));
    }

    private void written(Effect effect, @Nullable WriteResult result, @Nullable Throwable failure) {
        isWriting = false;
        if (defect != null) {
            giveUp(defect);
        } else if (!isClosed && result instanceof WriteResult.Written(long rev)) {
            written(effect, rev);
        } else if (!isClosed && (result != null || EngineFailures.isUnavailable(failure))) {
            lost();
        } else if (!isClosed) {
            throw new IllegalStateException("the row of " + gid() + " could not be written", failure);
        }
    }

    private void written(Effect effect, long rev) {
        if (!transaction.ownership().isHeld()) {
            claimedRev = rev;
        }
        ports.host().moved(transaction);
        if (effect instanceof Effect.Flush) {
            step(new Event.Written(rev));
        } else {
            left(rev, effect instanceof Effect.Release rest ? rest.dueAt() : null);
        }
    }

    // ---- the end of the mailbox

    /** Closes the mailbox after the row was finished or put to rest. */
    private void left(long rev, @Nullable Instant due) {
        transaction = transaction.with(
                Ownership.unheld(rev, transaction.ownership().write().revision()));
        dueAt = due;
        close();
        answerIfDurable();
        ProgressReport.left(ports.environment(), ports.parkLog(), transaction, times);
        listeners.receive(this::snapshot);
        listeners.leave(listener -> ports.host().keep(gid(), listener));
        asks.answerCausedUndo(this::snapshot);
        asks.takeAll().forEach(PendingRequest::moved);
    }

    /**
     * Closes the mailbox after the loss of the row or the incarnation. Actions on a row that was only read are retried.
     */
    private void lost() {
        boolean wasHeld = transaction.ownership().isHeld();
        close();
        listeners.leave(listener -> ports.host().keep(gid(), listener));
        if (wasHeld) {
            fail(Refusal.temporary(
                    ErrorCode.LEASE_LOST,
                    "this coordinator no longer holds '" + gid() + "'; send the same request again",
                    TRY_AGAIN));
            ports.host().noteOrphans();
        } else {
            fail(new PendingRequest.NotHeldHere());
        }
    }

    /** Stops after a defect: no more events are processed, and the row is parked once no write is in flight. */
    private void stop(Throwable thrown) {
        ports.environment().metrics().caught("mailbox");
        if (isClosed) {
            return;
        }
        isClosed = true;
        defect = thrown;
        try {
            alarm.cancel();
            listeners.leave(listener -> ports.host().keep(gid(), listener));
            fail(Refusal.of(ErrorCode.INTERNAL, "an internal error stopped this transaction; it is parked"));
        } finally {
            if (!isWriting) {
                giveUp(thrown);
            }
        }
    }

    private void giveUp(Throwable thrown) {
        try {
            ports.host().park(gid(), thrown);
        } finally {
            leave();
        }
    }

    private void fail(RuntimeException refusal) {
        asks.takeAll().forEach(ask -> ask.answer().completeExceptionally(refusal));
        listeners.takeReaders().forEach(reader -> reader.completeExceptionally(refusal));
    }

    private void close() {
        isClosed = true;
        alarm.cancel();
        leave();
    }

    /** Removes the transaction from memory, unless another mailbox has replaced this one. */
    private void leave() {
        weight.leave();
        calls.leaveAll();
        ports.host().closed(this);
    }

    /** Returns whether the loss of the row closed this mailbox: the state here may differ from the row. */
    private boolean isOutOfDate() {
        Ownership ownership = transaction.ownership();
        return isClosed && (ownership.isHeld() || ownership.isWriting());
    }

    private Snapshot snapshot() {
        Snapshot live = Snapshots.live(
                transaction,
                claimedRev,
                ports.store(),
                dueAt,
                ports.environment().now());
        return live.with(calls.shown());
    }

    /**
     * The transaction to which a preview applies an action.
     *
     * @param transaction from the mailbox, or from the row
     * @param opening the event before the action, or null
     * @param callBack returns the transaction after the action has cancelled the calls that have not left
     * @param isActPutOff whether another action waits for calls in flight
     * @param shown the snapshot of the transaction
     * @param progress returns the progress to show, of the transaction before and after the action
     */
    record PreviewBase(
            GlobalTransaction transaction,
            @Nullable Event opening,
            BiFunction<GlobalTransaction, Instant, GlobalTransaction> callBack,
            boolean isActPutOff,
            Snapshot shown,
            Function<GlobalTransaction, Progress> progress) {
        /** Creates the basis of a row, which has no calls that wait to leave. */
        PreviewBase(GlobalTransaction transaction, @Nullable Event opening, Snapshot shown) {
            this(transaction, opening, (row, _) -> row, false, shown, GlobalTransaction::progress);
        }
    }

    /** The number of ended deliveries of a message with an ordering key at its last write. */
    private static final class EndedDeliveries {
        private int ended;

        EndedDeliveries(GlobalTransaction transaction) {
            this.ended = ended(transaction);
        }

        /**
         * Returns whether the write makes the rows due that rest behind deliveries of this message. It does so once per
         * ended delivery, because a row that wakes too early takes capacity from others.
         */
        boolean arePresent(GlobalTransaction transaction, Effect write) {
            int before = ended;
            ended = ended(transaction);
            boolean isOrdered = transaction.plan().terms().isOrdered();
            return isOrdered && (write instanceof Effect.Finish || ended > before);
        }

        private static int ended(GlobalTransaction transaction) {
            int ended = 0;
            if (transaction.plan().terms().isOrdered()) {
                for (BranchProgress branch : transaction.progress().branches()) {
                    boolean hasEnded = branch.state() == BranchState.DONE || branch.state() == BranchState.SKIPPED;
                    ended += hasEnded ? 1 : 0;
                }
            }
            return ended;
        }
    }
}
