package dev.entente.server.engine;

import java.time.Duration;
import java.util.Collection;

/**
 * A timer that makes the progress of longer transactions durable, although no client waits for the progress. It flushes
 * progress that two consecutive ticks find volatile. Short transactions are never flushed.
 */
final class FlushBehind {
    private final EngineEnvironment environment;
    private final Duration tick;
    private final Collection<Mailbox> mailboxes;
    private volatile boolean isClosed;

    /** @param limit the maximum time for which progress may be volatile */
    FlushBehind(EngineEnvironment environment, Duration limit, Collection<Mailbox> mailboxes) {
        this.environment = environment;
        this.tick = limit.dividedBy(2);
        this.mailboxes = mailboxes;
        next();
    }

    void close() {
        isClosed = true;
    }

    private void next() {
        if (!isClosed) {
            environment.timers().schedule(tick, this::tick);
        }
    }

    private void tick() {
        try {
            mailboxes.forEach(Mailbox::flushIfStillDirty);
        } finally {
            next();
        }
    }
}
