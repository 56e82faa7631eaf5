package dev.entente.backends;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Ports for servers that come back to them, and ports where nothing listens. Each process takes them from a block of
 * its own, so that no two JVMs of tests get the same one. Thread-safe.
 *
 * <p>Ports that the system hands out for outgoing connections (from 32768 on, Linux) would not do: while a server is
 * away, one of them may be given to another process.
 */
public final class LoopbackPorts {
    private static final int LEAST = 12_000;
    private static final int BLOCK = 250;
    private static final int BLOCKS = 80;

    /** Bound to the first ports of the process's blocks, for as long as it lives: that makes them its own. */
    private static final Deque<ServerSocket> CLAIMS = new ArrayDeque<>();

    private static int last;

    private LoopbackPorts() {}

    /** One that is free now, and that nobody was or will be given but the caller. */
    public static synchronized int next() {
        while (true) {
            if (CLAIMS.isEmpty() || last % BLOCK == BLOCK - 1) {
                CLAIMS.add(claimed());
                last = CLAIMS.getLast().getLocalPort() - LEAST;
            }
            last++;
            ServerSocket socket = bound(LEAST + last);
            if (socket != null) {
                closed(socket);
                return LEAST + last;
            }
        }
    }

    private static ServerSocket claimed() {
        int first = ThreadLocalRandom.current().nextInt(BLOCKS);
        for (int i = 0; i < BLOCKS; i++) {
            ServerSocket socket = bound(LEAST + (first + i) % BLOCKS * BLOCK);
            if (socket != null) {
                return socket;
            }
        }
        throw new IllegalStateException(BLOCKS + " processes have a block of ports each, from " + LEAST + " on");
    }

    private static @Nullable ServerSocket bound(int port) {
        try {
            return new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
        } catch (IOException taken) {
            return null;
        }
    }

    private static void closed(ServerSocket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
