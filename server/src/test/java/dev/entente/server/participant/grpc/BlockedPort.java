package dev.entente.server.participant.grpc;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;

/** A port that accepts connections and forwards nothing until it is opened, or resets each connection. */
public final class BlockedPort implements AutoCloseable {
    private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final String host;
    private final int port;
    private final boolean resets;
    private final List<Socket> accepted = new CopyOnWriteArrayList<>();
    private final List<Socket> passed = new CopyOnWriteArrayList<>();
    private final CompletableFuture<Void> opened = new CompletableFuture<>();

    /** @param target the address that connections are forwarded to after the opening, {@code host:port} */
    BlockedPort(String target) throws IOException {
        this(target, false);
    }

    private BlockedPort(String target, boolean resets) throws IOException {
        int colon = target.lastIndexOf(':');
        this.host = target.substring(0, colon);
        this.port = Integer.parseInt(target.substring(colon + 1));
        this.resets = resets;
        Thread.ofVirtual().start(this::accept);
    }

    /** Returns a port without a server behind it. */
    public static BlockedPort toNowhere(boolean resets) throws IOException {
        return new BlockedPort("127.0.0.1:1", resets);
    }

    public int port() {
        return server.getLocalPort();
    }

    String address() {
        return "127.0.0.1:" + port();
    }

    /** Returns the accepted connections. */
    public List<Socket> accepted() {
        return List.copyOf(accepted);
    }

    void awaitConnection() {
        Awaitility.await().until(() -> !accepted.isEmpty());
    }

    void open() {
        opened.complete(null);
    }

    private void accept() {
        try {
            while (true) {
                Socket in = server.accept();
                accepted.add(in);
                if (resets) {
                    in.setSoLinger(true, 0);
                    in.close();
                } else {
                    Thread.ofVirtual().start(() -> connect(in));
                }
            }
        } catch (IOException closed) {
            // the test is over
        }
    }

    private void connect(Socket in) {
        opened.join();
        try {
            Socket out = new Socket(host, port);
            passed.add(out);
            Thread.ofVirtual().start(() -> pipe(in, out));
            pipe(out, in);
        } catch (IOException closed) {
            // the test is over
        }
    }

    private static void pipe(Socket from, Socket to) {
        try {
            from.getInputStream().transferTo(to.getOutputStream());
        } catch (IOException closed) {
            // one side has closed
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket socket : accepted) {
            socket.close();
        }
        for (Socket socket : passed) {
            socket.close();
        }
    }
}
