package dev.entente.stories.console;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** One address in front of several coordinators: forwards new connections to the current target. Thread-safe. */
final class SwitchedAddress implements AutoCloseable {
    private final ServerSocket server;
    private final Set<Socket> clients = ConcurrentHashMap.newKeySet();
    private volatile InetSocketAddress target;

    /** @param target host and port */
    SwitchedAddress(String target) throws IOException {
        this.target = address(target);
        this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().name("switched address").start(this::accept);
    }

    private static InetSocketAddress address(String target) {
        int colon = target.lastIndexOf(':');
        return new InetSocketAddress(target.substring(0, colon), Integer.parseInt(target.substring(colon + 1)));
    }

    /** Returns the URL of a page at this address. */
    String url(String page) {
        return "http://127.0.0.1:" + server.getLocalPort() + "/" + page;
    }

    /** Forwards new connections to this target. */
    void forwardTo(String other) {
        target = address(other);
    }

    /** Closes all connections, and each new connection until the next target is set. */
    void cut() throws IOException {
        target = new InetSocketAddress(server.getInetAddress(), 1);
        for (Socket client : clients) {
            client.close();
        }
    }

    private void accept() {
        try {
            while (true) {
                Socket client = server.accept();
                clients.add(client);
                Thread.ofVirtual().start(() -> join(client));
            }
        } catch (IOException closed) {
            // the test is over
        }
    }

    /** Copies in both directions and closes both connections when one of them closes. */
    private void join(Socket client) {
        try (client;
                Socket coordinator = new Socket()) {
            coordinator.connect(target);
            Thread back = Thread.ofVirtual().start(() -> copy(coordinator, client));
            copy(client, coordinator);
            back.join();
        } catch (IOException | InterruptedException gone) {
            // the browser tries again
        } finally {
            clients.remove(client);
        }
    }

    private static void copy(Socket from, Socket to) {
        try (from;
                to) {
            from.getInputStream().transferTo(to.getOutputStream());
        } catch (IOException gone) {
            // both connections are closed
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
