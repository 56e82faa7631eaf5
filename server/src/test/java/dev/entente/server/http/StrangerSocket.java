package dev.entente.server.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;

/** A plain connection to the HTTP port, for those who do not behave. */
final class StrangerSocket implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 60_000;

    private final Socket socket;

    private StrangerSocket(Socket socket) {
        this.socket = socket;
    }

    /** @param receiveBufferBytes 0 for what the system gives */
    static StrangerSocket connect(int port, int receiveBufferBytes) throws IOException {
        Socket socket = new Socket();
        if (receiveBufferBytes > 0) {
            socket.setReceiveBufferSize(receiveBufferBytes);
        }
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), PATIENCE_MILLIS);
        socket.setSoTimeout(PATIENCE_MILLIS);
        return new StrangerSocket(socket);
    }

    static StrangerSocket connect(int port) throws IOException {
        return connect(port, 0);
    }

    StrangerSocket send(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        return this;
    }

    /** Sends a text, and tells that nothing will follow. */
    StrangerSocket sendLast(String text) throws IOException {
        send(text);
        socket.shutdownOutput();
        return this;
    }

    /** Returns all that comes until the other side ends the connection, by closing or by resetting it. Blocks. */
    String untilEnd() throws IOException {
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        try {
            socket.getInputStream().transferTo(read);
        } catch (SocketTimeoutException held) {
            throw new AssertionError("the connection is still open; read: " + read, held);
        } catch (IOException reset) {
            // It has ended all the same.
        }
        return read.toString(StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
