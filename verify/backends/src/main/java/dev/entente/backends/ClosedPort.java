package dev.entente.backends;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;

/** A loopback port on which no process listens or can listen until this is closed. The port refuses all connections. */
public final class ClosedPort implements AutoCloseable {
    private final Socket bound = new Socket();

    /** Reserves any free port. */
    public ClosedPort() throws IOException {
        this(0);
    }

    /** Reserves a port that a server has just released. */
    public ClosedPort(int port) throws IOException {
        bound.setReuseAddress(true);
        bound.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    }

    public int port() {
        return bound.getLocalPort();
    }

    /** Returns {@code 127.0.0.1:PORT}. */
    public String address() {
        return "127.0.0.1:" + port();
    }

    @Override
    public void close() throws IOException {
        bound.close();
    }
}
