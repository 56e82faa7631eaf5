package dev.entente.server.participant.limit;

import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.VisibleText;
import dev.entente.server.participant.BranchCall;
import dev.entente.server.telemetry.Traces;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One call from its wait to its outcome, over any protocol, and its entry in the queue. This class decides whether a
 * call may leave. It ends a call once: it reports the outcome to circuit, meters and engine, and releases the place.
 */
public abstract class PendingCall implements InFlightLimit.WaitingCall {
    private static final Logger LOG = LoggerFactory.getLogger(PendingCall.class);
    private static final AtomicReferenceFieldUpdater<PendingCall, Stage> STAGE =
            AtomicReferenceFieldUpdater.newUpdater(PendingCall.class, Stage.class, "stage");
    private static final Duration SHORTLY = Duration.ofSeconds(1);

    private final CalledParticipant participant;
    private final BranchCall call;
    private final Consumer<Outcome> answer;
    private volatile Stage stage = Stage.WAITING;
    // These fields are plain. While the call waits, only the thread that owns the call writes them, before a queue or
    // timer passes the call on. When the call leaves, the change of stage publishes the earlier writes.
    /** The deadline of the wait; after the call has left, the deadline of the response. */
    private long untilNanos;
    /** The deadline of the wait for a connection; 0 before the first wait of this kind. */
    private long connectUntilNanos;

    private boolean isConnecting;
    /** True if the wait for a connection was reported to the permit. */
    private boolean isAskedToWait;

    private long leftNanos;
    /** Set concurrently with a timer that may fire, or a response that may arrive. */
    private volatile @Nullable Future<?> alarm;

    /** The progress of a call. */
    private enum Stage {
        /** The call has sent nothing. */
        WAITING,
        /** The call has left, or may have left: an attempt. */
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

    // ---- wait

    @Override
    public final boolean isTooLate(long nanoTime) {
        return nanoTime - untilNanos >= 0;
    }

    @Override
    public final boolean isUnwanted() {
        return participant.isClosed() || !call.permit().mayWait();
    }

    @Override
    public final Instant createdAt() {
        return call.createdAt();
    }

