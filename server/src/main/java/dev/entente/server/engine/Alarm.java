package dev.entente.server.engine;

import java.time.Duration;
import java.time.Instant;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The next time at which a transaction in memory looks again. Used inside its mailbox only. */
final class Alarm {
    private final Consumer<Runnable> inbox;
    private final Runnable proceed;
    private @Nullable Ringing next;

    /**
     * @param inbox runs tasks inside the mailbox
     * @param proceed makes the mailbox look again
     */
    Alarm(Consumer<Runnable> inbox, Runnable proceed) {
        this.inbox = inbox;
        this.proceed = proceed;
    }

    /**
     * A set alarm with its time and its timer. An earlier one that rings late, though it was cancelled, must not be
     * taken for it.
     */
    private static final class Ringing {
        final Instant at;
        private World.@Nullable Alarm timer;

        Ringing(Instant at) {
            this.at = at;
        }
    }

    /** Rings then, or earlier if an earlier one is set. */
    void set(World world, Instant at) {
        if (next != null && !at.isBefore(next.at)) {
            return;
        }
        cancel();
        Duration delay = Duration.between(world.now(), at);
        Ringing ringing = new Ringing(at);
        next = ringing;
        ringing.timer = world.timers()
                .schedule(delay.isNegative() ? Duration.ZERO : delay, () -> inbox.accept(() -> ring(ringing)));
    }

    private void ring(Ringing ringing) {
        if (next == ringing) {
            next = null;
            proceed.run();
        }
    }

    void cancel() {
        if (next != null && next.timer != null) {
            next.timer.cancel();
        }
        next = null;
    }
}
