package dev.entente.server.participant.limit;

import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.VisibleText;
import dev.entente.server.participant.BranchCall;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One call from waiting to its answer, whatever it goes over. It is its own place in the queue. Here stands whether it
 * may leave, and that it ends once: its outcome goes to the circuit, the meters and the engine, and its place back.
 */
public abstract class PendingCall implements InFlightLimit.Entrant {
    private static final Logger LOG = LoggerFactory.getLogger(PendingCall.class);
    private static final AtomicReferenceFieldUpdater<PendingCall, Stage> STAGE =
            AtomicReferenceFieldUpdater.newUpdater(PendingCall.class, Stage.class, "stage");
    private static final Duration SHORTLY = Duration.ofSeconds(1);
    private static final String CLOSING = "this coordinator is shutting down";

    private final CalledParticipant participant;
    private final BranchCall call;
    private final Consumer<Outcome> answer;
    private volatile Stage stage = Stage.WAITING;
    // These are plain: while it waits, the one thread writes them that has it in hand, before a queue or a timer hands
    // it on. When it leaves, the change of stage publishes what was written before.
    /** Until when it may wait; once it has left, until when it may be answered. */
    private long untilNanos;
    /** Until when it may wait for a connection, once it has found none; else 0. */
    private long connectUntilNanos;

    private boolean isConnecting;
    /** Tells whether it is known outside that it waits for a connection. */
    private boolean isToldToWait;

    private long leftNanos;
    /** Set beside a timer that may ring, or an answer that may come, at once. */
    private volatile @Nullable Future<?> alarm;

    /** How far it is. */
    private enum Stage {
        /** Nothing of it has left. */
        WAITING,
        /** It has left, or may have: an attempt. */
        LEFT,
        ENDED
    }

    protected PendingCall(CalledParticipant participant, BranchCall call, Consumer<Outcome> answer) {
        this.participant = participant;
        this.call = call;
        this.answer = answer;
        this.untilNanos = System.nanoTime() + call.timeout().toNanos();
    }

    protected final BranchCall call() {
        return call;
    }

    // ---- while it waits

    @Override
    public final boolean isTooLate(long nanoTime) {
        return nanoTime - untilNanos >= 0;
    }

    @Override
    public final boolean isUnwanted() {
        return !call.permit().mayWait();
    }

    @Override
    public final Instant createdAt() {
        return call.createdAt();
    }

    @Override
    public final void turnAway(String why) {
        waitsNoMore();
        if (isConnecting) {
            boolean hasWaited = System.nanoTime() - connectUntilNanos >= 0;
            unreachable(
                    why,
                    hasWaited
                            ? participant.circuit().rest()
                            : participant.circuit().pause());
        } else {
            notSent(why);
        }
    }

    @Override
    public final void connected() {
        waitsNoMore();
        isConnecting = false;
        untilNanos = System.nanoTime() + call.timeout().toNanos();
    }

    /** Gives its place back, and comes again when there may be a connection for it. */
    protected final void awaitConnection() {
        stage = Stage.WAITING;
        if (participant.isClosed()) {
            refuse(CLOSING);
            return;
        }
        if (connectUntilNanos == 0) {
            connectUntilNanos = System.nanoTime() + participant.connectNanos();
        }
        isConnecting = true;
        untilNanos = connectUntilNanos;
        waits(false);
        participant.gate().awaitConnection(this);
    }

    /**
     * Says that it makes a connection of its own, for which it has as much time as one that waits.
     *
     * @param notInTime run when that is over
     */
    protected final void beginConnecting(Runnable notInTime) {
        connectUntilNanos = System.nanoTime() + participant.connectNanos();
        untilNanos = connectUntilNanos;
        isConnecting = true;
        waits(true);
        setAlarm(participant.connectNanos(), notInTime);
    }

    private void waits(boolean makesConnection) {
        isToldToWait = true;
        call.permit().waits(participant.whyItWaits(), makesConnection);
    }

    private void waitsNoMore() {
        if (isToldToWait) {
            isToldToWait = false;
            call.permit().waits(null, false);
        }
    }

    // ---- whether it may leave

    /**
     * Tells whether it may leave, and if so counts it as having left now. To be asked at the last moment: the lease may
     * have lapsed, and the time be up, while it waited or connected.
     *
     * @return false: it was answered as not sent
     */
    public final boolean mayLeave(long nanoTime) {
        if (isRefused(nanoTime)) {
            return false;
        }
        leftNanos = nanoTime;
        untilNanos = nanoTime + call.timeout().toNanos();
        boolean leaves = STAGE.compareAndSet(this, Stage.WAITING, Stage.LEFT);
        if (leaves) {
            waitsNoMore();
        }
        return leaves;
    }

