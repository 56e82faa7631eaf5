package dev.entente.server.api.wire;

import dev.entente.server.telemetry.Peer;
import java.net.SocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Spaces out the connections that one peer opens. What comes too fast is accepted, and its handshake is read later: a
 * signature costs this coordinator a hundred times what it costs to ask for one. Thread-safe.
 *
 * <p>It is the generic cell rate algorithm of ATM (ITU-T I.371): one number for each peer, the time by which all that
 * it has opened would have come at the permitted rate.
 */
final class ConnectionPace {
    /** The clients behind one address may all come back at once. */
    private static final int BURST = 200;

    private static final int PER_SECOND = 50;
    private static final long DISTANCE_NANOS = TimeUnit.SECONDS.toNanos(1) / PER_SECOND;
    /** A client whose keep-alive is too short comes again a few times, until it has learnt. */
    private static final int PINGED_OUT = 50;

    private static final int PAUSE_SECONDS = 10;
    private static final long BURST_NANOS = BURST * DISTANCE_NANOS;
    /** Seven hundred pass within it, most of what one peer may have open by default. */
    private static final long DEBT_NANOS = BURST_NANOS + TimeUnit.SECONDS.toNanos(PAUSE_SECONDS);

    private static final int MAX_PEERS = 10_000;

    private final LongSupplier nanos;
    private final Map<String, Long> dueByPeer = new ConcurrentHashMap<>();

    ConnectionPace(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** Counts a connection, and returns how long it is not read; mostly zero. Where too many peers come, it is zero. */
    long pauseNanos(SocketAddress address) {
        return count(address, 1);
    }

    /** Counts a connection that was closed because of its PINGs as many. */
    void pingedOut(SocketAddress address) {
        count(address, PINGED_OUT);
    }

    private long count(SocketAddress address, int connections) {
        long now = nanos.getAsLong();
        if (dueByPeer.size() >= MAX_PEERS) {
            dueByPeer.values().removeIf(due -> due - now <= 0);
        }
        String peer = Peer.of(address);
        if (dueByPeer.size() >= MAX_PEERS && !dueByPeer.containsKey(peer)) {
            return 0;
        }
        AtomicLong due = new AtomicLong(now);
        dueByPeer.compute(peer, (_, before) -> {
            long from = before == null || before - now < 0 ? now : before;
            due.set(now + Math.min(DEBT_NANOS, from - now + connections * DISTANCE_NANOS));
            return due.get();
        });
        return Math.max(0, due.get() - now - BURST_NANOS);
    }
}
