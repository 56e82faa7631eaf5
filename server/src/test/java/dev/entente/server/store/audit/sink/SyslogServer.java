package dev.entente.server.store.audit.sink;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ServerSocketFactory;

/** Reads messages behind their length, on a loopback port, and keeps them. */
public final class SyslogServer implements AutoCloseable {
    public final List<String> messages = new CopyOnWriteArrayList<>();
    private final ServerSocket port;
    private final boolean reads;
    private final List<Socket> open = new CopyOnWriteArrayList<>();
    private final Thread acceptor;

    private SyslogServer(ServerSocket port, boolean reads) {
        this.port = port;
        this.reads = reads;
        this.acceptor = Thread.ofVirtual().start(this::accept);
    }

    /** @param at 0 for any */
    public static SyslogServer plain(int at) throws IOException {
        return on(ServerSocketFactory.getDefault(), at, true);
    }

    /** Accepts connections and never reads from them. */
    static SyslogServer deaf() throws IOException {
        return on(ServerSocketFactory.getDefault(), 0, false);
    }

    static SyslogServer encrypted(ServerSocketFactory factory) throws IOException {
        return on(factory, 0, true);
    }

    private static SyslogServer on(ServerSocketFactory factory, int at, boolean reads) throws IOException {
        return new SyslogServer(factory.createServerSocket(at, 50, InetAddress.getLoopbackAddress()), reads);
    }

    public int port() {
        return port.getLocalPort();
    }

    private void accept() {
        while (!port.isClosed()) {
            try {
                Socket socket = port.accept();
                open.add(socket);
                if (reads) {
                    Thread.ofVirtual().start(() -> read(socket));
                }
            } catch (IOException _) {
                return;
            }
        }
    }

    private void read(Socket socket) {
        try (InputStream in = socket.getInputStream()) {
            while (true) {
                messages.add(new String(in.readNBytes(length(in)), StandardCharsets.UTF_8));
            }
        } catch (IOException _) {
            // Its client has gone.
        }
    }

    private static int length(InputStream in) throws IOException {
        int length = 0;
        for (int digit = in.read(); digit != ' '; digit = in.read()) {
            if (digit < '0' || digit > '9') {
                throw new EOFException("no length: " + digit);
            }
            length = length * 10 + digit - '0';
        }
        return length;
    }

    /** Ends all connections; new ones are accepted. */
    void hangUp() throws IOException {
        for (Socket each : open) {
            endOutput(each);
            each.close();
        }
        open.clear();
    }

    /** At once: the close of a connection that is being read from ends it only when the reader has woken up. */
    private static void endOutput(Socket socket) {
        try {
            socket.shutdownOutput();
        } catch (IOException _) {
            // Its client has gone.
        }
    }

    /** Ends it. Blocks until its port refuses connections: that is when the acceptor, which the close wakes, has left it. */
    @Override
    public void close() throws IOException {
        port.close();
        try {
            acceptor.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        hangUp();
    }
}
