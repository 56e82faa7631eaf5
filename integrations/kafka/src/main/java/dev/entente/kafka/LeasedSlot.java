package dev.entente.kafka;

import dev.entente.jdbc.BorrowedConnection;
import dev.entente.jdbc.OwnTransaction;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One of a fixed number of slots, leased in the service's own database and renewed on a separate thread. Any process
 * fences and frees the slots of dead holders, so that their open transactions do not block consumers for long.
 */
final class LeasedSlot implements ProducerSlot {
    static final Duration LEASE = Duration.ofSeconds(15);
    private static final Duration RENEWED_EVERY = Duration.ofSeconds(3);
    private static final Duration LONGEST_ANSWER = Duration.ofSeconds(5);
    private static final Logger LOG = LoggerFactory.getLogger(LeasedSlot.class);

    private final DataSource dataSource;
    private final SlotStatements statements;
    private final int slots;
    private final IntConsumer fence;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Thread keeping;
    private volatile @Nullable Lease lease;
    private boolean isTroubled;

    /** The lease by this process's clock, measured from before the request. */
    private record Lease(int slot, long untilNanos) {
        boolean holds() {
            return System.nanoTime() - untilNanos < 0;
        }
    }

    /**
     * Begins to look for a slot.
     *
     * @param fence ends the open transaction of a dead holder's producer; may block, and throw
     */
    LeasedSlot(DataSource dataSource, String name, int slots, IntConsumer fence) {
        this.dataSource = dataSource;
        this.statements = new SlotStatements(name, UUID.randomUUID().toString(), LEASE);
        this.slots = slots;
        this.fence = fence;
        keeping = new Thread(this::keep, "entente-kafka-slot");
        keeping.setDaemon(true);
        keeping.start();
    }

    @Override
    public OptionalInt held() {
        Lease now = lease;
        return now != null && now.holds() ? OptionalInt.of(now.slot()) : OptionalInt.empty();
    }

    @Override
    public void close() {
        closing.countDown();
        try {
            keeping.join(2 * LONGEST_ANSWER.toMillis());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        lease = null;
    }

    private void keep() {
        do {
            try {
                renewOrTake();
                isTroubled = false;
            } catch (SQLException | RuntimeException broken) { // the lease expires by itself, and the next try may help
                troubled(broken);
            }
        } while (!isClosingWithin(RENEWED_EVERY));
        giveBack();
    }

    private void troubled(Exception broken) {
        if (isTroubled) {
            LOG.debug("still cannot keep a slot for a Kafka producer", broken);
        } else {
            LOG.warn("cannot keep a slot for a Kafka producer, retrying: {}", broken.getMessage());
        }
        isTroubled = true;
    }

    private void renewOrTake() throws SQLException {
        long askedNanos = System.nanoTime();
        Lease before = lease;
        try (BorrowedConnection borrowed = BorrowedConnection.from(dataSource, LONGEST_ANSWER)) {
            Connection connection = borrowed.connection();
            int slot = OwnTransaction.on(connection, () -> renewedOrNew(connection, before));
            lease = slot < 0 ? null : new Lease(slot, askedNanos + LEASE.toNanos());
            if (slot < 0) {
                LOG.warn("all {} slots for Kafka producers are held; configure more, or run fewer relays", slots);
            }
            freeDead(connection);
        }
    }

    /** Returns a slot, or -1 if there is none. */
    private int renewedOrNew(Connection connection, @Nullable Lease before) throws SQLException {
        if (before != null && statements.renew(connection, before.slot())) {
            return before.slot();
        }
        for (int slot = 0; slot < slots; slot++) {
            if (statements.takeNew(connection, slot)) {
                return slot;
            }
        }
        return -1;
    }

    /**
     * Fences before the row is deleted, because no process looks after a slot without a row. Handles one slot at a
     * time, so that brokers without an answer do not cost this process its own lease.
     */
    private void freeDead(Connection connection) throws SQLException {
        List<Integer> dead = OwnTransaction.on(connection, () -> statements.expired(connection));
        if (!dead.isEmpty()) {
            int slot = dead.get(0);
            if (OwnTransaction.on(connection, () -> statements.takeExpired(connection, slot))) {
                fence.accept(slot);
                OwnTransaction.on(connection, () -> {
                    statements.giveBack(connection, slot);
                    return slot;
                });
            }
        }
    }

    private void giveBack() {
        Lease last = lease;
        lease = null;
        if (last == null) {
            return;
        }
        try (BorrowedConnection borrowed = BorrowedConnection.from(dataSource, LONGEST_ANSWER)) {
            Connection connection = borrowed.connection();
            OwnTransaction.on(connection, () -> {
                statements.giveBack(connection, last.slot());
                return last.slot();
            });
        } catch (SQLException | RuntimeException broken) { // then the lease expires by itself
            LOG.debug("could not release a slot", broken);
        }
    }

    private boolean isClosingWithin(Duration wait) {
        try {
            return closing.await(wait.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException interrupted) {
            return true;
        }
    }
}
