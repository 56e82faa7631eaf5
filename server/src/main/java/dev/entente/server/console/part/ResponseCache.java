package dev.entente.server.console.part;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * API responses that all users of the console share for one second, so that many open pages cost as much as one page.
 * Failures are shared, too. The last successful responses to some requests are kept longer, for the time of an outage.
 * Thread-safe.
 */
public final class ResponseCache {
    private static final int UNAVAILABLE = 503;

    private static final Duration MAX_AGE = Duration.ofSeconds(1);
    /** The capacity is more than streams and concurrent pages need. Responses beyond the capacity are not shared. */
    private static final int MAX_ANSWERS = 256;

    private static final Duration MAX_KEPT_AGE = Duration.ofMinutes(10);
    /** The capacity is more than two views of an overview need. */
    private static final int MAX_KEPT = 64;

    /**
     * A request to the API.
     *
     * @param visibility equal for all users who get equal responses
     */
    public record CacheKey(String visibility, String method, Object request) {}

    private record CachedResponse(long askedAt, ListenableFuture<?> future) {}

    private record KeptResponse(Object response, Instant at) {}

    private final LongSupplier nanos;
    private final Map<CacheKey, CachedResponse> answers = new HashMap<>();
    private final SequencedMap<CacheKey, KeptResponse> kept = new LinkedHashMap<>();

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

    /**
     * Keeps the value of a result. If the API is unavailable, returns the value that was kept last, with its time and
     * the error.
     *
     * @param now the time of the page
     */
    @SuppressWarnings("unchecked") // all responses of a method have one type
    synchronized <R> ApiResult<R> orLast(CacheKey cacheKey, ApiResult<R> result, Instant now) {
        R response = result.value();
        if (response != null) {
            kept.putLast(cacheKey, new KeptResponse(response, now));
            if (kept.size() > MAX_KEPT) {
                kept.pollFirstEntry();
            }
            return result;
        }
        KeptResponse last = kept.get(cacheKey);
        return last == null || result.status() != UNAVAILABLE || last.at().isBefore(now.minus(MAX_KEPT_AGE))
                ? result
                : new ApiResult<>((R) last.response(), UNAVAILABLE, result.error(), List.of(), last.at());
    }

    /** Discards all shared responses, so that the user who changed something sees the change. */
    public synchronized void clear() {
        answers.clear();
    }
}
