package dev.entente.outbox.presence;

import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Cuts connections that do not answer where the driver's or the pool's network timeout does not. Thread-safe. */
public final class Watchdog implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Watchdog.class);
    private static final Duration LOOK_EVERY = Duration.ofMillis(500);

    private final List<WatchedConnection> connections;
    private final Duration longest;
    private final BooleanSupplier isClosing;
    private final WakeUp alarm = new WakeUp();

    /**
     * Runs on a thread of its own.
     *
     * @param longest somewhat more than the network timeout, which comes first where it is kept
     * @param isClosing whether it is to end once it wakes
     */
    public Watchdog(List<WatchedConnection> connections, Duration longest, BooleanSupplier isClosing) {
        this.connections = connections;
        this.longest = longest;
        this.isClosing = isClosing;
    }

    /** Has it look at once, and end if that is its time. */
    public void wake() {
        alarm.call();
    }

    @Override
    public void run() {
        try {
            while (!isClosing.getAsBoolean()) {
                for (WatchedConnection connection : connections) {
                    if (connection.cutIfSilentFor(longest)) {
                        LOG.warn("a connection of the outbox's relay gave no answer for {} and was cut", longest);
                    }
                }
                boolean unused = alarm.sleep(LOOK_EVERY);
            }
        } catch (InterruptedException closing) {
            LOG.debug("the watchdog ends", closing);
        }
    }
}
