package dev.entente.outbox;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Stands before PostgreSQL as a pooler in transaction mode does: a client has a server's session for the length of a
 * transaction, and another one, the one longest free, for the next. Of a session nothing is reset, so that whatever a
 * client leaves in one is found by others. Speaks to loopback only, and only without passwords.
 */
final class TransactionPooler implements AutoCloseable {
    private static final int READY = 'Z';
    private static final int SYNC = 'S';
    private static final int QUERY = 'Q';
    private static final int TERMINATE = 'X';
    private static final int IDLE = 'I';

    private final ServerSocket server;
    private final int postgresPort;
    private final int keptFree;
    private final Deque<Session> free = new ArrayDeque<>();
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final AtomicInteger handedOver = new AtomicInteger();

    /** One session of PostgreSQL. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Session(Socket socket, DataInputStream in, OutputStream out, byte[] greeting) {}

    /** @param keptFree sessions beyond those in use, so that a client gets another one each time */
    TransactionPooler(int postgresPort, int keptFree) throws IOException {
        this.postgresPort = postgresPort;
        this.keptFree = keptFree;
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        start(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    /** How many transactions got a session. */
    int handedOver() {
        return handedOver.get();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                client.setTcpNoDelay(true);
                sockets.add(client);
                start(() -> serve(client));
            } catch (IOException ignored) {
                // closed, which ends the loop; or the peer has gone again: the next one comes
            }
        }
    }

    private void serve(Socket client) {
        Session session = null;
        try (Socket closing = client) {
            DataInputStream in = new DataInputStream(closing.getInputStream());
            OutputStream out = closing.getOutputStream();
            byte[] startup = frame(in);
            Session first = take(startup);
            out.write(first.greeting());
            give(first);
            for (int type = in.read(); type >= 0 && type != TERMINATE; type = in.read()) {
                byte[] frame = frame(in);
                session = session == null ? take(startup) : session;
                session.out().write(type);
                session.out().write(frame);
                if (type == SYNC || type == QUERY) {
                    session.out().flush();
                    if (answer(session, out) == IDLE) {
                        give(session);
                        session = null;
                    }
                }
            }
        } catch (IOException ignored) {
            // the client has gone: its session goes with it
        } finally {
            if (session != null) {
                close(session.socket());
            }
        }
    }

    /** Passes on what comes up to where the server is ready again, and says in which state that is. */
    private static int answer(Session session, OutputStream client) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        int type;
        byte[] frame;
        do {
            type = session.in().read();
            if (type < 0) {
                throw new IOException("the server has ended the session");
            }
            frame = frame(session.in());
            all.write(type);
            all.writeBytes(frame);
        } while (type != READY);
        client.write(all.toByteArray());
        client.flush();
        return frame[frame.length - 1];
    }

    private Session take(byte[] startup) throws IOException {
        handedOver.incrementAndGet();
        synchronized (free) {
            if (free.size() > keptFree) {
                return free.removeFirst();
            }
        }
        return open(startup);
    }

    private void give(Session session) {
        synchronized (free) {
            free.addLast(session);
        }
    }

    /** All clients begin in the same way, so any session serves any of them. */
    private Session open(byte[] startup) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), postgresPort);
        socket.setTcpNoDelay(true);
        sockets.add(socket);
        DataInputStream in = new DataInputStream(socket.getInputStream());
        OutputStream out = socket.getOutputStream();
        out.write(startup);
        out.flush();
        ByteArrayOutputStream greeting = new ByteArrayOutputStream();
        Session session = new Session(socket, in, out, new byte[0]);
        answer(session, greeting);
        return new Session(socket, in, out, greeting.toByteArray());
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

    private static void start(Runnable work) {
        Thread thread = new Thread(work, "transaction-pooler");
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
        sockets.forEach(TransactionPooler::close);
    }
}
