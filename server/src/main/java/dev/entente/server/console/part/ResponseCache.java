package dev.entente.server.console.part;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * API responses that all users of the console share for one second, so that many open pages cost as much as one page.
 * Failures are shared, too. Thread-safe.
 */
public final class ResponseCache {
    private static final Duration MAX_AGE = Duration.ofSeconds(1);
    /** The capacity is more than streams and concurrent pages need. Responses beyond the capacity are not shared. */
    private static final int MAX_ANSWERS = 256;

    /**
     * A request to the API.
     *
     * @param visibility equal for all users who get equal responses
     */
    public record CacheKey(String visibility, String method, Object request) {}

    private record CachedResponse(long askedAt, ListenableFuture<?> future) {}

    private final LongSupplier nanos;
    private final Map<CacheKey, CachedResponse> answers = new HashMap<>();

    /** @param nanos a clock such as {@link System#nanoTime} */
    public ResponseCache(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** Returns the response to an equal request of the last second, or sends the request. Callers cannot cancel it. */
    @SuppressWarnings("unchecked") // all responses of a method have one type
    public synchronized <R> ListenableFuture<R> to(CacheKey cacheKey, Supplier<ListenableFuture<R>> asking) {
        long now = nanos.getAsLong();
        answers.values().removeIf(one -> now - one.askedAt() >= MAX_AGE.toNanos());
        CachedResponse answer = answers.get(cacheKey);
        if (answer == null) {
            answer = new CachedResponse(now, asking.get());
            if (answers.size() < MAX_ANSWERS) {
                answers.put(cacheKey, answer);
            }
        }
        return Futures.nonCancellationPropagating((ListenableFuture<R>) answer.future());
    }

    /** Discards all responses, so that the user who changed something sees the change. */
    public synchronized void clear() {
        answers.clear();
    }
}
