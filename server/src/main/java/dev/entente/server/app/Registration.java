package dev.entente.server.app;

import dev.entente.core.transaction.ErrorCode;
import dev.entente.server.engine.incarnation.FirstRenewal;
import dev.entente.server.engine.incarnation.Session;
import dev.entente.server.store.ClusterIdentity;
import dev.entente.server.store.Database;
import dev.entente.server.store.Membership;
import dev.entente.server.store.StartupFailure;
import dev.entente.server.store.admin.Failover;
import dev.entente.server.store.writer.Incarnations;
import dev.entente.server.store.writer.PostgresTransactionStore;
import dev.entente.server.telemetry.Metrics;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntSupplier;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Registers this process with the database, once for each of its incarnations. Thread-safe. */
final class Registration {
    private static final Logger log = LoggerFactory.getLogger(Registration.class);

    private final Database database;
    private final String node;
    private final String address;
    private final Duration lease;
    private final Executor results;
    private final Metrics metrics;
    private final AtomicReference<@Nullable Incarnations> current = new AtomicReference<>();
    private volatile ClusterIdentity cluster = Failover.NONE;
    private volatile IntSupplier writes = () -> 0;
    private volatile boolean isFirst = true;
    private volatile LongConsumer onEnded = _ -> {};

    /**
     * @param address at which other coordinators reach this coordinator
     * @param results the executor that completes the store's futures
     */
    Registration(Database database, String node, String address, Duration lease, Executor results, Metrics metrics) {
        this.database = database;
        this.node = node;
        this.address = address;
        this.lease = lease;
        this.results = results;
        this.metrics = metrics;
    }

    /** Sets the listener that is called when the database has ended an incarnation. */
    void whenEnded(LongConsumer reported) {
        onEnded = reported;
    }

    /**
     * Registers a new incarnation. Blocks on a separate virtual thread; the future fails with {@link StartupFailure},
     * for the first incarnation also with ENT-078.
     */
    CompletableFuture<Session> next() {
        CompletableFuture<Session> session = new CompletableFuture<>();
        Thread.ofVirtual().name("entente-register").start(() -> {
            try {
                session.complete(register());
            } catch (RuntimeException | Error failed) {
                session.completeExceptionally(failed); // otherwise the caller would wait forever
            }
        });
        return session;
    }

    private Session register() {
        ClusterIdentity found = new Failover(database).settle(cluster);
        cluster = found;
        Incarnations me = Incarnations.register(database, found, node, address, Version.text(), results);
        try {
            if (isFirst) {
                refuseLivingNamesake(me);
                isFirst = false;
            }
            FirstRenewal renewal = FirstRenewal.of(me, System::nanoTime, System::currentTimeMillis);
            PostgresTransactionStore store =
                    PostgresTransactionStore.open(database, found, me, results, metrics, () -> ended(me.incarnation()));
            current.set(me);
            writes = store::waiting;
            return new Session(store, me, renewal, () -> closeBeside(store, me));
        } catch (RuntimeException failed) {
            letGo(me, failed);
            throw failed;
        }
    }

    /** Always closes the connections: an open connection would hold the lock of an unused incarnation. */
    private static void letGo(Incarnations me, RuntimeException why) {
        try {
            me.retire().join();
        } catch (RuntimeException unanswered) {
            why.addSuppressed(unanswered); // others wait for the lease
        } finally {
            me.close();
        }
    }

    /** Closes on another thread, because closing may block and the caller may be an event loop. */
    private static void closeBeside(PostgresTransactionStore store, Incarnations me) {
        Thread.ofVirtual().name("entente-close").start(() -> {
            try {
                store.close();
            } finally {
                me.close(); // always, because it holds the lock that marks the process as alive
            }
        });
    }

    private void ended(long incarnation) {
        log.warn("the database failed over: this coordinator stops writing and registers again");
        onEnded.accept(incarnation);
    }

    /**
     * Refuses to start while another live coordinator has this name. Ignores a namesake that has ended, or has sent no
     * heartbeat for a lease: its transactions will be taken over.
     */
    private void refuseLivingNamesake(Incarnations me) {
        for (Membership.Peer peer : me.peers().join()) {
            boolean isNamesake =
                    peer.node().equals(node) && peer.incarnation() != me.incarnation() && peer.deadAt() == null;
            if (isNamesake && !me.isProcessGone(peer.incarnation()).join() && beats(me, peer)) {
                throw new StartupFailure(
                        ErrorCode.NODE_ALIVE,
                        "another live coordinator at " + peer.address() + " has the node name '" + node
                                + "'; stop that coordinator, or give this coordinator another name with --node",
                        null);
            }
        }
    }

    private boolean beats(Incarnations me, Membership.Peer seen) {
        long until = System.nanoTime() + lease.toNanos();
        while (System.nanoTime() < until) {
            List<Membership.Peer> peers = me.peers().join();
            boolean isGone =
                    peers.stream().noneMatch(peer -> peer.incarnation() == seen.incarnation() && peer.deadAt() == null);
            if (isGone || me.isProcessGone(seen.incarnation()).join()) {
                return false;
            }
            if (peers.stream()
                    .anyMatch(peer -> peer.incarnation() == seen.incarnation() && peer.beat() != seen.beat())) {
                return true;
            }
            LockSupport.parkNanos(lease.toNanos() / 20);
        }
        return false;
    }

    /** Returns the latest incarnation, dead or alive; empty before the first. */
    OptionalLong incarnation() {
        Incarnations membership = current.get();
        return membership == null ? OptionalLong.empty() : OptionalLong.of(membership.incarnation());
    }

    /** Returns the number of writes that wait for a commit. */
    int waitingWrites() {
        return writes.getAsInt();
    }

    /** Returns the database's identity at the last registration. */
    ClusterIdentity cluster() {
        return cluster;
    }

    /** Reads the coordinators on this database; fails while this coordinator has no incarnation. */
    CompletableFuture<List<Membership.Peer>> peers() {
        Membership membership = current.get();
        return membership == null
                ? CompletableFuture.failedFuture(new IllegalStateException("this coordinator is not registered"))
                : membership.peers();
    }
}
