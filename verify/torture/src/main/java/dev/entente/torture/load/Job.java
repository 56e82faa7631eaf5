package dev.entente.torture.load;

import dev.entente.client.CoordinatorUnavailable;
import dev.entente.client.EntenteException;
import dev.entente.client.TransactionRefused;
import dev.entente.torture.check.ClientAnswer.What;
import dev.entente.torture.check.Shape;
import dev.entente.torture.check.Standing;
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

/**
 * One transaction of the load, and its client. Run by one thread; what it was answered may be read by others
 * afterwards.
 */
public final class Job {
    private static final Duration SUBMIT = Duration.ofSeconds(3);
    private static final Duration WAIT = Duration.ofSeconds(5);
    static final String DEFECT = "ENT-099";
    private static final long PAUSE_NANOS = Duration.ofMillis(20).toNanos();

    private final Shape shape;
    private final Commission commission;
    private final Then then;
    private volatile @Nullable Start start;
    private volatile long begunAt;
    private volatile long answeredAt;
    private volatile long endedAt;

    /** How the client begins. */
    interface Start {
        /**
         * Returns once the client knows whether it was accepted.
         *
         * @throws CoordinatorUnavailable where it does not; begun again where that is of use
         */
        void run(Attempt attempt) throws EntenteException;
    }

    /** One try to begin. */
    record Attempt(Job job, Fleet fleet, ClientRecorder witness, int number) {
        String gid() {
            return job.gid();
        }

        /** The client was told that it is durable. */
        void accepted(long askedAt, Standing standing) {
            witness.heard(gid(), askedAt, What.ACCEPTED, standing);
            job.answered();
        }
    }

    /** The client's further acts once it is accepted, before it waits for the end. */
    interface Then {
        Then NOTHING = (_, _) -> {};

        void run(Attempt attempt, BooleanSupplier mayGoOn);
    }

    private Job(Shape shape, Commission commission, Start start, Then then) {
        this.shape = shape;
        this.commission = commission;
        this.start = start;
        this.then = then;
    }

    /** The whole plan in one call, repeated under the same gid at one coordinator after another. */
    static Job of(Shape shape, Plan plan, Then then) {
        return submitted(shape, Commission.submitted(shape.gid(), plan), then);
    }

    /** The same, with branches that join while it runs. */
    static Job joined(Commission commission, Then then) {
        return submitted(DrawnShape.of(commission), commission, then);
    }

    private static Job submitted(Shape shape, Commission commission, Then then) {
        Instant first = Instant.now();
        return new Job(
                shape,
                commission,
                attempt -> {
                    long askedAt = ClientRecorder.now();
                    Transaction accepted = submitted(commission.plan(), first, attempt);
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

    /** The client takes part in it, and decides. */
    static Job interactive(Shape shape, Commission commission, Start start) {
        return new Job(shape, commission, start, Then.NOTHING);
    }

    /** Begins, and waits for the end, while {@code mayGoOn}. Blocks. */
    void run(Fleet fleet, ClientRecorder witness, int firstNode, BooleanSupplier mayGoOn) {
        begunAt = ClientRecorder.now();
        boolean isBegun = begin(fleet, witness, firstNode, mayGoOn);
        start = null; // an hour has many plans
        if (!isBegun) {
            return;
        }
        then.run(new Attempt(this, fleet, witness, firstNode + 1), mayGoOn);
        while (endedAt == 0 && mayGoOn.getAsBoolean()) {
            ask(fleet, witness);
        }
        if (endedAt > 0) {
            askAnother(fleet, witness);
        }
    }

    private boolean begin(Fleet fleet, ClientRecorder witness, int firstNode, BooleanSupplier mayGoOn) {
        Start how = Objects.requireNonNull(start);
        for (int number = firstNode; mayGoOn.getAsBoolean(); number++) {
            try {
                how.run(new Attempt(this, fleet, witness, number));
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
                return answeredAt > 0; // an interactive one that was turned, or not answered: asked from here on
            }
        }
        return false;
    }

    private void answered() {
        if (answeredAt == 0) {
            answeredAt = ClientRecorder.now();
        }
    }

    private void ask(Fleet fleet, ClientRecorder witness) {
        long askedAt = ClientRecorder.now();
        Standing standing =
                standing(() -> fleet.any().transactions().await(gid(), WAIT).transaction());
        if (standing == null) {
            LockSupport.parkNanos(PAUSE_NANOS);
            return;
        }
        witness.heard(gid(), askedAt, What.SEEN, standing);
        if (standing != Standing.OPEN) {
            endedAt = ClientRecorder.now();
        }
    }

    /** Asks another coordinator, which must say the same. */
    private void askAnother(Fleet fleet, ClientRecorder witness) {
        long askedAt = ClientRecorder.now();
        Standing standing = standing(() -> fleet.any().transactions().get(gid()));
        if (standing != null) {
            witness.heard(gid(), askedAt, What.SEEN, standing);
        }
    }

    /** A question to a coordinator about one transaction. */
    interface Question {
        Transaction ask() throws EntenteException;
    }

    /** Null where nobody answered. */
    static @Nullable Standing standing(Question question) {
        try {
            return ClientRecorder.standing(question.ask());
        } catch (EntenteException no) {
            raiseIfDefect(no);
            return no.code().equals("ENT-030") ? Standing.UNKNOWN : null;
        }
    }

    /** A coordinator that speaks of a defect of its own is no part of any plan. */
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
                Stream.of(shape), commission.children().values().stream().map(DrawnShape::of));
    }

    /** Returns the request as the API has it. */
    public Commission commission() {
        return commission;
    }

    String gid() {
        return shape.gid();
    }

    /** When it was first sent, in milliseconds since the epoch; 0 if never. */
    public long begunAt() {
        return begunAt;
    }

    /** When the client knew that it is durable; 0 if it never did. */
    public long answeredAt() {
        return answeredAt;
    }

    /** When the client was told that it has ended, or stands parked; 0 if it never was. */
    public long endedAt() {
        return endedAt;
    }
}
