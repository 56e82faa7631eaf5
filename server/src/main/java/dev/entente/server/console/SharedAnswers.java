package dev.entente.server.console;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.MoreExecutors;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Keeps answers for as long as a hundred times what they took, at most a second: however many people look at the same
 * figures, asking takes a hundredth of one core. Thread-safe.
 */
final class SharedAnswers {
    private static final int TIMES_KEPT = 100;
    private static final Duration LONGEST_KEPT = Duration.ofSeconds(1);
    private static final int MOST_KEPT = 256;

    private final Map<Object, Asked> kept = new ConcurrentHashMap<>();

    /** Returns the answer that is kept or under way, or else asks. */
    @SuppressWarnings("unchecked") // equal questions have answers of one type
    <R> ListenableFuture<R> get(Object question, Supplier<ListenableFuture<R>> ask) {
        if (kept.size() >= MOST_KEPT) {
            kept.values().removeIf(Asked::isOver);
        }
        if (kept.size() >= MOST_KEPT && !kept.containsKey(question)) {
            return ask.get();
        }
        return (ListenableFuture<R>)
                kept.compute(question, (_, known) -> known == null || known.isOver() ? new Asked(ask.get()) : known)
                        .answer;
    }

    /** Forgets all: what was asked before is out of date. */
    void forget() {
        kept.clear();
    }

    private static final class Asked {
        private final long began = System.nanoTime();
        private final ListenableFuture<?> answer;
        /** Nanoseconds from its beginning; 0 while it is under way. */
        private volatile long keptFor;

        Asked(ListenableFuture<?> answer) {
            this.answer = answer;
            answer.addListener(this::answered, MoreExecutors.directExecutor());
        }

        private void answered() {
            long took = System.nanoTime() - began;
            keptFor = took + Math.clamp(TIMES_KEPT * took, 1, LONGEST_KEPT.toNanos());
        }

        boolean isOver() {
            return keptFor > 0 && System.nanoTime() - began > keptFor;
        }
    }
}
