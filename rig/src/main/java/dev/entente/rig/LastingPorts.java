package dev.entente.rig;

import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports for processes that come back to them. Those that the system hands out for outgoing connections (from 32768 on,
 * Linux) would not do: while a process is away one of them may be given to somebody else, even to whoever dials it.
 */
public final class LastingPorts {
    private static final int LEAST = 12_000;
    private static final int MOST = 32_000;

    /** Marks the ports given, for every JVM of this machine, as long as this one runs: UDP's port of that number is taken. */
    private static final Map<Integer, DatagramSocket> GIVEN = new ConcurrentHashMap<>();

    private LastingPorts() {}

    /** One that is free now, and that neither this JVM nor another one that runs was given before. */
    public static int next() {
        while (true) {
            int port = ThreadLocalRandom.current().nextInt(LEAST, MOST);
            if (isMarked(port) && Ports.orAny(port) != 0) {
                return port;
            }
        }
    }

    private static boolean isMarked(int port) {
        try {
            return GIVEN.put(port, new DatagramSocket(port, InetAddress.getLoopbackAddress())) == null;
        } catch (SocketException taken) {
            return false;
        }
    }
}
