package dev.entente.backends;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;

/** A port of loopback at which nobody listens, and nobody else can until it is closed: connections are refused. */
public final class UnheardPort implements AutoCloseable {
    private final Socket bound = new Socket();

    /** Takes any free one. */
    public UnheardPort() throws IOException {
        this(0);
    }

    /** Takes that one, which a server has just left. */
    public UnheardPort(int port) throws IOException {
        bound.setReuseAddress(true);
        bound.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    }

    /** Returns its number. */
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
