package dev.entente.server.engine;

import java.time.Duration;
import java.time.Instant;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The next time at which a transaction in memory checks for work. Used only inside its mailbox. */
final class Alarm {
    private final Consumer<Runnable> inbox;
    private final Runnable proceed;
    private @Nullable Ringing next;

    /**
     * @param inbox runs tasks inside the mailbox
     * @param proceed makes the mailbox check for work
     */
    Alarm(Consumer<Runnable> inbox, Runnable proceed) {
        this.inbox = inbox;
        this.proceed = proceed;
    }

    /**
     * A set alarm with its time and its timer. A cancelled alarm that still rings must not be mistaken for a later
     * alarm.
     */
    private static final class Ringing {
        final Instant at;
        private EngineEnvironment.@Nullable Alarm timer;

        Ringing(Instant at) {
            this.at = at;
        }
    }

    /** Sets the alarm to that time, unless an earlier alarm is set. */
    void set(EngineEnvironment environment, Instant at) {
        if (next != null && !at.isBefore(next.at)) {
            return;
        }
        cancel();
        Duration delay = Duration.between(environment.now(), at);
        Ringing ringing = new Ringing(at);
        next = ringing;
        ringing.timer = environment
                .timers()
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
