package dev.entente.backends;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports for servers that come back to them. Those that the system hands out for outgoing connections (from 32768 on,
 * Linux) would not do: while a server is away, one of them may be given to somebody else.
 */
final class LoopbackPorts {
    private static final int LEAST = 12_000;
    private static final int MOST = 32_000;

    private static final Set<Integer> GIVEN = ConcurrentHashMap.newKeySet();

    private LoopbackPorts() {}

    /** One that is free now, and that nobody in this process was given before. */
    static int next() {
        while (true) {
            int port = ThreadLocalRandom.current().nextInt(LEAST, MOST);
            if (isFree(port) && GIVEN.add(port)) {
                return port;
            }
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
