package dev.entente.faults.siege.attack;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * A connection on which HTTP/2's frames (RFC 9113) are written by hand. What comes back is read and thrown away. For
 * one thread that writes.
 */
final class RawHttp2 implements AutoCloseable {
    private static final int DATA = 0;
    private static final int HEADERS = 1;
    static final int SETTINGS = 4;
    static final int PING = 6;
    private static final int END_HEADERS = 4;
    private static final int END_STREAM = 1;
    static final String WATCH = "/grpc.health.v1.Health/Watch";

    private static final int FRAME_HEADER_BYTES = 9;
    private static final int READ_BYTES = 16_384;
    private static final int EMPTY_MESSAGE_BYTES = 5;

    private final Socket socket;
    private final OutputStream out;
    private volatile boolean isClosed;

    private RawHttp2(Socket socket) throws IOException {
        this.socket = socket;
        this.out = socket.getOutputStream();
    }

    /** Connects from an address of the attacker's own, and greets. */
    static RawHttp2 connect(int from, int port) throws IOException {
        Socket socket = new Socket();
        try {
            socket.bind(new InetSocketAddress(attacker(from), 0));
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), (int)
                    Duration.ofSeconds(5).toMillis());
            return greeting(socket);
        } catch (IOException refused) {
            socket.close();
            throw refused;
        }
    }

    /** 127.66.0.1 and so on: all of 127.0.0.0/8 is this machine, so attackers can be told from a good client. */
    private static InetAddress attacker(int number) throws IOException {
        return InetAddress.getByAddress(new byte[] {127, 66, (byte) (number >> 8), (byte) (number & 0xff)});
    }

    private static RawHttp2 greeting(Socket socket) throws IOException {
        RawHttp2 raw = new RawHttp2(socket);
        raw.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        raw.write(frame(SETTINGS, 0, 0, new byte[0]));
        Thread.ofVirtual().start(raw::drain);
        return raw;
    }

    private void drain() {
        byte[] thrownAway = new byte[READ_BYTES];
        try (InputStream in = socket.getInputStream()) {
            while (in.read(thrownAway) >= 0) {
                // What the server says does not matter to whoever floods it.
            }
        } catch (IOException _) {
            // Closed: which is what is asked for.
        }
        isClosed = true;
    }

    boolean isClosed() {
        return isClosed;
    }

    /** Writes; a connection that the server has closed takes nothing more. */
    void write(byte[] bytes) {
        try {
            out.write(bytes);
        } catch (IOException closed) {
            isClosed = true;
        }
    }

    static byte[] frame(int type, int flags, int stream, byte[] payload) {
        return ByteBuffer.allocate(FRAME_HEADER_BYTES + payload.length)
                .put((byte) (payload.length >> 16))
                .putShort((short) payload.length)
                .put((byte) type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload)
                .array();
    }

    /** A whole call, with an empty request. */
    static byte[] wholeCall(int stream, String path) {
        byte[] begun = frame(HEADERS, END_HEADERS, stream, headerBlock(path));
        byte[] ended = frame(DATA, END_STREAM, stream, new byte[EMPTY_MESSAGE_BYTES]);
        return ByteBuffer.allocate(begun.length + ended.length)
                .put(begun)
                .put(ended)
                .array();
    }

    private static byte[] headerBlock(String path) {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        literal(block, ":method", "POST");
        literal(block, ":scheme", "http");
        literal(block, ":path", path);
        literal(block, ":authority", "localhost");
        literal(block, "content-type", "application/grpc");
        literal(block, "te", "trailers");
        return block.toByteArray();
    }

    /** A literal that is not indexed (RFC 7541, 6.2.2); both at most 126 bytes. */
    private static void literal(ByteArrayOutputStream block, String name, String value) {
        block.write(0);
        block.write(name.length());
        block.writeBytes(name.getBytes(StandardCharsets.US_ASCII));
        block.write(value.length());
        block.writeBytes(value.getBytes(StandardCharsets.US_ASCII));
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
