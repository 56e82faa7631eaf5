package dev.entente.server.engine;

import dev.entente.server.decision.Decider;
import dev.entente.server.decision.Decision;
import dev.entente.server.decision.Effect;
import dev.entente.server.decision.Event;
import dev.entente.server.participant.BranchCall;
import dev.entente.server.store.WriteResult;
import dev.entente.server.transaction.Custody;
import dev.entente.server.transaction.ErrorCode;
import dev.entente.server.transaction.GlobalTransaction;
import dev.entente.server.transaction.Outcome;
import dev.entente.server.transaction.Refusal;
import dev.entente.server.transaction.Role;
import dev.entente.server.transaction.TransactionState;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One transaction in memory: takes one event at a time, on whichever thread brings it, and carries out what the decider says.
 *
 * <p>Thread-safe: what is not private may be called from anywhere; everything else runs inside {@link Inbox}.
 */
final class Mailbox implements BranchCall.Permit {
    private static final Duration TRY_AGAIN = Duration.ofSeconds(1);

    private final Host host;
    private final Inbox inbox = new Inbox(this::stop);
    private final Asks asks = new Asks();
    private final Audience audience = new Audience();
    private final Alarm alarm = new Alarm(this);
    private final HeldBack heldBack = new HeldBack();
    private final Weight weight;
    private volatile GlobalTransaction transaction;
    private @Nullable Event opening;
    private long fence;
    /** Of the request that brought it: not stored, so whoever takes the row over makes its calls in a trace of their own. */
    private @Nullable String traceparent;

    private @Nullable Instant dueAt;
    private boolean isWriting;
    private boolean hasProgressed;
    private volatile boolean isClosed;
    private @Nullable Throwable defect;
    private int flushTick = -1;
    /** Null until a call was turned away for want of room. */
    private @Nullable RoomWait roomWait;
    /** On whom it waited when it was counted last, or null. */
    private volatile @Nullable String countedFor;

    /**
     * @param opening what happens before anything else, or null: a row that was taken over must be looked at as such before it is acted upon
     * @param fence the row's rev at the claim; 0 while the row is not held
     * @param dueAt when the row is due, if nobody holds it
     */
    Mailbox(
            Host host,
            GlobalTransaction transaction,
            @Nullable Event opening,
            long fence,
            @Nullable Instant dueAt,
            Weight weight) {
        this.host = host;
        this.transaction = transaction;
        this.opening = opening;
        this.fence = fence;
        this.dueAt = dueAt;
        this.weight = weight;
    }

    String gid() {
        return transaction.gid();
    }

    Weight weight() {
        return weight;
    }

    /** Its calls belong to this trace. Before it begins only. */
    void trace(@Nullable String parent) {
        traceparent = parent;
    }

    // ---- from anywhere

    void happen(Event event) {
        post(() -> step(event));
    }

    @Override
    public boolean mayLeave() {
        return host.lease().isHeld() && isStaying();
    }

    @Override
    public boolean mayWait() {
        return isStaying() && !host.shares().callsBack(this);
    }

    /** Tells whether calls that have not left may still leave: not from what is about to turn, or to leave memory, or has left it. */
    private boolean isStaying() {
        Custody custody = transaction.custody();
        boolean isStaying = !isClosed && custody.isHeld() && !custody.isLeaving() && custody.pause() == null;
        return isStaying && custody.turn() == null;
    }

    /** The participant on which it waits, or null. */
    @Nullable
    String waitsOn() {
        return ParticipantShares.participant(transaction);
    }

    /** The same, and remembers it. */
    @Nullable
    String count() {
        String participant = waitsOn();
        countedFor = participant;
        return participant;
    }

    @Nullable
    String countedFor() {
        return countedFor;
    }

    @Override
    public void waits(String branch, @Nullable String why) {
        heldBack.waits(branch, why);
    }

    /** Lets the opening event happen, if nothing else has brought it about yet. */
    void begin() {
        post(() -> step(null));
    }

