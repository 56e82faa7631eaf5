package dev.entente.server.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;

/** A plain connection to the HTTP port, for misbehaving clients. */
final class StrangerSocket implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 60_000;

    private final Socket socket;

    private StrangerSocket(Socket socket) {
        this.socket = socket;
    }

    /** @param receiveBufferBytes the size of the receive buffer; 0 for the system's default */
    static StrangerSocket connect(int port, int receiveBufferBytes) throws IOException {
        Socket socket = new Socket();
        if (receiveBufferBytes > 0) {
            socket.setReceiveBufferSize(receiveBufferBytes);
        }
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MILLIS);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        return new StrangerSocket(socket);
    }

    static StrangerSocket connect(int port) throws IOException {
        return connect(port, 0);
    }

    StrangerSocket send(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        return this;
    }

    /** Sends a text and closes the output. */
    StrangerSocket sendLast(String text) throws IOException {
        send(text);
        socket.shutdownOutput();
        return this;
    }

    /** Returns all received text until the server closes or resets the connection. Blocks. */
    String untilEnd() throws IOException {
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        try {
            socket.getInputStream().transferTo(read);
        } catch (SocketTimeoutException held) {
            throw new AssertionError("the connection is still open; read: " + read, held);
        } catch (IOException reset) {
            // The connection has ended.
        }
        return read.toString(StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
