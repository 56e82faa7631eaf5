package dev.entente.backends;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports for servers that come back to them. Those that the system hands out for outgoing connections (from 32768 on,
 * Linux) would not do: while a server is away, one of them may be given to somebody else. Thread-safe.
 */
public final class LoopbackPorts {
    private static final int LEAST = 12_000;
    private static final int MOST = 32_000;

    /** UDP's ports of the numbers given. While this JVM runs, they keep every other one from taking these numbers. */
    private static final Map<Integer, DatagramSocket> GIVEN = new ConcurrentHashMap<>();

    private LoopbackPorts() {}

    /** Returns a port that is free now, and that no JVM was given here which still runs. */
    public static int next() {
        return nextAnd(0);
    }

    /** Returns a port as {@link #next} does, and reserves the one at that distance too. */
    static int nextAnd(int distance) {
        while (true) {
            int port = ThreadLocalRandom.current().nextInt(LEAST, MOST);
            if (isReserved(port) && (distance == 0 || isReserved(port + distance))) {
                return port;
            }
        }
    }

    private static boolean isReserved(int port) {
        try {
            DatagramSocket mark = new DatagramSocket(port, InetAddress.getLoopbackAddress());
            GIVEN.put(port, mark);
            return isFree(port);
        } catch (SocketException taken) {
            return false;
        }
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return socket.isBound();
        } catch (IOException taken) {
            return false;
        }
    }
}