    void ask(Ask ask) {
        post(() -> {
            if (isClosed) {
                host.redirect(gid(), ask);
            } else {
                asks.add(ask);
                step(null);
            }
        });
    }

    /** Answers how it stands, once no decision is shown that is not durable. A row that was only read for an act may have moved on since. */
    void look(CompletableFuture<Snapshot> answer) {
        post(() -> {
            boolean isOnlyRead = !isClosed && !transaction.custody().isHeld();
            if (!isClosed && !isOnlyRead && transaction.showsUndurable()) {
                audience.add(answer);
            } else if (isOnlyRead || (isOutOfDate() && defect == null)) {
                host.lookAgain(gid(), answer);
            } else {
                answer.complete(snapshot());
            }
        });
    }

    void add(Listener listener) {
        post(() -> {
            boolean hasHeardAll = !isOutOfDate() && !transaction.showsUndurable() && listener.hear(snapshot());
            if (isClosed && !hasHeardAll) {
                host.listenOutside(gid(), listener);
            } else if (!hasHeardAll) {
                audience.add(listener);
            }
        });
    }

    /**
     * Whether it has had progress that is not durable for the whole time since the last call, without a write. For one caller only, which
     * looks now and then.
     */
    boolean hasStayedDirty() {
        GlobalTransaction seen = transaction;
        int durable = seen.custody().durableRevision();
        boolean isDirty = seen.isDirty();
        boolean hasStayed = isDirty && flushTick == durable;
        flushTick = isDirty ? durable : -1;
        return hasStayed;
    }

    /** Progress that nobody waits for becomes durable. */
    void flushIfDirty() {
        post(() -> {
            if (transaction.isDirty()) {
                step(new Event.FlushDue());
            }
        });
    }

    /** A claim has brought the row to another mailbox: what is on its way out here ends by itself, anything else is out of date. */
    void supersede() {
        post(() -> {
            Custody custody = transaction.custody();
            if (!isClosed && custody.isHeld() && !custody.isLeaving()) {
                lost();
            }
        });
    }

    /** This incarnation is no more: nothing leaves, nobody is answered but with an error. */
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

    // ---- what happens

    /** @param event null if only acts have come, or what opens it is still to happen */
    private void step(@Nullable Event event) {
        if (isClosed) {
            return;
        }
        Event first = opening;
        if (first != null) {
            opening = null;
            decide(first);
        }
        Event next = event == null ? asks.next(transaction, first, host.world()) : event;
        while (next != null) {
            decide(next);
            next = asks.next(transaction, next, host.world());
        }
        discardIfIdle();
    }

    private void decide(Event event) {
        World world = host.world();
        GlobalTransaction before = transaction;
        Decision decision =
                host.decider().decide(before, event, world.now(), world.random().getAsLong());
        transaction = decision.next();
        if (weight.changed(before, transaction)) {
            happen(new Event.DrainDue()); // rests as soon as no call is under way, and is claimed when there is room
        }
        for (Effect effect : decision.effects()) {
            perform(effect);
        }
        Counting.changed(world.metrics(), before.progress(), transaction.progress());
        StoryLog.changed(before, transaction);
        if (audience.wantsEachChange() && !transaction.showsUndurable()) {
            audience.hear(this::snapshot);
        }
        answerIfDurable();
    }

    private void perform(Effect effect) {
        switch (effect) {
            case Effect.Call call -> call(call);
            case Effect.AwaitTurn await ->
                host.turns().await(transaction, await.branch(), event -> post(() -> turn(event)));
            case Effect.Flush _, Effect.Rest _, Effect.Finish _ -> write(effect);
            case Effect.Wake wake -> alarm.set(host.world(), wake.at());
            case Effect.Defer _ -> {}
            case Effect.Refuse refuse -> asks.refused(refuse.refusal());
            case Effect.Recorded recorded -> asks.recorded(recorded.revision());
        }
    }

    private void answerIfDurable() {
        // the act may be durable, but what its answer shows must be, too
        Ask ask = transaction.showsUndurable()
                ? null
                : asks.takeIfDurable(transaction.custody().durableRevision());
        if (ask != null) {
            ask.answer().complete(snapshot());
        }
    }

