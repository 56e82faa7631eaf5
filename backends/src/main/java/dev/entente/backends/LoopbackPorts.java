package dev.entente.backends;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Ports for servers that come back to them. Those that the system hands out for outgoing connections (from 32768 on,
 * Linux) would not do: while a server is away, one of them may be given to somebody else.
 *
 * <p>Each is reserved for this JVM as long as it lives, by a lock on a file of the port's name: other JVMs of this user
 * that ask here get others. Thread-safe.
 */
public final class LoopbackPorts {
    private static final int LEAST = 12_000;
    private static final int MOST = 32_000;

    /** Files whose lock is held. */
    private static final Map<Integer, FileChannel> RESERVED = new ConcurrentHashMap<>();

    private LoopbackPorts() {}

    /** Returns a port that is free now and that no process of this user was given before which still runs. */
    public static int next() {
        return nextAnd(0);
    }

    /** Returns a port as {@link #next} does, and reserves the one at that distance too. */
    static int nextAnd(int distance) {
        while (true) {
            int port = ThreadLocalRandom.current().nextInt(LEAST, MOST);
            if (reserve(port) && (distance == 0 || reserve(port + distance))) {
                return port;
            }
        }
    }

    private static boolean reserve(int port) {
        try {
            Path folder = Files.createDirectories(Folders.temporary().resolve("ports"));
            FileChannel file = FileChannel.open(
                    folder.resolve(Integer.toString(port)), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (isLocked(file) && isFree(port) && RESERVED.putIfAbsent(port, file) == null) {
                return true;
            }
            file.close();
            return false;
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    private static boolean isLocked(FileChannel file) throws IOException {
        try {
            return file.tryLock() != null;
        } catch (OverlappingFileLockException ours) {
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
