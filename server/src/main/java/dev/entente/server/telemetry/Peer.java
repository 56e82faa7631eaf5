package dev.entente.server.telemetry;

import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Arrays;
import java.util.HexFormat;

/** Names the peer of a connection for limits: an address, or for IPv6 a 64-bit network, which one host may have. */
public final class Peer {
    private static final int NETWORK_BYTES = 8;

    private Peer() {}

    /** Returns an equal text for all connections of one peer. */
    public static String of(SocketAddress address) {
        if (!(address instanceof InetSocketAddress inet) || inet.isUnresolved()) {
            return "local";
        }
        byte[] bytes = inet.getAddress().getAddress();
        boolean isNetwork = inet.getAddress() instanceof Inet6Address;
        return HexFormat.of().formatHex(isNetwork ? Arrays.copyOf(bytes, NETWORK_BYTES) : bytes);
    }
}
