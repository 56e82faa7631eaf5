package dev.entente.outbox;

import dev.entente.jdbc.BorrowedConnection;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs rounds on one thread and one connection, which is reopened when it breaks. A round is one transaction: it
 * records ended deliveries, and claims messages. A round waits neither for calls nor for open transactions. Deliveries
 * continue concurrently, and their results are kept in memory until they are recorded.
 */
final class RelayLoop implements Runnable {
    private static final Duration LONGEST_REST = Duration.ofSeconds(5);
    private static final Logger LOG = LoggerFactory.getLogger(RelayLoop.class);
    private static final Duration SOON = Duration.ofMillis(200);
    private static final int FEW = 16;
    private static final long GATHER_MICROS = 1000;
    /** The limit of payloads in memory. A claim may exceed it by one message, and by the followers of keys. */
    private static final long MAX_PAYLOAD_BYTES = 64L << 20;

    private static final int MAX_FOLLOWERS = 100;
    private static final int MAX_ALARMS = 10_000;

    private final DataSource dataSource;
    private final RelaySettings settings;
    private final Carriers carriers;
    private final Circuits circuits;
    private final Deliveries deliveries;
    private final FailedAttempts failedAttempts;
    private final WakeUp wakeUp;
    private final BooleanSupplier isClosing;
    /**
     * The number of the last claim. Each claim has its own number, so a late result of an expired claim is not
     * recorded.
     */
    private long lastClaim = new SecureRandom().nextLong();

    private final AtomicLong retries = new AtomicLong();
    private final AtomicLong failedRounds = new AtomicLong();
    private final Queue<Chain> ended = new ConcurrentLinkedQueue<>();
    private final List<Chain> unsettled = new ArrayList<>();
    /** Times at which messages that failed here are due again. Other relays find these messages by polling. */
    private final PriorityQueue<Long> alarms = new PriorityQueue<>();
    /** The start of the first database access that has not succeeded yet; 0 if all accesses have succeeded. */
    private volatile long unsuccessfulSinceNanos;

    private int failures;
    private long closingSinceNanos;

