package dev.entente.server.store;

import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The incarnations of coordinators on one database. Thread-safe; no method blocks. */
public interface Membership {

    /**
     * One incarnation in the table.
     *
     * @param beat grows with each renewal
     * @param deadAt when the incarnation was declared dead, or null
     */
    record Peer(
            long incarnation,
            String node,
            String address,
            long beat,
            @Nullable Instant deadAt,
            Instant startedAt,
            String version) {}

    /**
     * An answered renewal.
     *
     * @param isAlive false if this incarnation was declared dead and must drop everything at once
     * @param databaseNow the database's clock
     */
    record Renewal(boolean isAlive, Instant databaseNow) {}

    /**
     * Raises this incarnation's beat, on a connection that no write can delay. A lost session lock is taken again
     * first. The renewal fails if the lock is not available.
     */
    CompletableFuture<Renewal> renew();

    /**
     * Registers a callback for the loss of the session lock. After the loss, a process of the same name may assume that
     * this process is gone. Without a lock the callback is never called.
     *
     * @param reported runs on any thread; must not block
     */
    default void whenLockLost(Runnable reported) {}

    /**
     * Returns the incarnations that are not dead, and dead incarnations that own rows. Long after a death, most calls
     * no longer search for these rows.
     */
    CompletableFuture<List<Peer>> peers();

    /** Returns all incarnations that are not dead. */
    default CompletableFuture<List<Peer>> living() {
        return peers().thenApply(peers ->
                peers.stream().filter(peer -> peer.deadAt() == null).toList());
    }

    /** Declares an incarnation dead if its beat equals the last seen one. Returns whether it is dead now. */
    CompletableFuture<Boolean> declareDead(long incarnation, long lastSeenBeat);

    /** Returns whether the session advisory lock of that incarnation is free: its process is gone. */
    CompletableFuture<Boolean> isProcessGone(long incarnation);

    /** Declares this incarnation itself dead, at the end of a drain. */
    CompletableFuture<Void> retire();
}
