package dev.entente.torture.machine;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One line between two processes: a TCP proxy on loopback with several possible faults at once. Only the most severe
 * fault has an effect. A black hole loses no data: the data arrives after the repair, as with TCP's retransmission.
 * Thread-safe.
 */
public final class Link implements AutoCloseable {
    private static final int BUFFER_BYTES = 16 * 1024;
    private static final int BACKLOG = 256;
    private static final long SLOW_MILLIS = 150;
    private static final long PAUSE_NANOS = Duration.ofMillis(20).toNanos();

    /** The faults of a line, each with its severity. Schedules are drawn by the order of the constants. */
    public enum LinkFault {
        NONE(0),
        /** Connections are accepted, and nothing passes in either direction. */
        BLACK_HOLE(4),
        /** Requests arrive, answers do not. */
        HALF_OPEN(3),
        /** Each piece of data is delayed. */
        SLOW(1),
        /** Answers are random bytes. */
        GARBAGE(2),
        /** Connections are refused, open connections are reset. */
        REFUSED(5);

        private final int severity;

        LinkFault(int severity) {
            this.severity = severity;
        }
    }

    private enum Direction {
        THERE,
        BACK
    }

    /**
     * One proxied connection.
     *
     * @param open the number of directions in which data may still come
     */
    private record Through(Socket client, Socket upstreamSocket, AtomicInteger open) {
        Socket from(Direction direction) {
            return direction == Direction.THERE ? client : upstreamSocket;
        }

        Socket to(Direction direction) {
            return direction == Direction.THERE ? upstreamSocket : client;
        }
    }

    private final ServerSocket server;
    private final int upstream;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition repaired = lock.newCondition();
    /** Guarded by the lock. */
    private final List<LinkFault> troubles = new ArrayList<>();

    private volatile LinkFault worst = LinkFault.NONE;

    private Link(ServerSocket server, int upstream) {
        this.server = server;
        this.upstream = upstream;
    }

    /** Makes a line to this port of loopback. The port may have no listener yet. */
    public static Link to(int upstream) throws IOException {
        Link link = new Link(new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress()), upstream);
        Thread.ofVirtual().name("link to " + upstream).start(link::accept);
        return link;
    }

    /** Returns the address to dial: host and port. */
    public String address() {
        return "127.0.0.1:" + server.getLocalPort();
    }

    /** Adds this fault until it is removed. */
    public void suffer(LinkFault what) {
        change(() -> troubles.add(what));
        if (what == LinkFault.REFUSED) {
            reset();
        }
    }

    /** Removes this fault once; other faults continue. */
    public void repair(LinkFault what) {
        change(() -> troubles.remove(what));
    }

    /** Removes all faults. */
    public void calm() {
        change(troubles::clear);
    }

    private void change(Runnable change) {
        lock.lock();
        try {
            change.run();
            worst = troubles.stream()
                    .max(Comparator.comparingInt(trouble -> trouble.severity))
                    .orElse(LinkFault.NONE);
            repaired.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Returns the number of open sockets. */
    int openSockets() {
        return sockets.size();
    }

    /** Resets every open connection; new connections are possible. */
    public void reset() {
        sockets.forEach(Link::reset);
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                if (worst == LinkFault.REFUSED) {
                    reset(client);
                } else {
                    Thread.ofVirtual().start(() -> connect(client));
                }
            } catch (IOException noneLeft) {
                // The process has reached its limit of open files, or the server socket is closed and the loop ends.
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
    }

    private void connect(Socket client) {
        sockets.add(client);
        // A black hole does not dial either.
        await(Direction.THERE);
        Socket upstreamSocket = new Socket();
        try {
            upstreamSocket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), upstream));
            client.setTcpNoDelay(true);
            upstreamSocket.setTcpNoDelay(true);
        } catch (IOException refused) {
            end(client, upstreamSocket);
            return;
        }
        sockets.add(upstreamSocket);
        if (worst == LinkFault.REFUSED) {
            end(client, upstreamSocket);
            return;
        }
        Through through = new Through(client, upstreamSocket, new AtomicInteger(Direction.values().length));
        for (Direction direction : Direction.values()) {
            Thread.ofVirtual().start(() -> pump(through, direction));
        }
    }

    private void pump(Through through, Direction direction) {
        Socket from = through.from(direction);
        Socket to = through.to(direction);
        byte[] buffer = new byte[BUFFER_BYTES];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
                await(direction);
                if (worst == LinkFault.GARBAGE && direction == Direction.BACK) {
                    ThreadLocalRandom.current().nextBytes(buffer);
                }
                if (worst == LinkFault.SLOW) {
                    Thread.sleep(SLOW_MILLIS);
                }
                out.write(buffer, 0, length);
                out.flush();
            }
            await(direction);
            to.shutdownOutput();
            if (through.open().decrementAndGet() == 0) {
                close(from);
                close(to);
            }
        } catch (IOException broken) {
            end(from, to);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            end(from, to);
        }
    }

    private void await(Direction direction) {
        lock.lock();
        try {
            while (worst == LinkFault.BLACK_HOLE || (worst == LinkFault.HALF_OPEN && direction == Direction.BACK)) {
                repaired.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Closes with a FIN, because a reset could overtake the last answer. */
    private void close(Socket socket) throws IOException {
        sockets.remove(socket);
        socket.close();
    }

    private void end(Socket one, Socket other) {
        sockets.remove(one);
        sockets.remove(other);
        reset(one);
        reset(other);
    }

    /** Closes with a reset instead of a FIN. */
    private static void reset(Socket socket) {
        try (socket) {
            socket.setSoLinger(true, 0);
        } catch (IOException gone) {
            // The socket is closed anyway.
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        calm();
        reset();
    }
}
