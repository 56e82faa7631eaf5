package dev.entente.faults.fuzz;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;

/** Connections without gRPC: garbage, sent and half-closed, and slow ones that stay. Thread-safe. */
final class Sockets implements AutoCloseable {
    private static final int AT_ONCE = 32;
    private static final int SLOW_PER_PORT = 64;
    private static final int SLOW_PAUSE_MILLIS = 500;
    private static final int CONNECT_MILLIS = 10_000;
    private static final int PATIENCE_MILLIS = 30_000;
    private static final byte[] SLOW_HTTP = "GET /livez HTTP/1.1\r\nX-Slow: ".getBytes(StandardCharsets.ISO_8859_1);

    private final InetSocketAddress grpc;
    private final InetSocketAddress http;
    private final Tally tally;
    private final Semaphore room = new Semaphore(AT_ONCE);
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final ExecutorService slow = Executors.newVirtualThreadPerTaskExecutor();

    Sockets(InetSocketAddress grpc, InetSocketAddress http, Tally tally) {
        this.grpc = grpc;
        this.http = http;
        this.tally = tally;
    }

    /** Sends it and waits elsewhere for the end of the connection. Blocks while too many are under way. */
    void send(Kind kind, byte[] garbage) throws InterruptedException {
        room.acquire();
        tally.input(kind);
        threads.execute(() -> {
            try {
                judge(kind, exchange(kind == Kind.GARBAGE_ON_HTTP ? http : grpc, garbage));
            } finally {
                room.release();
            }
        });
    }

    private void judge(Kind kind, String end) {
        if (end.equals("held")) {
            tally.untyped(kind + ": the connection was still held after " + PATIENCE_MILLIS + " ms");
        } else if (end.equals("200")) {
            tally.answered();
        } else {
            tally.below(kind + ": " + end);
        }
    }

    /** How the connection ended: with an answer (HTTP's status), closed, reset or not at all. */
    private static String exchange(InetSocketAddress address, byte[] garbage) {
        try (Socket socket = connect(address)) {
            socket.getOutputStream().write(garbage);
            socket.shutdownOutput();
            byte[] answer = socket.getInputStream().readAllBytes();
            String text = new String(answer, 0, Math.min(answer.length, 12), StandardCharsets.ISO_8859_1);
            return text.startsWith("HTTP/1.") ? text.substring(9).strip() : "closed";
        } catch (SocketTimeoutException e) {
            return "held";
        } catch (IOException e) {
            return "reset";
        }
    }

    private static Socket connect(InetSocketAddress address) throws IOException {
        Socket socket = new Socket();
        socket.connect(address, CONNECT_MILLIS);
        socket.setSoTimeout(PATIENCE_MILLIS);
        return socket;
    }

    /** Opens the slow ones; each that is closed is opened again. */
    void startSlow() {
        for (int i = 0; i < SLOW_PER_PORT; i++) {
            slow.execute(() -> dribble(http, SLOW_HTTP));
            slow.execute(() -> dribble(grpc, Garbage.preface()));
        }
    }

    private void dribble(InetSocketAddress address, byte[] beginning) {
        while (!Thread.currentThread().isInterrupted()) {
            tally.input(Kind.SLOW);
            try (Socket socket = connect(address)) {
                drip(socket, beginning);
            } catch (IOException closed) {
                tally.below(Kind.SLOW + ": closed");
            } catch (InterruptedException over) {
                tally.below(Kind.SLOW + ": held to the end of the run");
                return;
            }
        }
    }

    /** A byte at a time; after the beginning bytes that go on for ever. */
    private static void drip(Socket socket, byte[] beginning) throws IOException, InterruptedException {
        InputStream in = socket.getInputStream();
        for (int i = 0; ; i++) {
            socket.getOutputStream().write(i < beginning.length ? beginning[i] : 'z');
            while (in.available() > 0 && in.read() >= 0) {
                // What the server says is let go.
            }
            Thread.sleep(SLOW_PAUSE_MILLIS);
        }
    }

    /** Ends the slow ones and waits for all. Blocks. */
    @Override
    public void close() {
        slow.shutdownNow();
        slow.close();
        threads.close();
    }
}