    RelayLoop(
            DataSource dataSource,
            RelaySettings settings,
            Carriers carriers,
            WakeUp wakeUp,
            BooleanSupplier isClosing) {
        this.dataSource = dataSource;
        this.settings = settings;
        this.carriers = carriers;
        this.wakeUp = wakeUp;
        this.isClosing = isClosing;
        circuits = new Circuits(settings.inFlight(), settings.retry(), RandomGenerator.getDefault());
        deliveries = new Deliveries(carriers, circuits, () -> !isClosing.getAsBoolean(), this::report);
        failedAttempts = new FailedAttempts(settings, RandomGenerator.getDefault());
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

    int openCircuits() {
        return circuits.open();
    }

    /** Returns how long this relay has failed to use its database; zero while it succeeds. */
    Duration silentFor() {
        long since = unsuccessfulSinceNanos;
        return since == 0 ? Duration.ZERO : Duration.ofNanos(Math.max(0, System.nanoTime() - since));
    }

    @Override
    public void run() {
        while (!hasEnded()) {
            troubled();
            try (BorrowedConnection borrowed = BorrowedConnection.from(dataSource, settings.databaseTimeout())) {
                rounds(borrowed.connection());
            } catch (InterruptedException closing) {
                return;
            } catch (SQLException | RuntimeException | Error broken) { // due messages stay due after any failure
                if (!restAfter(broken)) {
                    return;
                }
            }
        }
    }

    private void rounds(Connection connection) throws SQLException, InterruptedException {
        connection.setAutoCommit(false);
        OutboxRows rows = OutboxRows.on(connection);
        while (!hasEnded()) {
            Duration pause = round(connection, rows);
            if (!pause.isZero() && !hasEnded()) {
                boolean unused = wakeUp.sleep(pause);
                gather();
            }
        }
    }

    /** Waits a millisecond if many deliveries are in flight, so that one round records more results together. */
    private void gather() throws InterruptedException {
        if (deliveries.inFlightCount() > FEW) {
            TimeUnit.MICROSECONDS.sleep(GATHER_MICROS);
        }
    }

    /**
     * Runs one round, and returns how long to sleep after it. A round with results commits durably. A round that only
     * claims need not commit durably, because a lost claim only costs a repetition.
     */
    private Duration round(Connection connection, OutboxRows rows) throws SQLException {
        troubled();
        long began = System.nanoTime();
        for (Chain chain = ended.poll(); chain != null; chain = ended.poll()) {
            unsettled.add(chain);
        }
        rows.begin(settings.databaseTimeout());
        List<OutboxRows.Failed> failed = unsettled.isEmpty() ? List.of() : settle(rows);
        Claim claim = isClosing.getAsBoolean() ? Claim.NONE : claim(rows);
        if (unsettled.isEmpty()) {
            rows.commitAsynchronously();
        }
        try {
            connection.commit();
        } catch (SQLException | RuntimeException broken) {
            unsettled.addAll(claim.chains()); // the commit may have succeeded, so the claims are given back
            throw broken;
        }
        unsettled.clear();
        while (!alarms.isEmpty() && alarms.element() - began <= 0) {
            alarms.remove(); // this round has looked for these messages
        }
        failed.forEach(this::count);
        claim.chains().forEach(deliveries::start);
        if (failures > 0) {
            LOG.info("relaying the outbox works again after {} failures", failures);
            failures = 0;
        }
        unsuccessfulSinceNanos = 0;
        return claim.mayBeMore() ? Duration.ZERO : pause(rows, !claim.chains().isEmpty());
    }

    /** Records the results of chains, and makes the next messages of their keys due. Returns the failures. */
    private List<OutboxRows.Failed> settle(OutboxRows rows) throws SQLException {
        Set<Chain> ours = rows.ours(unsettled);
        List<String> delivered = new ArrayList<>();
        List<String> unattempted = new ArrayList<>();
        List<OutboxRows.Failed> failed = new ArrayList<>();
        List<String> movedOn = new ArrayList<>();
        for (Chain chain : unsettled) {
            if (!ours.contains(chain)) {
                LOG.debug("the claim of message {} had expired, and the message is delivered again", chain.firstId());
            } else if (chain.isUnattempted()) {
                unattempted.add(chain.firstId());
            } else {
                delivered.addAll(chain.deliveredIds());
                chain.failure().map(failedAttempts::failed).ifPresent(failed::add);
                if (chain.hasMovedOn() && chain.key() != null) {
                    movedOn.add(chain.key());
                }
            }
        }
        rows.moveToSent(delivered, OutboxRows.End.SENT);
        rows.failed(failed);
        rows.giveBack(unattempted);
        rows.makeNextDue(movedOn);
        return failed;
    }

    private void count(OutboxRows.Failed failed) {
        if (failed.pause() == null) {
            int attempts = failed.message().attempts() + 1;
            LOG.warn("{} is parked after {} attempts: {}", failed.message(), attempts, failed.error());
            return;
        }
        retries.incrementAndGet();
        if (alarms.size() < MAX_ALARMS) {
            alarms.add(System.nanoTime() + failed.pause().toNanos());
        }
    }

    /**
     * The messages that belong to this relay as soon as the transaction is committed.
     *
     * @param mayBeMore whether the round found due messages that must wait, so that the next round may find other due
     *     messages
     */
    private record Claim(List<Chain> chains, boolean mayBeMore) {
        static final Claim NONE = new Claim(List.of(), false);
    }

    private Claim claim(OutboxRows rows) throws SQLException {
        long startUntil = System.nanoTime() + settings.longestInMemory().toNanos();
        Set<String> blocked = new LinkedHashSet<>();
        List<String> taken = new ArrayList<>();
        long bytes = deliveries.payloadBytes();
        for (OutboxRows.Due row :
                rows.due(circuits.capacities(), circuits.capacityElsewhere(), carriers.destinations())) {
            if (!row.isFirst()) {
                blocked.add(OutboxRows.string(row.key()));
            } else if (!deliveries.isInFlight(row.id())
                    && (taken.isEmpty() || bytes + row.payloadBytes() <= MAX_PAYLOAD_BYTES)) {
                taken.add(row.id());
                bytes += row.payloadBytes();
            }
        }
        if (!blocked.isEmpty()) {
            rows.makeOthersWait(blocked);
        }
        List<Claimed> first = rows.take(++lastClaim, settings.claim(), taken);
        List<Claimed> followers = rows.followers(first, MAX_FOLLOWERS);
        return new Claim(Chain.of(first, followers, lastClaim, startUntil), !blocked.isEmpty());
    }

    private Duration pause(OutboxRows rows, boolean hasClaimed) {
        Duration pause = circuits.untilProbe(settings.poll(!rows.isMaria()));
        if (!alarms.isEmpty()) {
            pause = shorter(pause, Duration.ofNanos(Math.max(0, alarms.element() - System.nanoTime())));
        }
        return hasClaimed || isClosing.getAsBoolean() ? shorter(pause, SOON) : pause;
    }

    private void report(Chain chain) {
        ended.add(chain);
        wakeUp.call();
    }

    /**
     * Returns whether the loop must end: after a close, when all results are recorded, and at the latest after a call
     * timeout.
     */
    private boolean hasEnded() {
        if (!isClosing.getAsBoolean()) {
            return false;
        }
        closingSinceNanos = closingSinceNanos == 0 ? System.nanoTime() : closingSinceNanos;
        boolean isOver = System.nanoTime() - closingSinceNanos
                > settings.callTimeout().plus(Carriers.GRACE).toNanos();
        return isOver || (deliveries.inFlightCount() == 0 && ended.isEmpty() && unsettled.isEmpty());
    }

    private void troubled() {
        if (unsuccessfulSinceNanos == 0) {
            unsuccessfulSinceNanos = Math.max(1, System.nanoTime());
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
            Duration bound = shorter(settings.retry().boundAfter(failures), LONGEST_REST);
            boolean unused =
                    wakeUp.sleep(Duration.ofNanos(ThreadLocalRandom.current().nextLong(bound.toNanos() + 1)));
            return true;
        } catch (InterruptedException closing) {
            return false;
        }
    }
}
