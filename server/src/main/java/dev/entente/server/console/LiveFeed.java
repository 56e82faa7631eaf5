package dev.entente.server.console;

import dev.entente.server.http.EventFeed;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/** Tells one tab that its page would look different now, or that its visitor may not look any more. For one thread. */
final class LiveFeed implements EventFeed {
    private static final Event SIGNED_OUT = new Event("signed-out", "1", true);

    private final Supplier<@Nullable Visitor> visitors;
    private final ToIntFunction<Visitor> fingerprint;
    private final int every;
    private @Nullable Visitor first;
    private int asked;
    private @Nullable Integer told;

    /**
     * @param visitors returns who looks now; null for nobody that the server knows
     * @param fingerprint changes with what the page shows
     * @param every of so many questions for an event one looks at the page; each looks at the visitor
     */
    LiveFeed(Supplier<@Nullable Visitor> visitors, ToIntFunction<Visitor> fingerprint, int every) {
        this.visitors = visitors;
        this.fingerprint = fingerprint;
        this.every = every;
    }

    @Override
    public @Nullable Event next() {
        Visitor visitor = visitors.get();
        if (visitor == null || (first != null && !visitor.sight().equals(first.sight()))) {
            return SIGNED_OUT;
        }
        first = visitor;
        if (asked++ % every != 0) {
            return null;
        }
        Integer now = fingerprint.applyAsInt(visitor);
        if (now.equals(told)) {
            return null;
        }
        told = now;
        return new Event("changed", Integer.toHexString(now), false);
    }
}
