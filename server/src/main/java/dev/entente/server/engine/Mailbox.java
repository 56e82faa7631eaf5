package dev.entente.server.engine;

import dev.entente.server.decision.Act;
import dev.entente.server.decision.Decision;
import dev.entente.server.decision.Effect;
import dev.entente.server.decision.Event;
import dev.entente.server.participant.BranchCall;
import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.StoreUnavailable;
import dev.entente.server.store.WriteResult;
import dev.entente.server.telemetry.Metrics;
import dev.entente.server.transaction.Branch;
import dev.entente.server.transaction.Custody;
import dev.entente.server.transaction.ErrorCode;
import dev.entente.server.transaction.GlobalTransaction;
import dev.entente.server.transaction.Outcome;
import dev.entente.server.transaction.Progress;
import dev.entente.server.transaction.Refusal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One transaction in memory: takes one event at a time, on whichever thread brings it, and carries out what the decider says.
 *
 * <p>Thread-safe: {@link #happen}, {@link #ask}, {@link #look} and {@link #add} may be called from anywhere; everything else runs inside.
 */
final class Mailbox {
    /** Somebody who is told of the end, or of each change. */
    sealed interface Waiting {}

    /** Completed with the first snapshot that is terminal or parked, and durable. */
    record ForEnd(CompletableFuture<Snapshot> end) implements Waiting {}

    /** Told of each change until cancelled. */
    record ForChange(Consumer<Snapshot> listener, CompletableFuture<Void> cancelled) implements Waiting {}

    private static final Duration TRY_AGAIN = Duration.ofSeconds(1);

    private final Host host;
    private final ArrayDeque<Runnable> inbox = new ArrayDeque<>(4);
    private final ArrayDeque<Ask> asks = new ArrayDeque<>(0);
    private final List<Waiting> waiting = new ArrayList<>(1);
    private final List<CompletableFuture<Snapshot>> lookers = new ArrayList<>(0);
    private boolean isRunning;

    private final Instant openedAt;
    private volatile GlobalTransaction transaction;
    private long fence;
    private boolean isClosed;
    private boolean hasProgressed;
    private int toldRevision = -1;
    private @Nullable Ask current;
    private int awaitedRevision = -1;
    private World.@Nullable Alarm alarm;
    private @Nullable Instant alarmAt;

    /** @param fence the row's rev at the claim; 0 while the row is not held */
    Mailbox(Host host, GlobalTransaction transaction, long fence) {
        this.host = host;
        this.transaction = transaction;
        this.fence = fence;
        this.openedAt = host.world().now();
    }

    Instant openedAt() {
        return openedAt;
    }

    /** A hint: looked at from outside, it may be out of date. */
    boolean seemsDirty() {
        GlobalTransaction seen = transaction;
        return seen.progress().revision() > seen.custody().durableRevision();
    }

    String gid() {
        return transaction.gid();
    }

    // ---- from anywhere

    void happen(Event event) {
        post(() -> step(event));
    }

    void ask(Ask ask) {
        post(() -> {
            if (isClosed) {
                host.redirect(gid(), ask);
            } else {
                asks.add(ask);
                offerNext();
                discardIfIdle();
            }
        });
    }

    /** Answers how it stands, once no decision is shown that is not durable. */
    void look(CompletableFuture<Snapshot> answer) {
        post(() -> {
            if (!isClosed && showsUndurable()) {
                lookers.add(answer);
            } else {
                answer.complete(snapshot());
            }
        });
    }

    void add(Waiting one) {
        post(() -> {
            if (isClosed) {
                host.waitOutside(gid(), one);
            } else {
                waiting.add(one);
                if (one instanceof ForChange change && !showsUndurable()) {
                    change.listener().accept(snapshot());
                }
            }
        });
    }

    /** Progress that nobody waits for becomes durable. */
    void flushIfDirty() {
        post(() -> {
            Custody custody = transaction.custody();
            boolean isDirty = transaction.progress().revision() > custody.durableRevision();
            if (!isClosed && isDirty && !custody.isWriting()) {
                step(new Event.FlushDue());
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

    // ---- one thing at a time

    private void post(Runnable task) {
        synchronized (inbox) {
            inbox.add(task);
            if (isRunning) {
                return;
            }
            isRunning = true;
        }
        for (Runnable next = poll(); next != null; next = poll()) {
            run(next);
        }
    }

    private @Nullable Runnable poll() {
        synchronized (inbox) {
            Runnable next = inbox.poll();
            isRunning = next != null;
            return next;
        }
    }

    private void run(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException defect) {
            host.world().metrics().caught("mailbox");
            isClosed = true;
            host.closed(this);
            host.stopped(transaction, defect);
            failAsks(Refusal.of(ErrorCode.INTERNAL, "a defect stopped this transaction; it is parked"));
        }
    }

    private void step(Event event) {
        if (isClosed) {
            return;
        }
        World world = host.world();
        Decision decision = host.decider()
                .decide(transaction, event, world.now(), world.random().getAsLong());
        transaction = decision.next();
        for (Effect effect : decision.effects()) {
            perform(effect);
        }
        tellListeners();
        answerIfDurable();
        if (current != null && awaitedRevision < 0 && !(event instanceof Event.Acted)) {
            offer(current, true);
        }
        offerNext();
        discardIfIdle();
    }

    // ---- effects

    private void perform(Effect effect) {
        switch (effect) {
            case Effect.Call call -> call(call);
            case Effect.Flush _, Effect.Rest _, Effect.Finish _ -> write(effect);
            case Effect.Wake wake -> wakeAt(wake.at());
            case Effect.Defer _ -> {}
            case Effect.Refuse refuse -> refuse(refuse.refusal());
            case Effect.Recorded recorded -> awaitedRevision = recorded.revision();
        }
    }

    private void call(Effect.Call call) {
        if (!host.lease().isHeld()) {
            happen(new Event.CallFinished(
                    call.branch(), call.role(), new Outcome.NotSent("the lease has lapsed", TRY_AGAIN)));
            return;
        }
        Branch branch = transaction.plan().branches().get(call.branch());
        String op = transaction.plan().pattern().operationName(call.role());
        BranchCall request = new BranchCall(
                gid(),
                branch.id(),
                op,
                call.attempt(),
                fence,
                transaction.plan().pattern(),
                transaction.createdAt(),
                call.target(),
                call.request(),
                call.timeout());
        host.participants().call(request, outcome -> answered(call, outcome));
    }

    private void answered(Effect.Call call, Outcome outcome) {
        if (outcome instanceof Outcome.StaleFence stale) {
            checkOwnership(call, stale.detail());
            return;
        }
        post(() -> {
            hasProgressed |= !(outcome instanceof Outcome.NotSent);
            step(new Event.CallFinished(call.branch(), call.role(), outcome));
        });
    }

    /** A participant has seen a higher fence: either this coordinator was superseded, or the participant is wrong. The row knows. */
    private void checkOwnership(Effect.Call call, String detail) {
        Callbacks.when(
                host.store().read(gid()),
                (row, failure) -> post(() -> {
                    boolean isStillOurs = row instanceof OpenRow open
                            && open.owner() != null
                            && open.owner() == host.store().incarnation();
                    if (failure != null || isStillOurs) {
                        step(new Event.CallFinished(
                                call.branch(), call.role(), new Outcome.Unknown("stale fence: " + detail, null)));
                    } else if (!isClosed) {
                        lost();
                    }
                }));
    }

    private void wakeAt(Instant at) {
        if (alarmAt != null && !at.isBefore(alarmAt)) {
            return;
        }
        cancelAlarm();
        alarmAt = at;
        Duration delay = Duration.between(host.world().now(), at);
        alarm = host.world().timers().schedule(delay.isNegative() ? Duration.ZERO : delay, () -> post(this::woken));
    }

    private void woken() {
        alarmAt = null;
        alarm = null;
        step(new Event.Proceed());
    }

    private void cancelAlarm() {
        if (alarm != null) {
            alarm.cancel();
        }
        alarm = null;
        alarmAt = null;
    }

    // ---- writes

    private void write(Effect effect) {
        var write = Rows.write(transaction, effect, host.world().now(), hasProgressed, audit());
        Callbacks.when(host.store().write(write), (result, failure) -> post(() -> written(effect, result, failure)));
    }

    /** The audit entry of the act that is being recorded goes into the same commit. */
    private @Nullable AuditRecord audit() {
        Ask ask = current;
        if (ask == null || awaitedRevision < 0 || !(ask.act() instanceof Act.Operate act)) {
            return null;
        }
        String after = transaction.state().name();
        return new AuditRecord(act.actor(), act.name(), gid(), act.reason(), ask.stateBefore(), after);
    }

    private void written(Effect effect, @Nullable WriteResult result, @Nullable Throwable failure) {
        if (isClosed) {
            return;
        }
        switch (result) {
            case null -> failed(failure);
            case WriteResult.Lost _ -> lost();
            case WriteResult.Written written -> {
                boolean isTaken = !transaction.custody().isHeld();
                if (isTaken) {
                    fence = written.rev();
                }
                if (effect instanceof Effect.Flush) {
                    hasProgressed = false;
                    step(new Event.Written(written.rev()));
                    releaseLookers();
                } else {
                    left(written.rev());
                }
            }
        }
    }

    private void failed(@Nullable Throwable failure) {
        if (failure instanceof StoreUnavailable || failure == null) {
            lost();
        } else {
            throw new IllegalStateException("the row of " + gid() + " could not be written", failure);
        }
    }

    /** The row is finished, or rests. */
    private void left(long rev) {
        transaction = transaction.with(Custody.unheld(rev, transaction.custody().writingRevision()));
        close();
        answerIfDurable();
        Snapshot snapshot = snapshot();
        count();
        for (Waiting one : waiting) {
            tell(one, snapshot);
        }
        lookers.forEach(looker -> looker.complete(snapshot));
        redirectAsks();
    }

    private void count() {
        Metrics metrics = host.world().metrics();
        Progress progress = transaction.progress();
        if (progress.state().isTerminal()) {
            Duration lived =
                    Duration.between(transaction.createdAt(), host.world().now());
            metrics.finished(transaction.plan().pattern(), progress.state(), lived);
        } else if (progress.parked() != null) {
            metrics.parked(progress.parked().reason());
        }
    }

    private void tell(Waiting one, Snapshot snapshot) {
        switch (one) {
            case ForEnd(var end) when snapshot.isAtRest() -> end.complete(snapshot);
            case ForEnd _ -> host.waitOutside(gid(), one);
            case ForChange(var listener, var _) -> {
                listener.accept(snapshot);
                if (!snapshot.progress().state().isTerminal()) {
                    host.waitOutside(gid(), one);
                }
            }
        }
    }

    /** Another incarnation has the row now, or this one is no more. What was taken only for an act is tried again. */
    private void lost() {
        boolean wasHeld = transaction.custody().isHeld();
        close();
        waiting.forEach(one -> host.waitOutside(gid(), one));
        if (wasHeld) {
            Refusal refusal = Refusal.temporary(
                    ErrorCode.LEASE_LOST,
                    "this coordinator no longer holds '" + gid() + "'; send the same again",
                    TRY_AGAIN);
            failAsks(refusal);
            lookers.forEach(looker -> looker.completeExceptionally(refusal));
        } else {
            redirectAsks();
            lookers.forEach(looker -> host.lookAgain(gid(), looker));
        }
    }

    private void close() {
        isClosed = true;
        cancelAlarm();
        host.closed(this);
    }

    // ---- acts, one after another

    private void offerNext() {
        if (isClosed || current != null || transaction.custody().isLeaving()) {
            return;
        }
        Ask next = asks.poll();
        if (next != null) {
            current = next.from(transaction.state());
            awaitedRevision = -1;
            offer(current, false);
        }
    }

    private void offer(Ask ask, boolean isAgain) {
        if (!transaction.custody().isLeaving()) {
            step(new Event.Acted(ask.act(), isAgain));
        }
    }

    private void refuse(Refusal refusal) {
        Ask ask = current;
        current = null;
        awaitedRevision = -1;
        if (ask != null) {
            ask.answer().completeExceptionally(refusal);
        }
    }

    private void answerIfDurable() {
        Ask ask = current;
        if (ask == null || awaitedRevision < 0) {
            return;
        }
        Custody custody = transaction.custody();
        // the act may be durable, but what its answer shows must be, too
        if (custody.durableRevision() >= awaitedRevision && !showsUndurable()) {
            current = null;
            awaitedRevision = -1;
            ask.answer().complete(snapshot());
        } else if (!custody.isWriting()) {
            step(new Event.FlushDue());
        }
    }

    private void redirectAsks() {
        if (current != null) {
            host.redirect(gid(), current);
        }
        asks.forEach(ask -> host.redirect(gid(), ask));
        asks.clear();
        current = null;
    }

    private void failAsks(Refusal refusal) {
        if (current != null) {
            current.answer().completeExceptionally(refusal);
        }
        asks.forEach(ask -> ask.answer().completeExceptionally(refusal));
        asks.clear();
        current = null;
    }

    /** A row that was only read, for an act that changed nothing, is not kept. */
    private void discardIfIdle() {
        Custody custody = transaction.custody();
        if (!isClosed && !custody.isHeld() && !custody.isWriting() && current == null && asks.isEmpty()) {
            close();
            waiting.forEach(one -> host.waitOutside(gid(), one));
        }
    }

    // ---- telling

    private boolean showsUndurable() {
        Custody custody = transaction.custody();
        return custody.isLeaving() || transaction.progress().decidedRevision() > custody.durableRevision();
    }

    private void releaseLookers() {
        if (!lookers.isEmpty() && !isClosed && !showsUndurable()) {
            lookers.forEach(looker -> looker.complete(snapshot()));
            lookers.clear();
        }
    }

    private void tellListeners() {
        int revision = transaction.progress().revision();
        if (waiting.isEmpty() || revision == toldRevision || showsUndurable()) {
            return;
        }
        toldRevision = revision;
        for (Waiting one : waiting) {
            if (one instanceof ForChange change) {
                change.listener().accept(snapshot());
            }
        }
        waiting.removeIf(
                one -> one instanceof ForChange change && change.cancelled().isDone());
    }

    private Snapshot snapshot() {
        return Snapshots.live(
                transaction, fence, host.store().incarnation(), host.world().now());
    }
}
