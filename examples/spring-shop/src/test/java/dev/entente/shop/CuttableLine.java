package dev.entente.shop;

import dev.entente.spring.EntenteConnectionDetails;
import dev.entente.spring.test.TestCoordinator;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.context.annotation.Primary;

/** The connection between the order service and the coordinator. The test can cut it. */
@Primary
final class CuttableLine implements EntenteConnectionDetails, AutoCloseable {
    private final ServerSocket serverSocket;
    private final int port;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private volatile boolean isCut;

    CuttableLine(TestCoordinator coordinator) throws IOException {
        serverSocket = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
        port = Integer.parseInt(coordinator.target().replaceAll(".*:", ""));
        start(this::listen);
    }

    @Override
    public String target() {
        return "localhost:" + serverSocket.getLocalPort();
    }

    void cut(boolean now) throws IOException {
        isCut = now;
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    private static void start(Runnable work) {
        Thread thread = new Thread(work, "line");
        thread.setDaemon(true);
        thread.start();
    }

    private void listen() {
        try {
            while (true) {
                Socket caller = serverSocket.accept();
                start(() -> connect(caller));
            }
        } catch (IOException closed) {
            isCut = true; // the test has ended
        }
    }

    private void connect(Socket caller) {
        try (caller;
                Socket called = new Socket(InetAddress.getLoopbackAddress(), port)) {
            start(() -> pass(called, caller));
            pass(caller, called);
        } catch (IOException refused) {
            sockets.remove(caller);
        }
    }

    private void pass(Socket from, Socket to) {
        sockets.add(from);
        try (from;
                to) {
            if (isCut) {
                return;
            }
            from.getInputStream().transferTo(to.getOutputStream());
        } catch (IOException broken) {
            sockets.remove(from);
        }
    }

    @Override
    public void close() throws IOException {
        serverSocket.close();
    }
}
