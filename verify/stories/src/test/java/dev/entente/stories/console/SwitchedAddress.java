package dev.entente.stories.console;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** One address in front of coordinators: leads new connections to the one that was named last. Thread-safe. */
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

    /** Returns the URL of a page behind it. */
    String url(String page) {
        return "http://127.0.0.1:" + server.getLocalPort() + "/" + page;
    }

    /** Leads to that one from now on. */
    void leadTo(String other) {
        target = address(other);
    }

    /** Ends all connections, and each new one, until it leads somewhere again. */
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

    /** Ends both connections where one of them ends. */
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
            // so are both
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
