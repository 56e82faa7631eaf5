package dev.entente.server.engine;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;

/** Makes the progress of transactions that live longer durable, though nobody waits for it. Short ones it never touches. */
final class FlushBehind {
    private final World world;
    private final Duration interval;
    private final Collection<Mailbox> mailboxes;
    private volatile boolean isClosed;

    FlushBehind(World world, Duration interval, Collection<Mailbox> mailboxes) {
        this.world = world;
        this.interval = interval;
        this.mailboxes = mailboxes;
        next();
    }

    void close() {
        isClosed = true;
    }

    private void next() {
        if (!isClosed) {
            world.timers().schedule(interval, this::tick);
        }
    }

    private void tick() {
        Instant cutoff = world.now().minus(interval);
        for (Mailbox mailbox : mailboxes) {
            if (mailbox.openedAt().isBefore(cutoff) && mailbox.seemsDirty()) {
                mailbox.flushIfDirty();
            }
        }
        next();
    }
}
