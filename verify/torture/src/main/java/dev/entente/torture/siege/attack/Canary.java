package dev.entente.torture.siege.attack;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.stream.Stream;

/** A listener on loopback that no client has a reason to call. */
final class Canary implements AutoCloseable {
    /** The property that is set if no name lookup can leave the machine. */
    private static final String NAMESPACE = "entente.siege.namespace";

    private static final List<String> NUMBERS = List.of(
            "127.0.0.1",
            "localhost",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0177.0.0.1",
            "0",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "[::]");
    private static final List<String> NAMES = List.of("dns", "unix", "ipv4", "passthrough", "LOCALHOST.");

    private final ServerSocket door;
    private volatile boolean wasCalled;

    Canary() throws IOException {
        door = new ServerSocket(0, 50, InetAddress.getByName("0.0.0.0"));
        Thread.ofVirtual().start(this::accept);
    }

    /** Returns spellings of this machine's address, and names that a resolver reads differently. */
    static List<String> spellings() {
        return Boolean.getBoolean(NAMESPACE)
                ? Stream.concat(NUMBERS.stream(), NAMES.stream()).toList()
                : NUMBERS;
    }

    private void accept() {
        while (!door.isClosed()) {
            try {
                door.accept().close();
                wasCalled = true;
            } catch (IOException closed) {
                return;
            }
        }
    }

    int port() {
        return door.getLocalPort();
    }

    boolean wasCalled() {
        return wasCalled;
    }

    @Override
    public void close() throws IOException {
        door.close();
    }
}
