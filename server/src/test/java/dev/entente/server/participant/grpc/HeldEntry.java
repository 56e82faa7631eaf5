package dev.entente.server.participant.grpc;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;

/** A port that takes connections, and lets nothing through until it is opened; or resets each of them. */
public final class HeldEntry implements AutoCloseable {
    private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final String host;
    private final int port;
    private final boolean resets;
    private final List<Socket> met = new CopyOnWriteArrayList<>();
    private final List<Socket> passed = new CopyOnWriteArrayList<>();
    private final CompletableFuture<Void> opened = new CompletableFuture<>();

    /** @param target to which connections lead once it is opened, {@code host:port} */
    HeldEntry(String target) throws IOException {
        this(target, false);
    }

    private HeldEntry(String target, boolean resets) throws IOException {
        int colon = target.lastIndexOf(':');
        this.host = target.substring(0, colon);
        this.port = Integer.parseInt(target.substring(colon + 1));
        this.resets = resets;
        Thread.ofVirtual().start(this::accept);
    }

    /** One behind which there is nothing. */
    public static HeldEntry toNowhere(boolean resets) throws IOException {
        return new HeldEntry("127.0.0.1:1", resets);
    }

    public int port() {
        return server.getLocalPort();
    }

    String address() {
        return "127.0.0.1:" + port();
    }

    /** The connections that came. */
    public List<Socket> met() {
        return List.copyOf(met);
    }

    void awaitKnock() {
        Awaitility.await().until(() -> !met.isEmpty());
    }

    void open() {
        opened.complete(null);
    }

    private void accept() {
        try {
            while (true) {
                Socket in = server.accept();
                met.add(in);
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
            // one side has gone
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket socket : met) {
            socket.close();
        }
        for (Socket socket : passed) {
            socket.close();
        }
    }
}
