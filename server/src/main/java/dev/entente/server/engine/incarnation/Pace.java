package dev.entente.server.engine.incarnation;

import dev.entente.server.engine.World;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntSupplier;

/**
 * Holds a takeover's next rows back while there is enough to do here, and it moves. A row that waits in memory behind
 * thousands of others would only cost a flush of its progress. Where nothing moves, as before a participant that hangs,
 * it holds nobody back.
 */
final class Pace {
    private static final Duration GLANCE = Duration.ofMillis(10);

    private final IntSupplier open;
    private final World.Timers timers;
    private final int enough;

    /**
     * @param open transactions in memory
     * @param enough so many of them keep this coordinator busy until more are there
     */
    Pace(IntSupplier open, World.Timers timers, int enough) {
        this.open = open;
        this.timers = timers;
        this.enough = enough;
    }

    /** Completes when more should be taken. */
    CompletableFuture<Void> next() {
        CompletableFuture<Void> more = new CompletableFuture<>();
        look(more, Integer.MAX_VALUE);
        return more;
    }

    private void look(CompletableFuture<Void> more, int before) {
        int now = open.getAsInt();
        if (now <= enough || now >= before) {
            more.complete(null);
        } else {
            timers.schedule(GLANCE, () -> look(more, now));
        }
    }
}
