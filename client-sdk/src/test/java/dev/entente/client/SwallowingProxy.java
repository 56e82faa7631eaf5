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
 * Stands before a server, and swallows all that is said on its connections when it is told to: nothing arrives and
 * nothing is closed, as where a firewall has forgotten a connection. Speaks to loopback only.
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

    /** From now on also what is said on connections that stand already is lost, for ever. */
    public void swallow() {
        swallows = true;
    }

    /** New connections live again. */
    public void letPass() {
        swallows = false;
    }

    /** Tells whether anything was lost. */
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
                // closed, which ends the loop; or the peer has gone again: the next one comes
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