    /** Answers it as not sent where its time is up, or nobody wants it to leave, or no live lease permits it. */
    protected final boolean isRefused(long nanoTime) {
        if (isTooLate(nanoTime)) {
            if (hasEndedUnsent()) {
                givingBack(() -> turnAway("its time was up while it waited"));
            }
            return true;
        }
        if (participant.isClosed()) {
            refuse(CLOSING);
            return true;
        }
        if (call.permit().mayLeave()) {
            return false;
        }
        refuse("this coordinator does not hold its lease, or the call is not wanted any more");
        return true;
    }

    /** It had its place, and may not leave after all. */
    protected final void refuse(String why) {
        if (hasEndedUnsent()) {
            givingBack(() -> notSent(why));
        }
    }

    /**
     * It had its place, and no connection could be made.
     *
     * @param told what whoever submits may read
     * @param found what operators see
     * @return false if it had left, or ended
     */
    protected final boolean notConnected(String told, String found) {
        boolean isUnsent = hasEndedUnsent();
        if (isUnsent) {
            givingBack(() -> {
                participant.circuit().report(Circuit.Link.BROKEN);
                participant.noteUnreachable(told, found);
                unreachable(told, participant.circuit().pause());
            });
        }
        return isUnsent;
    }

    private boolean hasEndedUnsent() {
        return STAGE.compareAndSet(this, Stage.WAITING, Stage.ENDED);
    }

    private void notSent(String why) {
        tellNotSent(new Outcome.NotSent(unsent(why), SHORTLY));
    }

    private void unreachable(String why, Duration rest) {
        tellNotSent(Outcome.NotSent.unreachable(unsent(why), rest));
    }

    private String unsent(String why) {
        return "no call left for participant '%s': %s".formatted(participant.name(), why);
    }

    // ---- its time

    /** Has that run when so much time has passed, unless it ends before or another alarm is set. */
    protected final void setAlarm(long nanos, Runnable rings) {
        cancelAlarm();
        alarm = participant.alarm(nanos, rings);
    }

    private void cancelAlarm() {
        Future<?> set = alarm;
        if (set != null) {
            set.cancel(false);
        }
    }

    // ---- its end

    /**
     * Ends it, if it has not ended. It was an attempt if it has left; else nothing that a connection would have mended
     * kept it from leaving. On the path of every call, so nothing is made for it.
     *
     * @return false if it had ended
     */
    protected final boolean finish(Outcome outcome, Circuit.Link link) {
        Stage before = STAGE.getAndSet(this, Stage.ENDED);
        if (before != Stage.ENDED) {
            cancelAlarm();
            try {
                note(outcome, link);
                if (before == Stage.LEFT) {
                    measure(outcome);
                    tell(outcome);
                } else {
                    waitsNoMore();
                    tellNotSent(outcome);
                }
            } finally {
                participant.limit().release();
            }
        }
        return before != Stage.ENDED;
    }

    protected final boolean hasLeft() {
        return stage == Stage.LEFT;
    }

    protected final boolean hasEnded() {
        return stage == Stage.ENDED;
    }

    private void givingBack(Runnable told) {
        try {
            waitsNoMore();
            cancelAlarm();
            told.run();
        } finally {
            participant.limit().release();
        }
    }

    /**
     * An answer that nobody can make anything of is one all the same: else the transaction would wait for it for ever.
     */
    protected final Outcome unreadable(Throwable defect) {
        caught("an answer of participant {} could not be read", defect);
        return new Outcome.Unknown("its answer could not be read: " + defect, null);
    }

    /**
     * Counts and logs a defect in what surrounds a call. Whatever is thrown there, an error too, must neither keep the
     * outcome from the engine, which would wait for it for ever, nor end the thread, which serves other calls.
     */
    protected final void caught(String what, Throwable defect) {
        participant.caught();
        LOG.error(
                what + ": {}, {} of branch {}, attempt {}",
                participant.name(),
                VisibleText.of(call.gid()),
                call.op(),
                call.branch(),
                call.attempt(),
                defect);
    }

    private void note(Outcome outcome, Circuit.Link link) {
        try {
            participant.circuit().report(link);
            participant.note(outcome);
        } catch (RuntimeException | Error e) { // counted, see caught
            caught("an answer of participant {} could not be noted", e);
        }
    }

    private void measure(Outcome outcome) {
        try {
            participant.meters().answered(call.op(), outcome, System.nanoTime() - leftNanos);
        } catch (RuntimeException | Error e) { // counted, see caught
            caught("an answer of participant {} could not be counted", e);
        }
    }

    private void tellNotSent(Outcome outcome) {
        try {
            participant.meters().notSent(call.op(), outcome);
        } catch (RuntimeException | Error e) { // counted, see caught
            caught("a call of participant {} that never left could not be counted", e);
        }
        tell(outcome);
    }

    /** Tells the engine. */
    private void tell(Outcome outcome) {
        try {
            answer.accept(outcome);
        } catch (RuntimeException | Error e) { // counted, see caught
            caught("an answer of participant {} could not be taken in", e);
        }
    }
}
