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
 * Chooses ports for servers that restart on the same port. The ports are outside of Linux's range for outgoing
 * connections (from 32768 on), from which another process could get a stopped server's port. Thread-safe.
 */
public final class LoopbackPorts {
    private static final int LEAST = 12_000;
    private static final int MAX = 32_000;

    /** UDP sockets on the assigned port numbers. They reserve the numbers against other JVMs while this JVM runs. */
    private static final Map<Integer, DatagramSocket> GIVEN = new ConcurrentHashMap<>();

    private LoopbackPorts() {}

    /** Returns a port that is free now and that this class assigned to no JVM that still runs. */
    public static int next() {
        return nextAnd(0);
    }

    /** Returns a port as {@link #next} does, and also reserves the port at that distance. */
    static int nextAnd(int distance) {
        while (true) {
            int port = ThreadLocalRandom.current().nextInt(LEAST, MAX);
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
