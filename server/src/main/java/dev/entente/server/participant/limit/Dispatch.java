package dev.entente.server.participant.limit;

import dev.entente.core.transaction.Outcome;
import dev.entente.server.participant.BranchCall;
import dev.entente.server.telemetry.LogContext;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says whether a call to one participant may leave, and reports its end to the engine, the circuit and the meters. It
 * is the same over gRPC and HTTP. A call that had its place among those under way gives it back. Thread-safe.
 */
public final class Dispatch {
    private static final Logger LOG = LoggerFactory.getLogger(Dispatch.class);
    private static final Duration SHORTLY = Duration.ofSeconds(1);

    private final String participant;
    private final Gate gate;
    private volatile boolean isClosed;

    public Dispatch(String participant, Gate gate) {
        this.participant = participant;
        this.gate = gate;
    }

    /** From now on no call leaves. */
    public void close() {
        isClosed = true;
    }

    public boolean isClosed() {
        return isClosed;
    }

    /**
     * Why the call may not leave now, or null where it may: no call leaves without a live lease. To be asked at the
     * last moment, since the lease may have lapsed while it waited or connected.
     */
    @Nullable
    public String refusal(BranchCall call) {
        if (isClosed) {
            return "this coordinator is shutting down";
        }
        return call.permit().mayLeave()
                ? null
                : "this coordinator does not hold its lease, or the call is not wanted any more";
    }

    // ---- without a place

    /** It was turned away before it left. */
    public void notSent(BranchCall call, Consumer<Outcome> answer, String why) {
        tellNotSent(call, answer, new Outcome.NotSent(unsent(why), SHORTLY));
    }

    /** There was no connection for it. */
    public void unreachable(BranchCall call, Consumer<Outcome> answer, String why, Duration rest) {
        tellNotSent(call, answer, Outcome.NotSent.unreachable(unsent(why), rest));
    }

    // ---- with a place

    /** It had its place, and may not leave after all. */
    public void refused(BranchCall call, Consumer<Outcome> answer, String why) {
        givingBack(() -> notSent(call, answer, why));
    }

    /**
     * It had its place, and no connection could be made.
     *
     * @param told what whoever submits may read
     * @param found what operators see
     */
    public void notConnected(BranchCall call, Consumer<Outcome> answer, String told, String found, Circuit.Link link) {
        givingBack(() -> {
            gate.circuit().report(link);
            gate.noteUnreachable(told, found);
            unreachable(call, answer, told, gate.circuit().pause());
        });
    }

    /** It had its place, and never left, for a reason that no connection would have mended. It has no duration. */
    public void stillborn(BranchCall call, Consumer<Outcome> answer, Outcome outcome, Circuit.Link link) {
        givingBack(() -> {
            note(call, outcome, link);
            tellNotSent(call, answer, outcome);
        });
    }

    /** It has left, or may have: an attempt. On the path of every call, so nothing is made for it. */
    public void finished(
            BranchCall call, Consumer<Outcome> answer, Outcome outcome, Circuit.Link link, long leftNanos) {
        try {
            note(call, outcome, link);
            measure(call, outcome, leftNanos);
            tell(call, answer, outcome);
        } finally {
            gate.limit().release();
        }
    }

    public void givingBack(Runnable told) {
        try {
            told.run();
        } finally {
            gate.limit().release();
        }
    }

    /**
     * An answer that nobody can make anything of is one all the same: else the transaction would wait for it for ever.
     */
    public Outcome classified(BranchCall call, Supplier<Outcome> outcome) {
        try {
            return outcome.get();
        } catch (RuntimeException | Error e) {
            caught(call, "an answer of participant {} could not be read", e);
            return new Outcome.Unknown("its answer could not be read: " + e, null);
        }
    }

    /**
     * Counts and logs a defect in what surrounds a call. Whatever is thrown there, an error too, must neither keep the
     * outcome from the engine, which would wait for it for ever, nor end the thread, which serves other calls.
     */
    public void caught(BranchCall call, String what, Throwable defect) {
        gate.caught();
        try (LogContext _ = LogContext.of(call.gid(), call.branch(), call.op(), call.attempt())) {
            LOG.error(what, participant, defect);
        }
    }

    /** Updates the circuit. */
    private void note(BranchCall call, Outcome outcome, Circuit.Link link) {
        try {
            gate.circuit().report(link);
            gate.note(outcome);
        } catch (RuntimeException | Error e) {
            caught(call, "an answer of participant {} could not be noted", e);
        }
    }

    private void measure(BranchCall call, Outcome outcome, long leftNanos) {
        try {
            gate.meters().answered(call.op(), outcome, System.nanoTime() - leftNanos);
        } catch (RuntimeException | Error e) {
            caught(call, "an answer of participant {} could not be counted", e);
        }
    }

    private String unsent(String why) {
        return "no call left for participant '%s': %s".formatted(participant, why);
    }

    private void tellNotSent(BranchCall call, Consumer<Outcome> answer, Outcome outcome) {
        try {
            gate.meters().notSent(call.op(), outcome);
        } catch (RuntimeException | Error e) {
            caught(call, "a call of participant {} that never left could not be counted", e);
        }
        tell(call, answer, outcome);
    }

    /** Tells the engine. */
    private void tell(BranchCall call, Consumer<Outcome> answer, Outcome outcome) {
        try {
            answer.accept(outcome);
        } catch (RuntimeException | Error e) {
            caught(call, "an answer of participant {} could not be taken in", e);
        }
    }
}
