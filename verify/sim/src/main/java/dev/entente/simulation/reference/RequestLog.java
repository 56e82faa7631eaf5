package dev.entente.simulation.reference;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The requests of people and clients about a transaction. A request may take effect at any time until its answer; a
 * refused request never takes effect.
 */
final class RequestLog {
    private final Map<Integer, Window> windows = new LinkedHashMap<>();

    /** @param repliedAt null while it is unknown whether the request took effect */
    private record Window(
            Request request, long askedAt, @Nullable Long repliedAt, boolean isRefused) {}

    void asked(Observation.Asked asked) {
        windows.put(asked.number(), new Window(asked.request(), asked.at(), null, false));
    }

    void replied(Observation.Replied replied) {
        windows.computeIfPresent(
                replied.number(),
                (_, window) -> new Window(window.request(), window.askedAt(), replied.at(), !replied.isOk()));
    }

    /** Returns the request of that number; null if there is none. */
    @Nullable
    Request request(int number) {
        Window window = windows.get(number);
        return window == null ? null : window.request();
    }

    /** Returns whether a matching request may have taken effect by now. */
    boolean mayHave(Predicate<Request> which) {
        return windows.values().stream().anyMatch(window -> !window.isRefused() && which.test(window.request()));
    }

    /** Returns whether a matching request may have taken effect at that time or later. */
    boolean mayHaveSince(long at, Predicate<Request> which) {
        return windows.values().stream()
                .anyMatch(window -> !window.isRefused()
                        && (window.repliedAt() == null || window.repliedAt() >= at)
                        && which.test(window.request()));
    }

    /** Returns the requests of that kind that may have taken effect. */
    <T extends Request> List<T> of(Class<T> kind) {
        return windows.values().stream()
                .filter(window -> !window.isRefused() && kind.isInstance(window.request()))
                .map(window -> kind.cast(window.request()))
                .toList();
    }

    boolean mayReopenSince(long at) {
        return mayHaveSince(at, request -> request instanceof Request.Retry || request instanceof Request.Resume);
    }

    boolean mayHaveStated(String branch, String operation, Predicate<Request.Truth> truth) {
        return mayHave(request -> request instanceof Request.State state
                && state.branch().equals(branch)
                && state.operation().equals(operation)
                && truth.test(state.truth()));
    }
}
