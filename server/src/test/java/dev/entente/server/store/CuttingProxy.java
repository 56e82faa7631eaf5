package dev.entente.server.store;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A proxy between a writer and PostgreSQL. Reads the frontend's messages, counts the Syncs of connections that carry
 * batches, and cuts such a connection at a Sync on request. Connects to loopback only.
 */
public final class CuttingProxy implements AutoCloseable {
    public enum Cut {
        NONE,
        /** The Sync never arrives: the server rolls back. */
        BEFORE_COMMIT,
        /** The Sync arrives, the response does not, and the server side stays open: the commit may take long. */
        AFTER_COMMIT
    }

    /** Decides at each Sync of a batch whether the connection is cut. */
    public interface Chance {
        Cut atSync(int number);
    }

    private final ServerSocket server;
    private final int postgresPort;
    private final Chance chance;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final AtomicInteger syncs = new AtomicInteger();
    private final AtomicInteger cuts = new AtomicInteger();
    private final AtomicInteger swallowed = new AtomicInteger();
    private volatile boolean isDisconnected;
    private volatile boolean isSilent;

    public CuttingProxy(int postgresPort, Chance chance) {
        this.postgresPort = postgresPort;
        this.chance = chance;
        try {
            server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(this::accept);
    }

    public int port() {
        return server.getLocalPort();
    }

    /** Returns the number of round trips that carried a batch. */
    public int syncs() {
        return syncs.get();
    }

    public int cuts() {
        return cuts.get();
    }

    /** Closes all connections and refuses new connections. */
    public void disconnect() {
        isDisconnected = true;
        sockets.forEach(CuttingProxy::close);
    }

    public void restore() {
        isDisconnected = false;
        isSilent = false;
    }

    /** Drops the next response of the server on each connection, and all later responses on this connection. */
    public void silence() {
        isSilent = true;
    }

    /** Returns the number of dropped responses. */
    public int swallowed() {
        return swallowed.get();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                if (isDisconnected) {
                    client.close();
                } else {
                    connect(client);
                }
            } catch (IOException ignored) {
                // the server is closed, which ends the loop, or the peer has disconnected: the next connection follows
            }
        }
    }

    private void connect(Socket client) throws IOException {
        Socket postgres = new Socket(InetAddress.getLoopbackAddress(), postgresPort);
        client.setTcpNoDelay(true);
        postgres.setTcpNoDelay(true);
        sockets.add(client);
        sockets.add(postgres);
        Thread.ofVirtual().start(() -> forward(client, postgres));
        Thread.ofVirtual().start(() -> answer(postgres, client));
    }

    private void forward(Socket client, Socket postgres) {
        boolean isWriter = false;
        try {
            DataInputStream in = new DataInputStream(client.getInputStream());
            OutputStream out = postgres.getOutputStream();
            byte[] startup = frame(in);
            out.write(startup);
            for (int type = in.read(); type >= 0; type = in.read()) {
                byte[] frame = frame(in);
                isWriter |= type == 'P' && new String(frame, StandardCharsets.ISO_8859_1).contains("open_transaction");
                Cut cut = type == 'S' && isWriter ? chance.atSync(syncs.incrementAndGet()) : Cut.NONE;
                if (cut == Cut.BEFORE_COMMIT) {
                    cuts.incrementAndGet();
                    close(postgres);
                    close(client);
                    return;
                }
                out.write(type);
                out.write(frame);
                if (in.available() == 0) {
                    out.flush();
                }
                if (cut == Cut.AFTER_COMMIT) {
                    cuts.incrementAndGet();
                    close(client);
                    return;
                }
            }
            close(postgres);
        } catch (IOException e) {
            close(postgres);
            close(client);
        }
    }

    private static byte[] frame(DataInputStream in) throws IOException {
        int length = in.readInt();
        byte[] frame = new byte[length];
        frame[0] = (byte) (length >>> 24);
        frame[1] = (byte) (length >>> 16);
        frame[2] = (byte) (length >>> 8);
        frame[3] = (byte) length;
        in.readFully(frame, 4, length - 4);
        return frame;
    }

    private void answer(Socket postgres, Socket client) {
        try {
            InputStream in = postgres.getInputStream();
            byte[] buffer = new byte[8192];
            boolean isLost = false;
            for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
                isLost |= isSilent;
                if (isLost) {
                    swallowed.incrementAndGet();
                } else {
                    client.getOutputStream().write(buffer, 0, length);
                }
            }
            close(client);
        } catch (IOException e) {
            close(client);
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        sockets.forEach(CuttingProxy::close);
    }
}
