package dev.entente.outbox;

import dev.entente.jdbc.BoundedConnections;
import dev.entente.jdbc.OwnTransaction;
import dev.entente.outbox.presence.Presence;
import dev.entente.outbox.presence.WakeUp;
import dev.entente.outbox.presence.WatchedConnection;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Round after round on one thread and one connection, which it opens again when it breaks. Deliveries go on beside it;
 * what they came to is kept until it is written down.
 */
final class RelayLoop implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(RelayLoop.class);
    private static final Duration SOON = Duration.ofMillis(200);
    private static final int FEW = 16;
    private static final long GATHER_MICROS = 1000;
    private static final long RECHECK_EVERY_NANOS = 1_000_000_000L;

    private final WatchedConnection watched;
    private final RelaySettings settings;
    private final Presence presence;
    private final Circuits circuits;
    private final Deliveries deliveries;
    private final OutboxSettling settling;
    private final WakeUp wakeUp;
    private final BooleanSupplier isClosing;
    private final AtomicLong retries = new AtomicLong();
    private final AtomicLong failedRounds = new AtomicLong();
    private final Queue<EndedChain> ended = new ConcurrentLinkedQueue<>();
    private final List<EndedChain> unsettled = new ArrayList<>();
    private final List<Round.Doubt> doubts = new ArrayList<>();
    /** When this relay last began something in its database that has not succeeded yet; 0 if all has. */
    private volatile long troubledSinceNanos;

    private Duration poll = Duration.ZERO;
    private int failures;
    private long registered;
    private boolean hasNotedKeys;
    private long recheckAgainNanos = System.nanoTime();
    private long closingSinceNanos;

    RelayLoop(
            BoundedConnections connections,
            RelaySettings settings,
            Carriers carriers,
            Presence presence,
            WakeUp wakeUp,
            BooleanSupplier isClosing) {
        this.watched = new WatchedConnection(connections);
        this.settings = settings;
        this.presence = presence;
        this.wakeUp = wakeUp;
        this.isClosing = isClosing;
        circuits = new Circuits(settings.inFlight(), settings.retry(), RandomGenerator.getDefault());
        deliveries = new Deliveries(carriers, circuits, this::mayStart, this::tell);
        settling = new OutboxSettling(settings, RandomGenerator.getDefault());
    }

    WatchedConnection connection() {
        return watched;
    }

    long retries() {
        return retries.get();
    }

    long failedRounds() {
        return failedRounds.get();
    }

    long caught() {
        return deliveries.caught();
    }

    int underWay() {
        return deliveries.underWay();
    }

    int openCircuits() {
        return circuits.open();
    }

    /** How long this relay has not got through to its database; zero while it does. */
    Duration silentFor() {
        long since = troubledSinceNanos;
        return since == 0 ? Duration.ZERO : Duration.ofNanos(Math.max(0, System.nanoTime() - since));
    }

    @Override
    public void run() {
        while (!hasEnded()) {
            try {
                troubled();
                watched.use(this::rounds);
            } catch (InterruptedException closing) {
                return;
            } catch (SQLException | RuntimeException | Error broken) { // whatever it was, what is due stays due
                if (!restAfter(broken)) {
                    return;
                }
            }
        }
    }

    private void rounds(Connection connection) throws SQLException, InterruptedException {
        connection.setAutoCommit(false);
        OutboxStatements statements = OutboxStatements.of(connection);
        poll = settings.poll(statements.notifies());
        Claiming claiming = new Claiming(statements, circuits, deliveries);
        Round round = new Round(statements, connection, settling, claiming, settings.databaseTimeout());
        while (!hasEnded()) {
            Duration pause = round(connection, statements, round);
            if (!pause.isZero() && !hasEnded()) {
                boolean unused = wakeUp.sleep(pause);
                gather();
            }
        }
        leave(connection, statements);
    }

    /**
     * Waits a moment if many deliveries are under way. More of them will have ended by then, and one round settles them
     * together.
     */
    private void gather() throws InterruptedException {
        if (deliveries.underWay() > FEW) {
            TimeUnit.MICROSECONDS.sleep(GATHER_MICROS);
        }
    }

    /** Returns how long to sleep after it. */
    private Duration round(Connection connection, OutboxStatements statements, Round round) throws SQLException {
        troubled();
        for (EndedChain chain = ended.poll(); chain != null; chain = ended.poll()) {
            unsettled.add(chain);
        }
        long relay = isClosing.getAsBoolean() ? 0 : presence.number();
        register(connection, statements, relay);
        Round.Work work = work(relay);
        Round.Outcome outcome = watched.ask(() -> round.run(work));
        commit(connection, outcome);
        settled(work, outcome);
        outcome.claim().chains().forEach(deliveries::start);
        Duration pause = outcome.claim().mayBeMore() ? Duration.ZERO : pause(work, outcome);
        if (failures > 0) {
            LOG.info("relaying the outbox works again after {} failures", failures);
            failures = 0;
        }
        troubledSinceNanos = 0;
        return pause;
    }

    private Round.Work work(long relay) {
        doubts.removeIf(doubt -> deliveries.isUnderWay(doubt.firstId())); // taken again since
        boolean rechecks = relay != 0 && (hasNotedKeys || System.nanoTime() - recheckAgainNanos >= 0);
        return new Round.Work(
                relay,
                rechecks,
                List.copyOf(unsettled),
                presence.dead(),
                List.copyOf(doubts),
                circuits.untilProbe(poll));
    }

    private void register(Connection connection, OutboxStatements statements, long relay) throws SQLException {
        if (relay != 0 && registered != relay) {
            watched.ask(() -> OwnTransaction.on(connection, () -> {
                statements.presence().register(connection, relay);
                return relay;
            }));
            registered = relay;
        }
    }

    /** If it fails, the claim may stand all the same: those rows are given back until it can no longer come. */
    private void commit(Connection connection, Round.Outcome outcome) throws SQLException {
        try {
            watched.ask(() -> {
                connection.commit();
                return true;
            });
        } catch (SQLException | RuntimeException broken) {
            long forgetAt = System.nanoTime() + 2 * settings.databaseTimeout().toNanos();
            for (Chain chain : outcome.claim().chains()) {
                doubts.add(new Round.Doubt(chain.relay(), chain.firstId(), forgetAt));
            }
            throw broken;
        }
    }

    private void settled(Round.Work work, Round.Outcome outcome) {
        unsettled.clear();
        presence.freed(work.dead());
        doubts.removeIf(doubt -> System.nanoTime() - doubt.forgetAtNanos() >= 0);
        for (SettleStatements.Failed failed : outcome.failures()) {
            if (failed.pause() == null) {
                LOG.warn(
                        "{} is parked after {} attempts: {}",
                        failed.message(),
                        failed.message().attempts() + 1,
                        failed.error());
            } else {
                retries.incrementAndGet();
            }
        }
        hasNotedKeys |= outcome.hasNotedKeys();
        if (work.rechecks()) {
            hasNotedKeys = outcome.hasNotedKeys();
            recheckAgainNanos = System.nanoTime() + RECHECK_EVERY_NANOS;
        }
        if (outcome.isDisowned()) {
            presence.lost(work.relay());
        }
    }

    private Duration pause(Round.Work work, Round.Outcome outcome) {
        boolean isSoon =
                !outcome.claim().chains().isEmpty() || hasNotedKeys || !doubts.isEmpty() || isClosing.getAsBoolean();
        Duration longest = isSoon ? shorter(work.longestPause(), SOON) : work.longestPause();
        return outcome.claim().chains().isEmpty() ? shorter(longest, outcome.untilNextDue()) : longest;
    }

    /**
     * Deregisters the relay if nothing is left to settle. Otherwise another relay finds its lock free and delivers the
     * rest again.
     */
    private void leave(Connection connection, OutboxStatements statements) throws SQLException {
        if (registered != 0 && deliveries.underWay() == 0 && unsettled.isEmpty()) {
            watched.ask(() -> OwnTransaction.on(connection, () -> {
                statements.presence().deregister(connection, registered);
                return true;
            }));
        }
    }

    /** While the number is held, that is: what others may have taken over is not attempted any more. */
    private boolean mayStart() {
        return !isClosing.getAsBoolean() && presence.number() != 0;
    }

    private void tell(EndedChain chain) {
        ended.add(chain);
        wakeUp.call();
    }

    /** Not before what is under way has ended and is written down, but after a call timeout in any case. */
    private boolean hasEnded() {
        if (!isClosing.getAsBoolean()) {
            return false;
        }
        closingSinceNanos = closingSinceNanos == 0 ? System.nanoTime() : closingSinceNanos;
        boolean isOver = System.nanoTime() - closingSinceNanos
                > settings.callTimeout().plus(Carriers.GRACE).toNanos();
        return isOver || (deliveries.underWay() == 0 && ended.isEmpty() && unsettled.isEmpty());
    }

    private void troubled() {
        if (troubledSinceNanos == 0) {
            troubledSinceNanos = Math.max(1, System.nanoTime());
        }
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    /** Returns whether to go on. */
    private boolean restAfter(Throwable broken) {
        failures++;
        if (hasEnded()) {
            return false;
        }
        failedRounds.incrementAndGet();
        if (failures == 1) {
            LOG.warn("could not relay the outbox, retrying: {}", broken.getMessage(), broken);
        } else {
            LOG.debug("still could not relay the outbox", broken);
        }
        try {
            long bound = Math.min(settings.retry().boundAfter(failures).toMillis(), 5000);
            boolean unused =
                    wakeUp.sleep(Duration.ofMillis(ThreadLocalRandom.current().nextLong(bound + 1)));
            return true;
        } catch (InterruptedException closing) {
            return false;
        }
    }
}
