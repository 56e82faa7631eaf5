package dev.entente.server.api.wire;

import dev.entente.server.telemetry.Peer;
import java.net.SocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts the open connections of each peer, and of all; or its calls. A peer is an address; of IPv6 a network of 64
 * bits, for one host may have all addresses of it. Thread-safe.
 */
final class ConnectionCounts {
    private final int mostPerPeer;
    private final int mostInAll;
    private final Map<String, Integer> byPeer = new ConcurrentHashMap<>();
    private final AtomicInteger all = new AtomicInteger();

    ConnectionCounts(int mostPerPeer, int mostInAll) {
        this.mostPerPeer = mostPerPeer;
        this.mostInAll = mostInAll;
    }

    /**
     * Counts one more.
     *
     * @return false, and it is not counted, where that is too many
     */
    boolean enter(SocketAddress address) {
        if (all.incrementAndGet() > mostInAll) {
            all.decrementAndGet();
            return false;
        }
        String peer = Peer.of(address);
        if (byPeer.merge(peer, 1, Integer::sum) > mostPerPeer) {
            leave(address);
            return false;
        }
        return true;
    }

    int inAll() {
        return all.get();
    }

    /** Counts one less. */
    void leave(SocketAddress address) {
        all.decrementAndGet();
        byPeer.computeIfPresent(Peer.of(address), (_, open) -> open == 1 ? null : open - 1);
    }
}