    @Override
    public final void rejectCall(String why) {
        waitsNoMore();
        String closed = participant.whyClosed();
        if (closed != null) {
            notSent(closed);
        } else if (isConnecting) {
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

    /** Releases the place. The call is submitted again when there may be a connection. */
    protected final void awaitConnection() {
        stage = Stage.WAITING;
        String closed = participant.whyClosed();
        if (closed != null) {
            refuse(closed);
            return;
        }
        if (connectUntilNanos == 0) {
            connectUntilNanos = System.nanoTime() + participant.connectNanos();
        }
        isConnecting = true;
        untilNanos = connectUntilNanos;
        waits(false);
        participant.admission().awaitConnection(this);
    }

    /**
     * Reports that the call opens its own connection, with the same time limit as a wait for a connection.
     *
     * @param notInTime runs when the time limit has passed
     */
    protected final void beginConnecting(Runnable notInTime) {
        connectUntilNanos = System.nanoTime() + participant.connectNanos();
        untilNanos = connectUntilNanos;
        isConnecting = true;
        waits(true);
        setAlarm(participant.connectNanos(), notInTime);
    }

    private void waits(boolean makesConnection) {
        isAskedToWait = true;
        call.permit().waits(participant.whyItWaits(), makesConnection);
    }

    private void waitsNoMore() {
        if (isAskedToWait) {
            isAskedToWait = false;
            call.permit().waits(null, false);
        }
    }

    // ---- permission to leave

    /**
     * Returns whether the call may leave; if so, marks the call as having left now. Invoke this method right before the
     * call leaves: while the call waited or connected, the lease may have expired or the time limit passed.
     *
     * @return false if the outcome is NotSent
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

    /** Records that the call leaves now. */
    protected final void leaves() {
        Traces.Call trace = call.trace();
        if (trace != null) {
            trace.left();
        }
    }

    /** Ends the call as NotSent if its time has passed, it is not needed, or no live lease permits it. */
    protected final boolean isRefused(long nanoTime) {
        if (isTooLate(nanoTime)) {
            if (hasEndedUnsent()) {
                givingBack(() -> rejectCall("the call timed out while it waited"));
            }
            return true;
        }
        String closed = participant.whyClosed();
        if (closed != null) {
            refuse(closed);
            return true;
        }
        if (call.permit().mayLeave()) {
            return false;
        }
        refuse("this coordinator does not hold its lease, or the call is no longer needed");
        return true;
    }

    /** Ends a call that has a place but must not leave. */
    protected final void refuse(String why) {
        if (hasEndedUnsent()) {
            givingBack(() -> notSent(why));
        }
    }

    /**
     * Ends a call that has a place but got no connection.
     *
     * @param reported the text for submitters
     * @param found the text for operators
     * @return false if the call had left, or ended
     */
    protected final boolean notConnected(String reported, String found) {
        boolean isUnsent = hasEndedUnsent();
        if (isUnsent) {
            givingBack(() -> {
                participant.circuit().report(Circuit.Link.BROKEN);
                participant.noteUnreachable(reported, found);
                unreachable(reported, participant.circuit().pause());
            });
        }
        return isUnsent;
    }

    private boolean hasEndedUnsent() {
        return STAGE.compareAndSet(this, Stage.WAITING, Stage.ENDED);
    }

    private void notSent(String why) {
        reportNotSent(new Outcome.NotSent(unsent(why), SHORTLY));
    }

    private void unreachable(String why, Duration rest) {
        reportNotSent(Outcome.NotSent.unreachable(unsent(why), rest));
    }

    private String unsent(String why) {
        return "the call to participant '%s' was not sent: %s".formatted(participant.name(), why);
    }

    // ---- timer

    /** Runs a task after the given time, unless the call ends before or another alarm replaces this one. */
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

    // ---- end

    /**
     * Ends the call, unless it has ended. A call that has left counts as an attempt. A call that has not left ends here
     * for a reason other than a missing connection. Every call runs this method, so the method allocates nothing.
     *
     * @return false if the call had ended
     */
    protected final boolean finish(Outcome outcome, Circuit.Link link) {
        Stage before = STAGE.getAndSet(this, Stage.ENDED);
        if (before != Stage.ENDED) {
            cancelAlarm();
            try {
                note(outcome, link);
                if (before == Stage.LEFT) {
                    measure(outcome);
                    report(outcome);
                } else {
                    waitsNoMore();
                    reportNotSent(outcome);
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

    private void givingBack(Runnable reported) {
        try {
            waitsNoMore();
            cancelAlarm();
            reported.run();
        } finally {
            participant.limit().release();
        }
    }

    /** Returns the outcome of an unreadable response. Without an outcome, the transaction would wait forever. */
    protected final Outcome unreadable(Throwable defect) {
        caught("a response of participant {} could not be read", defect);
        return new Outcome.Unknown("the response could not be read: " + defect, null);
    }

    /**
     * Counts and logs a defect in the code around a call. An exception or error there must not withhold the outcome
     * from the engine, which would wait forever. It must also not end the thread, which serves other calls.
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
            caught("the outcome of a call to participant {} could not be recorded", e);
        }
    }

    private void measure(Outcome outcome) {
        try {
            long nanos = System.nanoTime() - leftNanos;
            Traces.Call trace = call.trace();
            if (trace == null) {
                participant.meters().answered(call.op(), outcome, nanos);
            } else {
                trace.ended(outcome, () -> participant.meters().answered(call.op(), outcome, nanos));
            }
        } catch (RuntimeException | Error e) { // counted, see caught
            caught("the outcome of a call to participant {} could not be counted", e);
        }
    }

    private void reportNotSent(Outcome outcome) {
        try {
            participant.meters().notSent(call.op(), outcome);
        } catch (RuntimeException | Error e) { // counted, see caught
            caught("a call to participant {} that was not sent could not be counted", e);
        }
        report(outcome);
    }

    /** Reports the outcome to the engine. */
    private void report(Outcome outcome) {
        try {
            answer.accept(outcome);
        } catch (RuntimeException | Error e) { // counted, see caught
            caught("the outcome of a call to participant {} could not be processed", e);
        }
    }
}
