package dev.entente.torture.load;

import dev.entente.simulation.reference.Observation;
import dev.entente.simulation.reference.Request;
import dev.entente.torture.check.ClientAnswer;
import dev.entente.torture.check.ClientAnswer.Event;
import dev.entente.torture.check.ReportedState;
import dev.entente.v1.Transaction;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** A record of the answers that clients received, with their times. Thread-safe. */
public final class ClientRecorder {
    private final Collection<ClientAnswer> reported = new ConcurrentLinkedQueue<>();
    private final Map<String, Queue<Observation>> observations = new ConcurrentHashMap<>();
    private final AtomicInteger asked = new AtomicInteger();

    public ClientRecorder() {}

    /** Returns the current time in the unit of the recorded times: milliseconds since the epoch. */
    static long now() {
        return System.currentTimeMillis();
    }

    void received(String gid, long askedAt, Event what, ReportedState standing) {
        reported.add(new ClientAnswer(gid, askedAt, now(), what, standing));
    }

    /** Records a request that is sent now and has no answer yet. */
    void sent(String gid, Event what) {
        received(gid, now(), what, ReportedState.OPEN);
    }

    /** Records that a client or an operator requests an operation now. Returns a number for {@link #replied}. */
    int asked(String gid, Request deed) {
        int number = asked.incrementAndGet();
        observations(gid, new Observation.Asked(now(), number, deed));
        return number;
    }

    /**
     * Records that the operation of this number took effect or was certainly refused. Not for unanswered operations.
     */
    void replied(String gid, int number, boolean isOk) {
        observations(gid, new Observation.Replied(now(), number, isOk));
    }

    private void observations(String gid, Observation deed) {
        observations.computeIfAbsent(gid, _ -> new ConcurrentLinkedQueue<>()).add(deed);
    }

    /** Returns the operations on a transaction, in addition to its plan, and their answers. */
    public List<Observation> observations(String gid) {
        return List.copyOf(observations.getOrDefault(gid, new ConcurrentLinkedQueue<>()));
    }

    /** Returns all answers so far. */
    public List<ClientAnswer> reported() {
        return List.copyOf(reported);
    }

    /** Returns the state that the transaction reports. */
    public static ReportedState standing(Transaction transaction) {
        return switch (transaction.getState()) {
            case SUCCEEDED -> ReportedState.SUCCEEDED;
            case ABORTED -> ReportedState.ABORTED;
            case GIVEN_UP -> ReportedState.GIVEN_UP;
            case STATE_UNSPECIFIED, BEGUN, SCHEDULED, RUNNING, COMPLETING, UNDOING, UNRECOGNIZED ->
                transaction.hasParked() ? ReportedState.PARKED : ReportedState.OPEN;
        };
    }
}
