package dev.entente.server.api.wire;

import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts the open connections of each peer, and of all. A peer is an address; of IPv6 a network of 64 bits, for one
 * host may have all addresses of it. Thread-safe.
 */
final class ConnectionCounts {
    private static final int NETWORK_BYTES = 8;

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
        String peer = peer(address);
        if (byPeer.merge(peer, 1, Integer::sum) > mostPerPeer) {
            leave(address);
            return false;
        }
        return true;
    }

    /** Counts one less. */
    void leave(SocketAddress address) {
        all.decrementAndGet();
        byPeer.computeIfPresent(peer(address), (_, open) -> open == 1 ? null : open - 1);
    }

    private static String peer(SocketAddress address) {
        if (!(address instanceof InetSocketAddress inet)) {
            return "local";
        }
        byte[] bytes = inet.getAddress().getAddress();
        boolean isNetwork = inet.getAddress() instanceof Inet6Address;
        return HexFormat.of().formatHex(isNetwork ? Arrays.copyOf(bytes, NETWORK_BYTES) : bytes);
    }
}