    /** A row that was only read, for an act that changed nothing, is not kept. */
    private void discardIfIdle() {
        Custody custody = transaction.custody();
        if (!custody.isHeld() && !custody.isWriting() && asks.isEmpty()) {
            close();
            audience.leave(listener -> host.listenOutside(gid(), listener));
        }
    }

    // ---- calls

    private void turn(Event told) {
        if (!isClosed) {
            host.turns().told(transaction, told);
            step(told);
        }
    }

    private void call(Effect.Call call) {
        if (roomWait != null) {
            roomWait.end(call.branch());
        }
        if (!host.lease().isHeld()) {
            finished(call, new Outcome.NotSent("the lease has lapsed", TRY_AGAIN));
        } else if (Calling.isByChild(transaction, call)) {
            host.children().accept(transaction, call, traceparent, outcome -> finished(call, outcome));
        } else if (host.shares().turnsAway(this, call.target().participant())) {
            waitForRoom(call, new Outcome.NotSent("too many wait on this participant", TRY_AGAIN));
        } else {
            host.participants()
                    .call(
                            Calling.request(transaction, call, fence, traceparent, permit(call)),
                            outcome -> answered(call, outcome));
        }
    }

    private BranchCall.Permit permit(Effect.Call call) {
        if (call.branch() == transaction.plan().checkBack()) {
            return new OpenQuestion();
        }
        boolean mayBecomeUnwanted = call.role() == Role.FORWARD
                && (transaction.deadlineAt() != null
                        || transaction.plan().branches().get(call.branch()).pivot());
        return mayBecomeUnwanted ? new ForwardCall(call.branch()) : this;
    }

    /** Keeps a forward call that waits to leave from leaving, once its deadline or what else has happened meanwhile forbids it. */
    private final class ForwardCall implements BranchCall.Permit {
        private final int branch;

        ForwardCall(int branch) {
            this.branch = branch;
        }

        @Override
        public boolean mayLeave() {
            return Mailbox.this.mayLeave() && isStillWanted();
        }

        @Override
        public boolean mayWait() {
            return Mailbox.this.mayWait() && isStillWanted();
        }

        private boolean isStillWanted() {
            return Decider.mayStillLeave(transaction, branch, host.world().now());
        }
    }

    /** A question that the client has answered meanwhile is not asked any more. */
    private final class OpenQuestion implements BranchCall.Permit {
        @Override
        public boolean mayLeave() {
            return mayWait() && Mailbox.this.mayLeave();
        }

        @Override
        public boolean mayWait() {
            return transaction.state() == TransactionState.BEGUN && Mailbox.this.mayWait();
        }

        @Override
        public void waits(String branch, @Nullable String why) {
            Mailbox.this.waits(branch, why);
        }
    }

    private void answered(Effect.Call call, Outcome outcome) {
        if (outcome instanceof Outcome.StaleFence stale) {
            Calling.stale(host, gid(), stale, this::abandon, unknown -> finished(call, unknown));
        } else if (outcome instanceof Outcome.NotSent why && host.shares().isPressed()) {
            waitForRoom(call, why);
        } else {
            finished(call, outcome);
        }
    }

    /** It does not wait in memory, where others may need the room. */
    private void waitForRoom(Effect.Call call, Outcome.NotSent why) {
        post(() -> {
            RoomWait waiting = roomWait == null ? new RoomWait() : roomWait;
            roomWait = waiting;
            step(new Event.CallFinished(call.branch(), call.role(), waiting.begin(call.branch(), why)));
        });
    }

    private void finished(Effect.Call call, Outcome outcome) {
        post(() -> {
            heldBack.waits(transaction.plan().branches().get(call.branch()).id(), null);
            hasProgressed |= !(outcome instanceof Outcome.NotSent);
            step(new Event.CallFinished(call.branch(), call.role(), outcome));
        });
    }

    // ---- writes

