package dev.entente.simulation.reference;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The requests of people and clients about a transaction. What was asked may take effect at any time until it is
 * answered; what was refused never did.
 */
final class DeedLog {
    private final Map<Integer, Window> windows = new LinkedHashMap<>();

    /** @param repliedAt null while it is not known whether it took effect */
    private record Window(Deed deed, long askedAt, @Nullable Long repliedAt, boolean isRefused) {}

    void asked(Occurrence.Asked asked) {
        windows.put(asked.number(), new Window(asked.deed(), asked.at(), null, false));
    }

    void replied(Occurrence.Replied replied) {
        windows.computeIfPresent(
                replied.number(),
                (_, window) -> new Window(window.deed(), window.askedAt(), replied.at(), !replied.isOk()));
    }

    /** Returns the deed of that number; null where there is none. */
    @Nullable
    Deed deed(int number) {
        Window window = windows.get(number);
        return window == null ? null : window.deed();
    }

    /** Tells whether such a deed may have taken effect by now. */
    boolean mayHave(Predicate<Deed> which) {
        return windows.values().stream().anyMatch(window -> !window.isRefused() && which.test(window.deed()));
    }

    /** Tells whether such a deed may have taken effect at that time or later. */
    boolean mayHaveSince(long at, Predicate<Deed> which) {
        return windows.values().stream()
                .anyMatch(window -> !window.isRefused()
                        && (window.repliedAt() == null || window.repliedAt() >= at)
                        && which.test(window.deed()));
    }

    /** Deeds of that kind that may have taken effect. */
    <T extends Deed> List<T> of(Class<T> kind) {
        return windows.values().stream()
                .filter(window -> !window.isRefused() && kind.isInstance(window.deed()))
                .map(window -> kind.cast(window.deed()))
                .toList();
    }

    boolean mayReopenSince(long at) {
        return mayHaveSince(at, deed -> deed instanceof Deed.Retry || deed instanceof Deed.Resume);
    }

    boolean mayHaveStated(String branch, String operation, Predicate<Deed.Truth> truth) {
        return mayHave(deed -> deed instanceof Deed.State state
                && state.branch().equals(branch)
                && state.operation().equals(operation)
                && truth.test(state.truth()));
    }
}
