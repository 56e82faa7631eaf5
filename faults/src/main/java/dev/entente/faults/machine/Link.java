package dev.entente.faults.machine;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One line between two processes: a TCP proxy on loopback that can go wrong. Nothing that was under way in a black hole is lost: it arrives when the line is
 * mended, as TCP's own repetitions do it. Thread-safe.
 */
public final class Link implements AutoCloseable {
    private static final int BUFFER_BYTES = 16 * 1024;
    private static final int BACKLOG = 256;
    private static final long SLOW_MILLIS = 150;

    /** What is wrong with a line. */
    public enum Trouble {
        NONE,
        /** Connections are taken, and nothing passes in either direction. */
        BLACK_HOLE,
        /** What is asked arrives, what is answered does not. */
        HALF_OPEN,
        /** Each piece takes a while. */
        SLOW,
        /** What is answered is noise. */
        GARBAGE,
        /** Connections are refused, those that stand are reset. */
        REFUSED
    }

    private enum Direction {
        THERE,
        BACK
    }

    private final ServerSocket server;
    private final int upstream;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition mended = lock.newCondition();
    private volatile Trouble trouble = Trouble.NONE;

    private Link(ServerSocket server, int upstream) {
        this.server = server;
        this.upstream = upstream;
    }

    /** A line to that port of loopback, where nobody need listen yet. */
    public static Link to(int upstream) throws IOException {
        Link link = new Link(new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress()), upstream);
        Thread.ofVirtual().name("link to " + upstream).start(link::accept);
        return link;
    }

    /** Where one dials to get through: host and port. */
    public String address() {
        return "127.0.0.1:" + server.getLocalPort();
    }

    /** Makes it so from now on. */
    public void suffer(Trouble what) {
        lock.lock();
        try {
            trouble = what;
            mended.signalAll();
        } finally {
            lock.unlock();
        }
        if (what == Trouble.REFUSED) {
            reset();
        }
    }

    /** Resets every connection that stands; new ones may come. */
    public void reset() {
        sockets.forEach(Link::reset);
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                if (trouble == Trouble.REFUSED) {
                    reset(client);
                } else {
                    Thread.ofVirtual().start(() -> connect(client));
                }
            } catch (IOException closed) {
                return;
            }
        }
    }

    private void connect(Socket client) {
        sockets.add(client);
        // Where nothing passes, nothing is dialled either.
        await(Direction.THERE);
        Socket there = new Socket();
        try {
            there.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), upstream));
            client.setTcpNoDelay(true);
            there.setTcpNoDelay(true);
        } catch (IOException nobody) {
            end(client, there);
            return;
        }
        sockets.add(there);
        if (trouble == Trouble.REFUSED) {
            end(client, there);
            return;
        }
        Thread.ofVirtual().start(() -> pump(client, there, Direction.THERE));
        Thread.ofVirtual().start(() -> pump(there, client, Direction.BACK));
    }

    private void pump(Socket from, Socket to, Direction direction) {
        byte[] buffer = new byte[BUFFER_BYTES];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
                await(direction);
                if (trouble == Trouble.GARBAGE && direction == Direction.BACK) {
                    ThreadLocalRandom.current().nextBytes(buffer);
                }
                if (trouble == Trouble.SLOW) {
                    Thread.sleep(SLOW_MILLIS);
                }
                out.write(buffer, 0, length);
                out.flush();
            }
            await(direction);
            to.shutdownOutput();
        } catch (IOException broken) {
            end(from, to);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            end(from, to);
        } finally {
            if (from.isClosed() || (from.isInputShutdown() && from.isOutputShutdown())) {
                end(from, to);
            }
        }
    }

    private void await(Direction direction) {
        lock.lock();
        try {
            while (trouble == Trouble.BLACK_HOLE || (trouble == Trouble.HALF_OPEN && direction == Direction.BACK)) {
                mended.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    private void end(Socket one, Socket other) {
        sockets.remove(one);
        sockets.remove(other);
        reset(one);
        reset(other);
    }

    /** Closed with a reset instead of a farewell. */
    private static void reset(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
        } catch (SocketException gone) {
            // It is closed all the same.
        }
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        suffer(Trouble.NONE);
        reset();
    }
}
