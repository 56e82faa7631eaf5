package dev.entente.server.api;

import com.google.protobuf.ByteString;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A connection for hand-written HTTP/2 frames, as an attacker sends them. */
final class RawHttp2 implements AutoCloseable {
    static final int DATA = 0;
    static final int HEADERS = 1;
    static final int RST_STREAM = 3;
    private static final int SETTINGS = 4;
    static final int PING = 6;
    private static final int WINDOW_UPDATE = 8;
    private static final int ACK = 1;
    private static final int END_STREAM = 1;
    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final int END_HEADERS = 4;

    /** A frame of the server. */
    record Frame(int type, int flags, int stream, ByteString payload) {}

    private final Socket socket;
    private final OutputStream out;
    private final List<Frame> frames = new CopyOnWriteArrayList<>();
    private volatile boolean isClosed;

    /** Sends the preface, and answers the server's pings from then on. */
    private RawHttp2(Socket socket) throws IOException {
        this.socket = socket;
        out = socket.getOutputStream();
        write(PREFACE);
        write(frame(SETTINGS, 0, 0, new byte[0]));
        Thread.ofVirtual().start(this::read);
    }

    static RawHttp2 connect(int port) throws IOException {
        return new RawHttp2(new Socket(InetAddress.getLoopbackAddress(), port));
    }

    /** Connects from another address of this machine, such as 127.66.0.1. */
    static RawHttp2 connectFrom(String address, int port) throws IOException {
        InetAddress from = InetAddress.ofLiteral(address);
        return new RawHttp2(new Socket(InetAddress.getLoopbackAddress(), port, from, 0));
    }

    static byte[] frame(int type, int flags, int stream, byte[] payload) {
        return ByteBuffer.allocate(9 + payload.length)
                .put((byte) (payload.length >> 16))
                .putShort((short) payload.length)
                .put((byte) type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload)
                .array();
    }

    /** Returns the headers of a call, without its request. */
    static byte[] headers(int stream, String path) {
        return frame(HEADERS, END_HEADERS, stream, headerBlock(path));
    }

    /** Returns calls, each with an empty request. */
    static byte[] calls(String path, int count) {
        return calls(path, 1, count);
    }

    /** @param first the first stream's number */
    static byte[] calls(String path, int first, int count) {
        ByteArrayOutputStream calls = new ByteArrayOutputStream();
        for (int stream = first; stream < first + 2 * count; stream += 2) {
            calls.writeBytes(headers(stream, path));
            calls.writeBytes(frame(DATA, END_STREAM, stream, new byte[5]));
        }
        return calls.toByteArray();
    }

    private static byte[] headerBlock(String path) {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        header(block, ":method", "POST");
        header(block, ":scheme", "http");
        header(block, ":path", path);
        header(block, ":authority", "localhost");
        header(block, "content-type", "application/grpc");
        header(block, "te", "trailers");
        return block.toByteArray();
    }

    /** Appends a literal header that is not indexed. */
    private static void header(ByteArrayOutputStream block, String name, String value) {
        block.write(0);
        block.write(name.length());
        block.writeBytes(name.getBytes(StandardCharsets.US_ASCII));
        block.write(value.length());
        block.writeBytes(value.getBytes(StandardCharsets.US_ASCII));
    }

    /** Writes the bytes; marks the connection as closed if the write fails. */
    synchronized void write(byte[] bytes) {
        try {
            out.write(bytes);
        } catch (IOException gone) {
            isClosed = true;
        }
    }

    List<Frame> frames() {
        return frames;
    }

    boolean isClosed() {
        return isClosed;
    }

    private void read() {
        try {
            DataInputStream in = new DataInputStream(socket.getInputStream());
            while (true) {
                int size = (in.readUnsignedByte() << 16) | in.readUnsignedShort();
                Frame frame = new Frame(
                        in.readUnsignedByte(),
                        in.readUnsignedByte(),
                        in.readInt(),
                        ByteString.copyFrom(in.readNBytes(size)));
                take(frame);
            }
        } catch (IOException gone) {
            isClosed = true;
        }
    }

    private void take(Frame frame) {
        if (frame.type() == PING && (frame.flags() & ACK) == 0) {
            write(frame(PING, ACK, 0, frame.payload().toByteArray()));
        } else if (frame.type() == SETTINGS && (frame.flags() & ACK) == 0) {
            write(frame(SETTINGS, ACK, 0, new byte[0]));
        } else if (frame.type() != PING && frame.type() != WINDOW_UPDATE && frame.type() != SETTINGS) {
            frames.add(frame);
        }
    }

    /** Closes the connection with a reset, as after the end of a process that has not read all data. */
    void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