    private void write(Effect effect) {
        RoomWait waiting = roomWait;
        String heldBackBy = waiting == null ? null : waiting.participant(transaction, effect);
        GlobalTransaction stored = waiting == null ? transaction : waiting.written(transaction);
        var write = host.rows()
                .write(stored, effect, host.world().now(), hasProgressed, asks.takeAudit(transaction), heldBackBy);
        var result = host.store().write(write);
        isWriting = true;
        Callbacks.when(result, (written, failure) -> post(() -> written(effect, written, failure)));
    }

    private void written(Effect effect, @Nullable WriteResult result, @Nullable Throwable failure) {
        isWriting = false;
        if (defect != null) {
            giveUp(defect);
        } else if (!isClosed) {
            switch (result) {
                case null -> unwritten(failure);
                case WriteResult.Lost _ -> lost();
                case WriteResult.Written written -> written(effect, written.rev());
            }
        }
    }

    private void written(Effect effect, long rev) {
        if (!transaction.custody().isHeld()) {
            fence = rev;
        }
        host.turns().moved(transaction);
        if (effect instanceof Effect.Flush) {
            step(new Event.Written(rev));
        } else {
            left(rev, effect instanceof Effect.Rest rest ? rest.dueAt() : null);
        }
    }

    private void unwritten(@Nullable Throwable failure) {
        if (Failures.isUnavailable(failure)) {
            lost();
        } else {
            throw new IllegalStateException("the row of " + gid() + " could not be written", failure);
        }
    }

    // ---- the end

    /** The row is finished, or rests. */
    private void left(long rev, @Nullable Instant due) {
        transaction = transaction.with(Custody.unheld(rev, transaction.custody().writingRevision()));
        dueAt = due;
        close();
        answerIfDurable();
        Counting.left(host.world(), host.parkLog(), transaction);
        audience.hear(this::snapshot);
        audience.leave(listener -> host.listenOutside(gid(), listener));
        asks.takeAll().forEach(ask -> host.redirect(gid(), ask));
    }

    /** Another incarnation has the row now, or this one is no more. What was taken only for an act is tried again. */
    private void lost() {
        boolean wasHeld = transaction.custody().isHeld();
        close();
        audience.leave(listener -> host.listenOutside(gid(), listener));
        if (wasHeld) {
            fail(Refusal.temporary(
                    ErrorCode.LEASE_LOST,
                    "this coordinator no longer holds '" + gid() + "'; send the same again",
                    TRY_AGAIN));
            host.strayed();
        } else {
            asks.takeAll().forEach(ask -> host.redirect(gid(), ask));
            audience.takeLookers().forEach(looker -> host.lookAgain(gid(), looker));
        }
    }

    /** A defect: nothing more happens here, and the row is parked once no write of ours is under way. */
    private void stop(Throwable thrown) {
        host.world().metrics().caught("mailbox");
        if (isClosed) {
            return;
        }
        isClosed = true;
        defect = thrown;
        try {
            alarm.cancel();
            audience.leave(listener -> host.listenOutside(gid(), listener));
            fail(Refusal.of(ErrorCode.INTERNAL, "a defect stopped this transaction; it is parked"));
        } finally {
            if (!isWriting) {
                giveUp(thrown);
            }
        }
    }

    private void giveUp(Throwable thrown) {
        try {
            host.stopped(gid(), thrown);
        } finally {
            host.closed(this);
        }
    }

    private void fail(Refusal refusal) {
        asks.takeAll().forEach(ask -> ask.answer().completeExceptionally(refusal));
        audience.takeLookers().forEach(looker -> looker.completeExceptionally(refusal));
    }

    private void close() {
        isClosed = true;
        alarm.cancel();
        host.closed(this);
    }

    /** Closed by the loss of the row: what stands here need not be what became of it. */
    private boolean isOutOfDate() {
        Custody custody = transaction.custody();
        return isClosed && (custody.isHeld() || custody.isWriting());
    }

    private Snapshot snapshot() {
        Snapshot live = Snapshots.live(
                transaction,
                fence,
                host.store().incarnation(),
                dueAt,
                host.world().now());
        return live.with(heldBack.shown(transaction));
    }
}
