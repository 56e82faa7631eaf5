package dev.entente.idempotency;

import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A response that is held back until it is kept. Its status and headers stand in the real one. For one thread. */
final class HeldResponse extends HttpServletResponseWrapper {
    /** Those of one connection, or of the body as it is sent. */
    private static final Set<String> NOT_KEPT =
            Set.of("connection", "content-length", "date", "keep-alive", "server", "transfer-encoding");

    /** Beside it there is room for the head. */
    private static final int MAX_BODY_BYTES = IdempotencyKeys.MAX_ANSWER_BYTES - (64 << 10);

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final Body body = new Body(bytes);
    private @Nullable PrintWriter writer;

    HeldResponse(HttpServletResponse response) {
        super(response);
    }

    /** Returns what the handler has answered. */
    KeptHttpAnswer answer() {
        flushWriter();
        Map<String, List<String>> headers = new TreeMap<>();
        for (String name : getHeaderNames()) {
            if (!NOT_KEPT.contains(name.toLowerCase(Locale.ROOT))) {
                headers.put(name, List.copyOf(getHeaders(name)));
            }
        }
        return new KeptHttpAnswer(getStatus(), headers, bytes.toByteArray());
    }

    /** Sends what was held back. */
    void send() throws IOException {
        flushWriter();
        getResponse().setContentLength(bytes.size());
        bytes.writeTo(getResponse().getOutputStream());
    }

    /** Tells whether the handler has written more than can be kept. */
    boolean isTooLarge() {
        return body.isTooLarge;
    }

    private void flushWriter() {
        PrintWriter open = writer;
        if (open != null) {
            open.flush();
        }
    }

    @Override
    public ServletOutputStream getOutputStream() {
        return body;
    }

    @Override
    public PrintWriter getWriter() {
        PrintWriter open = writer;
        if (open == null) {
            open = new PrintWriter(new OutputStreamWriter(body, Charset.forName(getCharacterEncoding())));
            writer = open;
        }
        return open;
    }

    @Override
    public void sendError(int status) {
        resetBuffer();
        setStatus(status);
    }

    @Override
    public void sendError(int status, String message) {
        sendError(status);
        setContentType("text/plain;charset=utf-8");
        getWriter().write(message);
    }

    @Override
    public void sendRedirect(String location) {
        resetBuffer();
        setStatus(HttpServletResponse.SC_FOUND);
        setHeader("location", location);
    }

    @Override
    public void setContentLength(int length) {}

    @Override
    public void setContentLengthLong(long length) {}

    @Override
    public void flushBuffer() {
        flushWriter();
    }

    @Override
    public boolean isCommitted() {
        return false;
    }

    @Override
    public void reset() {
        super.reset();
        forget();
    }

    @Override
    public void resetBuffer() {
        forget();
    }

    private void forget() {
        flushWriter();
        bytes.reset();
    }

    private static final class Body extends ServletOutputStream {
        private final ByteArrayOutputStream bytes;
        private boolean isTooLarge;

        private Body(ByteArrayOutputStream bytes) {
            this.bytes = bytes;
        }

        @Override
        public void write(int single) throws IOException {
            refuseTooMuch(1);
            bytes.write(single);
        }

        @Override
        public void write(byte[] source, int from, int length) throws IOException {
            refuseTooMuch(length);
            bytes.write(source, from, length);
        }

        private void refuseTooMuch(int more) throws IOException {
            if (bytes.size() + more > MAX_BODY_BYTES) {
                isTooLarge = true;
                throw new IOException(
                        "an answer of more than " + MAX_BODY_BYTES + " bytes cannot be kept under an Idempotency-Key");
            }
        }

        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public void setWriteListener(WriteListener listener) {
            throw new IllegalStateException("this body is written by blocking");
        }
    }
}
