package dev.entente.server.participant.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;

/** An HTTP server that sends exactly the given bytes. */
final class RawHttp implements AutoCloseable {
    private final ServerSocket server;
    private final IntFunction<List<String>> answers;
    private final AtomicInteger requests = new AtomicInteger();

    /**
     * @param answers the pieces of the response to each request, counted from 1; an empty list closes the connection
     */
    RawHttp(ServerSocket server, IntFunction<List<String>> answers) {
        this.server = server;
        this.answers = answers;
        Thread.ofVirtual().start(() -> accept(server, this::answer));
    }

    RawHttp(IntFunction<List<String>> answers) throws IOException {
        this(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), answers);
    }

    /** Serves one connection, which is closed afterwards. */
    interface Serving {
        void serve(Socket socket) throws IOException;
    }

    /** Serves all connections until the socket is closed. */
    static void accept(ServerSocket server, Serving serving) {
        while (true) {
            try {
                Socket socket = server.accept();
                Thread.ofVirtual().start(() -> {
                    try (socket) {
                        serving.serve(socket);
                    } catch (IOException over) {
                        return; // so is the connection
                    }
                });
            } catch (IOException closed) {
                return; // the test is over
            }
        }
    }

    /** Answers requests until the client closes the connection, as a client does that rejects a response. */
    private void answer(Socket socket) throws IOException {
        InputStream in = socket.getInputStream();
        int ends = 0;
        for (int next = in.read(); next >= 0; next = in.read()) {
            ends = next == '\r' || next == '\n' ? ends + 1 : 0;
            if (ends == 4) {
                List<String> pieces = answers.apply(requests.incrementAndGet());
                if (pieces.isEmpty()) {
                    return;
                }
                for (String piece : pieces) {
                    socket.getOutputStream().write(piece.getBytes(ISO_8859_1));
                }
            }
        }
    }

    int port() {
        return server.getLocalPort();
    }

    String url() {
        return "http://127.0.0.1:" + port();
    }

    /** Returns the number of received requests. */
    int requests() {
        return requests.get();
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
