package dev.entente.outbox.presence;

import dev.entente.jdbc.BoundedConnections;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds the relay's number, and looks for relays that have ended; on a thread and a connection of its own.
 * Thread-safe.
 */
public final class Presence implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Presence.class);
    private static final Duration BEAT = Duration.ofSeconds(1);
    /** After which the database ends the session of a process that was stopped, or whose machine has vanished. */
    private static final Duration LONGEST_SILENCE = Duration.ofSeconds(15);

    private final WatchedConnection watched;
    private final BoundedConnections connections;
    private final WakeUp loop;
    private final BooleanSupplier isClosing;
    private final WakeUp alarm = new WakeUp();
    private final SecureRandom random = new SecureRandom();
    private final Set<Long> dead = ConcurrentHashMap.newKeySet();
    private final AtomicLong failures = new AtomicLong();
    private boolean isFailing;
    private long last;
    private volatile long number;
    private volatile boolean isLost;

    /**
     * Holds nothing before it runs.
     *
     * @param loop is woken when there is a number, and when another relay has ended
     * @param isClosing whether it is to end once it wakes
     */
    public Presence(BoundedConnections connections, WakeUp loop, BooleanSupplier isClosing) {
        this.connections = connections;
        this.watched = new WatchedConnection(connections);
        this.loop = loop;
        this.isClosing = isClosing;
    }

    /** The connection whose session holds the number. */
    public WatchedConnection connection() {
        return watched;
    }

    /** The relay's number while it is known to be held; 0 while it is not, and nothing may be claimed. */
    public long number() {
        return number;
    }

    /** Somebody took this relay for dead, and freed what it had: it goes on under another number. */
    public void lost(long held) {
        if (number == held) {
            number = 0;
            isLost = true;
            alarm.call();
        }
    }

    /** How often the number could not be taken, or was not held any more. */
    public long failures() {
        return failures.get();
    }

    /** Relays that have ended, and whose messages nobody has freed yet. */
    public List<Long> dead() {
        return new ArrayList<>(dead);
    }

    /** Forgets relays whose messages are free again. */
    public void freed(Collection<Long> relays) {
        dead.removeAll(relays);
    }

    /** Ends it soon. */
    public void wake() {
        alarm.call();
    }

    @Override
    public void run() {
        while (!isClosing.getAsBoolean()) {
            try {
                watched.use(this::hold);
            } catch (SQLException | RuntimeException | Error broken) {
                tell(broken);
                number = 0;
                rest();
            } catch (InterruptedException closing) {
                return;
            }
        }
    }

    /** Once, until a number has been held for a while. */
    private void tell(Throwable broken) {
        failures.incrementAndGet();
        if (isFailing || isClosing.getAsBoolean()) {
            LOG.debug("the outbox's relay still cannot hold its lock", broken);
        } else {
            LOG.warn(
                    "the outbox's relay cannot hold its lock and takes no messages, retrying: {}",
                    broken.getMessage(),
                    broken);
        }
        isFailing = true;
    }

    private void hold(Connection connection) throws SQLException, InterruptedException {
        connection.setAutoCommit(false);
        PresenceStatements statements = PresenceStatements.of(connection);
        try {
            number = watched.ask(() -> {
                statements.begin(
                        connection,
                        LONGEST_SILENCE.toMillis(),
                        connections.within().toMillis());
                return lock(connection, statements);
            });
            loop.call();
            while (!isClosing.getAsBoolean() && !isLost) {
                List<Long> found = watched.ask(() -> statements.dead(connection, last));
                if (!found.isEmpty()) {
                    dead.addAll(found);
                    loop.call();
                }
                boolean unused = alarm.sleep(BEAT);
                isFailing = false;
            }
        } finally {
            number = 0;
            last = isLost ? 0 : last;
            isLost = false;
            dead.clear(); // whoever gets those locks now frees them
            end(connection, statements);
        }
    }

    /** A connection that cannot let go of its locks is cut, and the database lets go of them. */
    private void end(Connection connection, PresenceStatements statements) {
        try {
            statements.end(connection);
        } catch (SQLException broken) {
            LOG.debug("the connection that held the relay's number is cut", broken);
            watched.cut();
        }
    }

    /** The same number again, unless somebody has taken this relay for dead meanwhile. */
    private long lock(Connection connection, PresenceStatements statements) throws SQLException {
        if (last != 0) {
            PresenceStatements.Lock again = statements.lock(connection, last);
            if (again.isOurs() && again.isRegistered()) {
                return last;
            }
        }
        last = random.nextLong(1, Long.MAX_VALUE);
        if (!statements.lock(connection, last).isOurs()) {
            throw new SQLException("the number " + last + " is taken");
        }
        return last;
    }

    private void rest() {
        try {
            boolean unused = alarm.sleep(BEAT);
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        }
    }
}
