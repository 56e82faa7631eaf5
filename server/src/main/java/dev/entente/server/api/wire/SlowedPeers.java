package dev.entente.server.api.wire;

import dev.entente.server.telemetry.Peer;
import java.net.SocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Peers that had a connection closed for a flood. What they open next is accepted, and read later: a flood that is
 * begun again on another connection waits, and so do others behind the same address, who are not refused. Thread-safe.
 */
final class SlowedPeers {
    private static final int PAUSE_SECONDS = 10;
    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(PAUSE_SECONDS);
    /** Else all that have waited would flood together. */
    private static final long DISTANCE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private static final int MAX_PEERS = 10_000;

    private final LongSupplier nanos;
    private final Map<String, Long> nextByPeer = new ConcurrentHashMap<>();

    SlowedPeers(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** Has the next connections of a peer read later. It is let go where too many are slowed. */
    void slow(SocketAddress address) {
        long now = nanos.getAsLong();
        if (nextByPeer.size() >= MAX_PEERS) {
            nextByPeer.values().removeIf(next -> next - now <= 0);
        }
        if (nextByPeer.size() < MAX_PEERS) {
            long next = now + PAUSE_NANOS;
            nextByPeer.merge(Peer.of(address), next, (before, after) -> before - after > 0 ? before : after);
        }
    }

    /** Returns how long a connection that a peer has just opened is not read; mostly zero. */
    long pauseNanos(SocketAddress address) {
        if (nextByPeer.isEmpty()) {
            return 0;
        }
        long now = nanos.getAsLong();
        AtomicLong pause = new AtomicLong();
        nextByPeer.computeIfPresent(Peer.of(address), (_, next) -> {
            pause.set(Math.max(0, next - now));
            return next - now > 0 ? next + DISTANCE_NANOS : null;
        });
        return pause.get();
    }
}
