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
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** A connection on which HTTP/2 frames are written by hand, as by somebody who means no good. */
final class RawHttp2 implements AutoCloseable {
    static final int DATA = 0;
    static final int HEADERS = 1;
    static final int PRIORITY = 2;
    static final int RST_STREAM = 3;
    static final int SETTINGS = 4;
    static final int PING = 6;
    private static final int WINDOW_UPDATE = 8;
    private static final int CONTINUATION = 9;
    private static final int ACK = 1;
    private static final int END_STREAM = 1;
    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final int END_HEADERS = 4;

    /** A frame of the server. */
    record Frame(int type, int flags, int stream, ByteString payload) {}

    private final Socket socket;
    private final OutputStream out;
    private final List<Frame> frames = new CopyOnWriteArrayList<>();
    private final Semaphore credit = new Semaphore(65_535);
    private final boolean isSilent;
    private volatile boolean hasGreeted;
    private volatile boolean isClosed;

    private RawHttp2(int port, boolean isSilent) throws IOException {
        this(new Socket(InetAddress.getLoopbackAddress(), port), isSilent);
    }

    private RawHttp2(Socket socket, boolean isSilent) throws IOException {
        this.isSilent = isSilent;
        this.socket = socket;
        out = socket.getOutputStream();
    }

    /** Connects, greets, and answers the server's pings from then on. */
    static RawHttp2 connect(int port) throws IOException {
        return greeting(new RawHttp2(port, false));
    }

    /** Does the same from another address of this machine, such as 127.66.0.1. */
    static RawHttp2 connectFrom(String address, int port) throws IOException {
        InetAddress from = InetAddress.ofLiteral(address);
        return greeting(new RawHttp2(new Socket(InetAddress.getLoopbackAddress(), port, from, 0), false));
    }

    /** Connects, and gives no leave to send it the content of any answer. */
    static RawHttp2 connectWithoutWindow(int port) throws IOException {
        RawHttp2 raw = new RawHttp2(port, false);
        raw.write(PREFACE);
        byte[] noInitialWindow = {0, 4, 0, 0, 0, 0};
        raw.write(frame(SETTINGS, 0, 0, noInitialWindow));
        Thread.ofVirtual().start(raw::read);
        return raw;
    }

    /** Connects, greets, and never reads anything. */
    static RawHttp2 connectDeaf(int port) throws IOException {
        RawHttp2 raw = new RawHttp2(port, true);
        raw.write(PREFACE);
        raw.write(frame(SETTINGS, 0, 0, new byte[0]));
        return raw;
    }

    private static RawHttp2 greeting(RawHttp2 raw) {
        raw.write(PREFACE);
        raw.write(frame(SETTINGS, 0, 0, new byte[0]));
        Thread.ofVirtual().start(raw::read);
        return raw;
    }

    /** Tells whether the server has begun to speak to it; not to one that is silent. */
    boolean hasGreeted() {
        return hasGreeted;
    }

    /** Connects, and says nothing, not even an answer to the server's greeting. */
    static RawHttp2 silent(int port) throws IOException {
        RawHttp2 raw = new RawHttp2(port, true);
        Thread.ofVirtual().start(raw::read);
        return raw;
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

    /** The beginning of a call, whose request is to come. */
    static byte[] headers(int stream, String path) {
        return frame(HEADERS, END_HEADERS, stream, headerBlock(path));
    }

    /** Calls, each with an empty request. */
    static byte[] calls(String path, int count) {
        return calls(path, 1, count);
    }

    /** @param first stream */
    static byte[] calls(String path, int first, int count) {
        ByteArrayOutputStream calls = new ByteArrayOutputStream();
        for (int stream = first; stream < first + 2 * count; stream += 2) {
            calls.writeBytes(headers(stream, path));
            calls.writeBytes(frame(DATA, END_STREAM, stream, new byte[5]));
        }
        return calls.toByteArray();
    }

    /** The same, whose headers are to go on. */
    static byte[] unfinishedHeaders(int stream, String path) {
        return frame(HEADERS, 0, stream, headerBlock(path));
    }

    /** More of such headers. */
    static byte[] continuation(int stream, String name, String value) {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        header(block, name, value);
        return frame(CONTINUATION, 0, stream, block.toByteArray());
    }

    private static byte[] headerBlock(String path) {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        header(block, ":method", "POST");
        header(block, ":scheme", "http");
        header(block, ":path", path);
        header(block, ":authority", "localhost");
        header(block, "content-type", "application/grpc");
        header(block, "te", "trailers");
        header(block, "grpc-encoding", "gzip");
        return block.toByteArray();
    }

    /** A literal that is not indexed. */
    private static void header(ByteArrayOutputStream block, String name, String value) {
        block.write(0);
        block.write(name.length());
        block.writeBytes(name.getBytes(StandardCharsets.US_ASCII));
        block.write(value.length());
        block.writeBytes(value.getBytes(StandardCharsets.US_ASCII));
    }

    /** The first bytes of a message that claims to have so many. */
    static byte[] message(boolean isCompressed, int claimed, int sent) {
        return ByteBuffer.allocate(5 + sent)
                .put((byte) (isCompressed ? 1 : 0))
                .putInt(claimed)
                .array();
    }

    /** Sends them as frames of a request whose end does not come, as fast as the server allows. */
    void unfinished(int stream, byte[] bytes) throws InterruptedException {
        for (int at = 0; at < bytes.length; at += 16_384) {
            int size = Math.min(16_384, bytes.length - at);
            if (isClosed || isReset(stream) || !credit.tryAcquire(size, 10, TimeUnit.SECONDS)) {
                return;
            }
            write(frame(
                    DATA,
                    0,
                    stream,
                    ByteBuffer.allocate(size).put(bytes, at, size).array()));
        }
    }

    /** Writes; a connection that the server has closed takes nothing more. */
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

    boolean isReset(int stream) {
        return frames.stream().anyMatch(frame -> frame.type() == RST_STREAM && frame.stream() == stream);
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
        if (isSilent) {
            frames.add(frame);
        } else if (frame.type() == WINDOW_UPDATE && frame.stream() == 0) {
            credit.release(frame.payload().asReadOnlyByteBuffer().getInt());
        } else if (frame.type() == PING && (frame.flags() & ACK) == 0) {
            write(frame(PING, ACK, 0, frame.payload().toByteArray()));
        } else if (frame.type() == SETTINGS && (frame.flags() & ACK) == 0) {
            hasGreeted = true;
            write(frame(SETTINGS, ACK, 0, new byte[0]));
        } else if (frame.type() != PING && frame.type() != WINDOW_UPDATE && frame.type() != SETTINGS) {
            frames.add(frame);
        }
    }

    /** Ends it as the end of a process does that has not read all: the server is told of a reset. */
    void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
