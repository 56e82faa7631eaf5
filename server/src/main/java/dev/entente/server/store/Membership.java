package dev.entente.server.store;

import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The incarnations of coordinators on one database. Thread-safe; nothing blocks. */
public interface Membership {

    /**
     * One incarnation as the table says.
     *
     * @param beat grows with each renewal
     * @param deadAt when it was declared dead, or null
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
     * @param isAlive false: this incarnation was declared dead; it must drop everything at once
     * @param databaseNow the database's clock
     */
    record Renewal(boolean isAlive, Instant databaseNow) {}

    /**
     * Raises this incarnation's beat, on a connection that no write can hold up; takes its session lock again first,
     * where it was lost. Fails where that is not to be had.
     */
    CompletableFuture<Renewal> renew();

    /**
     * Tells as soon as it is known that the session lock is lost: from then on a namesake may take this process for
     * gone. Where there is no lock to lose, nobody is ever told.
     *
     * @param told on any thread; must not block
     */
    default void whenLockLost(Runnable told) {}

    /** All incarnations that own rows or are not dead. Where any died of late, it reads the open transactions. */
    CompletableFuture<List<Peer>> peers();

    /** All incarnations that are not dead. */
    default CompletableFuture<List<Peer>> living() {
        return peers().thenApply(peers ->
                peers.stream().filter(peer -> peer.deadAt() == null).toList());
    }

    /** Declares an incarnation dead if its beat still stands where it was last seen; whether it is dead now. */
    CompletableFuture<Boolean> declareDead(long incarnation, long lastSeenBeat);

    /** Tells whether the session advisory lock of that incarnation is free: its process is gone. */
    CompletableFuture<Boolean> isProcessGone(long incarnation);

    /** Declares this incarnation itself dead, at the end of a drain. */
    CompletableFuture<Void> retire();
}
