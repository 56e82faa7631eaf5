package dev.entente.client;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A TCP proxy that drops all data on request and keeps its connections open, like a firewall that has forgotten a
 * connection. Connects to loopback only.
 */
public final class SwallowingProxy implements AutoCloseable {
    private final ServerSocket server;
    private final int serverPort;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private volatile boolean swallows;
    private volatile boolean hasSwallowed;

    public SwallowingProxy(int serverPort) throws IOException {
        this.serverPort = serverPort;
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        start(this::accept);
    }

    public int port() {
        return server.getLocalPort();
    }

    /** Drops all data from now on, also on existing connections. A connection that lost data stays lost. */
    public void swallow() {
        swallows = true;
    }

    /** Lets new connections transfer data again. */
    public void letPass() {
        swallows = false;
    }

    /** Returns whether any data was dropped. */
    public boolean hasSwallowed() {
        return hasSwallowed;
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                Socket server = new Socket(InetAddress.getLoopbackAddress(), serverPort);
                sockets.add(client);
                sockets.add(server);
                boolean[] isLost = new boolean[1];
                start(() -> forward(client, server, isLost));
                start(() -> forward(server, client, isLost));
            } catch (IOException ignored) {
                // Either the proxy is closed, which ends the loop, or this client is gone: the next one is accepted.
            }
        }
    }

    private void forward(Socket from, Socket to, boolean[] isLost) {
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] piece = new byte[8192];
            for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
                isLost[0] |= swallows;
                hasSwallowed |= isLost[0];
                if (!isLost[0]) {
                    out.write(piece, 0, read);
                }
            }
            if (!isLost[0]) {
                to.close();
            }
        } catch (IOException broken) {
            close(to);
        }
    }

    private static void start(Runnable work) {
        Thread thread = new Thread(work, "swallowing-proxy");
        thread.setDaemon(true);
        thread.start();
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        sockets.forEach(SwallowingProxy::close);
    }
}
