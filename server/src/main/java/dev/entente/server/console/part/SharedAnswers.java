package dev.entente.server.console.part;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Answers of the API that all who look at the console share for a second, so that many open pages cost what one costs.
 * Failures are shared, too. Thread-safe.
 */
public final class SharedAnswers {
    private static final Duration MAX_AGE = Duration.ofSeconds(1);
    /** More than the streams and pages at once ask for; what is beyond is asked for each. */
    private static final int MAX_ANSWERS = 256;

    /**
     * A question to the API.
     *
     * @param sight the same for all who would have the same answer
     */
    public record Question(String sight, String method, Object request) {}

    private record Answer(long askedAt, ListenableFuture<?> future) {}

    private final LongSupplier nanos;
    private final Map<Question, Answer> answers = new HashMap<>();

    /** @param nanos a clock such as {@link System#nanoTime} */
    public SharedAnswers(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** Returns the answer to a question that was asked within a second, or asks it. No taker can cancel it. */
    @SuppressWarnings("unchecked") // A method's answers have one type.
    public synchronized <R> ListenableFuture<R> to(Question question, Supplier<ListenableFuture<R>> asking) {
        long now = nanos.getAsLong();
        answers.values().removeIf(one -> now - one.askedAt() >= MAX_AGE.toNanos());
        Answer answer = answers.get(question);
        if (answer == null) {
            answer = new Answer(now, asking.get());
            if (answers.size() < MAX_ANSWERS) {
                answers.put(question, answer);
            }
        }
        return Futures.nonCancellationPropagating((ListenableFuture<R>) answer.future());
    }

    /** Forgets all: who has changed something sees it. */
    public synchronized void clear() {
        answers.clear();
    }
}
