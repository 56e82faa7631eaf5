package dev.entente.torture.load;

import dev.entente.client.CoordinatorUnavailable;
import dev.entente.client.EntenteException;
import dev.entente.client.TransactionRefused;
import dev.entente.torture.check.ClientAnswer.Event;
import dev.entente.torture.check.ReportedState;
import dev.entente.torture.check.Shape;
import dev.entente.v1.Plan;
import dev.entente.v1.Transaction;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** One transaction of the load, and its client. One thread runs it; other threads may read the answers afterwards. */
public final class Job {
    private static final Duration SUBMIT = Duration.ofSeconds(3);
    private static final Duration WAIT = Duration.ofSeconds(5);
    static final String DEFECT = "ENT-099";
    private static final long PAUSE_NANOS = Duration.ofMillis(20).toNanos();

    private final Shape shape;
    private final RequestedTransaction requested;
    private final FollowUp then;
    private volatile @Nullable Start start;
    private volatile long begunAt;
    private volatile long answeredAt;
    private volatile long endedAt;

    /** The way in which the client begins. */
    interface Start {
        /**
         * Returns when the client knows whether the transaction was accepted.
         *
         * @throws CoordinatorUnavailable if the client does not know; then it begins again if this is useful
         */
        void run(Attempt attempt) throws EntenteException;
    }

    /** One attempt to begin. */
    record Attempt(Job job, Fleet fleet, ClientRecorder recorder, int number) {
        String gid() {
            return job.gid();
        }

        /** Records that the client knows that the transaction is durable. */
        void accepted(long askedAt, ReportedState standing) {
            recorder.received(gid(), askedAt, Event.ACCEPTED, standing);
            job.answered();
        }
    }

    /** The client's further operations after the acceptance, before it waits for the final state. */
    interface FollowUp {
        FollowUp NOTHING = (_, _) -> {};

        void run(Attempt attempt, BooleanSupplier mayGoOn);
    }

    private Job(Shape shape, RequestedTransaction requested, Start start, FollowUp then) {
        this.shape = shape;
        this.requested = requested;
        this.start = start;
        this.then = then;
    }

    /** Submits the complete plan in one call, repeated with the same gid at one coordinator after another. */
    static Job of(Shape shape, Plan plan, FollowUp then) {
        return submitted(shape, RequestedTransaction.submitted(shape.gid(), plan), then);
    }

    /** Submits a plan with branches that join while it runs. */
    static Job joined(RequestedTransaction requested, FollowUp then) {
        return submitted(DrawnShape.of(requested), requested, then);
    }

    private static Job submitted(Shape shape, RequestedTransaction requested, FollowUp then) {
        Instant first = Instant.now();
        return new Job(
                shape,
                requested,
                attempt -> {
                    long askedAt = ClientRecorder.now();
                    Transaction accepted = submitted(requested.plan(), first, attempt);
                    attempt.accepted(askedAt, ClientRecorder.standing(accepted));
                },
                then);
    }

    private static Transaction submitted(Plan plan, Instant first, Attempt attempt) {
        try {
            return attempt.fleet()
                    .get(attempt.number())
                    .submit(plan, first, SUBMIT)
                    .join()
                    .transaction();
        } catch (CompletionException failed) {
            throw failed.getCause() instanceof EntenteException known ? known : failed;
        }
    }

    /** Makes a transaction in which the client takes part, and which the client decides. */
    static Job interactive(Shape shape, RequestedTransaction requested, Start start) {
        return new Job(shape, requested, start, FollowUp.NOTHING);
    }

    /** Begins and waits for the final state, while {@code mayGoOn}. Blocks. */
    void run(Fleet fleet, ClientRecorder recorder, int firstNode, BooleanSupplier mayGoOn) {
        begunAt = ClientRecorder.now();
        boolean isBegun = begin(fleet, recorder, firstNode, mayGoOn);
        start = null; // frees the plan: an hour's run has many plans
        if (!isBegun) {
            return;
        }
        then.run(new Attempt(this, fleet, recorder, firstNode + 1), mayGoOn);
        while (endedAt == 0 && mayGoOn.getAsBoolean()) {
            ask(fleet, recorder);
        }
        if (endedAt > 0) {
            askAnother(fleet, recorder);
        }
    }

    private boolean begin(Fleet fleet, ClientRecorder recorder, int firstNode, BooleanSupplier mayGoOn) {
        Start how = Objects.requireNonNull(start);
        for (int number = firstNode; mayGoOn.getAsBoolean(); number++) {
            try {
                how.run(new Attempt(this, fleet, recorder, number));
                return answeredAt > 0;
            } catch (CoordinatorUnavailable unanswered) {
                if (shape.pattern() == Shape.Pattern.INTERACTIVE) {
                    return answeredAt > 0;
                }
                LockSupport.parkNanos(PAUSE_NANOS);
            } catch (TransactionRefused refused) {
                if (!refused.retryable()) {
                    throw refused;
                }
                LockSupport.parkNanos(PAUSE_NANOS);
            } catch (EntenteException ended) {
                raiseIfDefect(ended);
                return answeredAt > 0; // aborted or unanswered: polled from here on
            }
        }
        return false;
    }

    private void answered() {
        if (answeredAt == 0) {
            answeredAt = ClientRecorder.now();
        }
    }

    private void ask(Fleet fleet, ClientRecorder recorder) {
        long askedAt = ClientRecorder.now();
        ReportedState standing =
                standing(() -> fleet.any().transactions().await(gid(), WAIT).transaction());
        if (standing == null) {
            LockSupport.parkNanos(PAUSE_NANOS);
            return;
        }
        recorder.received(gid(), askedAt, Event.SEEN, standing);
        if (standing != ReportedState.OPEN) {
            endedAt = ClientRecorder.now();
        }
    }

    /** Asks another coordinator, which must report the same state. */
    private void askAnother(Fleet fleet, ClientRecorder recorder) {
        long askedAt = ClientRecorder.now();
        ReportedState standing = standing(() -> fleet.any().transactions().get(gid()));
        if (standing != null) {
            recorder.received(gid(), askedAt, Event.SEEN, standing);
        }
    }

    /** A query of one transaction at a coordinator. */
    interface Question {
        Transaction ask() throws EntenteException;
    }

    /** Returns the state; null without an answer. */
    static @Nullable ReportedState standing(Question question) {
        try {
            return ClientRecorder.standing(question.ask());
        } catch (EntenteException no) {
            raiseIfDefect(no);
            return no.code().equals("ENT-030") ? ReportedState.UNKNOWN : null;
        }
    }

    /** Throws an answer that reports a defect of the coordinator: no plan expects a defect. */
    static void raiseIfDefect(EntenteException answer) {
        if (answer.code().equals(DEFECT)) {
            throw answer;
        }
    }

    public Shape shape() {
        return shape;
    }

    /** Returns the shapes of the transaction and of its steps that are transactions. */
    public Stream<Shape> shapes() {
        return Stream.concat(
                Stream.of(shape), requested.children().values().stream().map(DrawnShape::of));
    }

    /** Returns the request in the API's form. */
    public RequestedTransaction requested() {
        return requested;
    }

    String gid() {
        return shape.gid();
    }

    /** Returns the time of the first request, in milliseconds since the epoch; 0 if none was sent. */
    public long begunAt() {
        return begunAt;
    }

    /** Returns the time at which the client knew that the transaction is durable; 0 for never. */
    public long answeredAt() {
        return answeredAt;
    }

    /** Returns the time at which the client learned that the transaction has finished or is parked; 0 for never. */
    public long endedAt() {
        return endedAt;
    }
}
