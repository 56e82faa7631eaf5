package dev.entente.server.engine;

import java.time.Duration;
import java.util.Collection;

/**
 * Makes the progress of transactions that live longer durable, though nobody waits for it: what two ticks in a row find
 * volatile. Short ones it never touches.
 */
final class FlushBehind {
    private final World world;
    private final Duration tick;
    private final Collection<Mailbox> mailboxes;
    private volatile boolean isClosed;

    /** @param limit how long progress may be volatile at most */
    FlushBehind(World world, Duration limit, Collection<Mailbox> mailboxes) {
        this.world = world;
        this.tick = limit.dividedBy(2);
        this.mailboxes = mailboxes;
        next();
    }

    void close() {
        isClosed = true;
    }

    private void next() {
        if (!isClosed) {
            world.timers().schedule(tick, this::tick);
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
