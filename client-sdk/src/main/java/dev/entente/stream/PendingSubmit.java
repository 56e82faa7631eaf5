package dev.entente.stream;

import dev.entente.stream.SubmitStream.Answer;
import dev.entente.v1.SubmitTransactionResponse;
import io.grpc.Deadline;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One submit that was given to a stream and has no answer yet. Its owner ends it once. */
final class PendingSubmit {
    /** An item that was not answered in its time makes the stream suspect, unless its time was shorter than this. */
    private static final long SILENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final long id;
    private final byte[] request;
    private final String traceparent;
    private final @Nullable Deadline deadline;
    private final Answer answer;
    private final long sinceNanos = System.nanoTime();
    /** Set before the stream looks for the last time whether it is still wanted. */
    private volatile boolean isLeaving;

    PendingSubmit(long id, byte[] request, String traceparent, @Nullable Deadline deadline, Answer answer) {
        this.id = id;
        this.request = request;
        this.traceparent = traceparent;
        this.deadline = deadline;
        this.answer = answer;
    }

    long id() {
        return id;
    }

    /** As it was given; nobody changes it. */
    byte[] request() {
        return request;
    }

    String traceparent() {
        return traceparent;
    }

    /** Returns the time left in milliseconds; 0 if it has no bound. */
    long timeoutMillis() {
        return deadline == null ? 0 : Math.max(1, deadline.timeRemaining(TimeUnit.MILLISECONDS));
    }

    boolean isLate() {
        return deadline != null && deadline.isExpired();
    }

    boolean isLeaving() {
        return isLeaving;
    }

    void leaves() {
        isLeaving = true;
    }

    /** Tells whether nothing has come for anybody since it was given to the stream, a second ago or longer. */
    boolean isUnheard(long heardNanos) {
        return sinceNanos - heardNanos >= 0 && System.nanoTime() - sinceNanos >= SILENCE_NANOS;
    }

    void accepted(SubmitTransactionResponse response) {
        answer.accepted(response);
    }

    void failed(StatusRuntimeException error) {
        answer.failed(error);
    }

    /** Its time is over. */
    void late() {
        Status late = Status.DEADLINE_EXCEEDED.withDescription("the coordinator did not answer in time");
        if (isLeaving) {
            answer.failed(late.asRuntimeException());
        } else {
            answer.unsent(late.asRuntimeException());
        }
    }

    /** The stream has ended. */
    void over(StatusRuntimeException why) {
        if (isLeaving) {
            answer.unanswered(why);
        } else {
            answer.unsent(why);
        }
    }

    void unsent(StatusRuntimeException why) {
        answer.unsent(why);
    }
}
