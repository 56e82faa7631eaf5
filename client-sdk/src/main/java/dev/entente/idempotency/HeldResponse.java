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
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A response whose body is held back until it is kept. Its status and headers stand in the real one, which is not
 * committed before. An error is the container's to answer. For one thread.
 */
final class HeldResponse extends HttpServletResponseWrapper {
    /** Those of one connection, or of the body as it is sent. */
    private static final Set<String> NOT_KEPT =
            Set.of("connection", "content-length", "date", "keep-alive", "server", "transfer-encoding");

    private static final String CONTENT_TYPE = "Content-Type";

    /** Beside it there is room for the head. */
    private static final int MAX_BODY_BYTES = IdempotencyKeys.MAX_ANSWER_BYTES - (64 << 10);

    private final Map<String, List<String>> before;
    private final Set<String> replaced = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final Body body = new Body();
    private @Nullable PrintWriter writer;
    private boolean isTooLarge;
    private boolean hasFailed;
    private boolean hasRedirected;

    HeldResponse(HttpServletResponse response) {
        super(response);
        before = headers();
        replaced.add(CONTENT_TYPE);
    }

    /** Returns the headers so far. Tomcat has the content type beside them. */
    private Map<String, List<String>> headers() {
        Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        getHeaderNames().forEach(name -> headers.put(name, List.copyOf(getHeaders(name))));
        String type = getContentType();
        if (type != null) {
            headers.put(CONTENT_TYPE, List.of(type));
        }
        headers.keySet().removeIf(name -> NOT_KEPT.contains(name.toLowerCase(Locale.ROOT)));
        return headers;
    }

    /** Returns what the handler has answered: of the headers those that it set or added itself. */
    KeptHttpAnswer answer() {
        flushWriter();
        List<KeptHttpAnswer.Header> own = new ArrayList<>();
        headers().forEach((name, values) -> {
            List<String> others = before.getOrDefault(name, List.of());
            boolean isAdded = !replaced.contains(name)
                    && others.size() <= values.size()
                    && others.equals(values.subList(0, others.size()));
            for (int i = isAdded ? others.size() : 0; i < values.size(); i++) {
                own.add(new KeptHttpAnswer.Header(name, values.get(i), isAdded || i > 0));
            }
        });
        return new KeptHttpAnswer(getStatus(), own, bytes.toByteArray());
    }

    /** Sends what was held back. */
    void send() throws IOException {
        flushWriter();
        if (writer != null) {
            getResponse().getWriter().write(bytes.toString(encoding()));
        } else if (bytes.size() > 0) {
            getResponse().setContentLength(bytes.size());
            bytes.writeTo(getResponse().getOutputStream());
        }
    }

    /** Takes back what the handler has answered, and leaves what filters before it did. */
    void withdraw() {
        super.reset();
        before.forEach((name, values) -> values.forEach(value -> super.addHeader(name, value)));
    }

    /** Tells whether the handler has written more than can be kept. */
    boolean isTooLarge() {
        return isTooLarge;
    }

    /** Tells whether the container answers, with an error that the handler reported. */
    boolean hasFailed() {
        return hasFailed;
    }

    private Charset encoding() {
        return Charset.forName(getCharacterEncoding());
    }

    private void flushWriter() {
        PrintWriter open = writer;
        if (open != null) {
            open.flush();
        }
    }

    @Override
    public ServletOutputStream getOutputStream() throws IOException {
        getResponse().getOutputStream(); // which refuses it beside a writer
        return body;
    }

    @Override
    public PrintWriter getWriter() throws IOException {
        PrintWriter open = writer;
        if (open == null) {
            getResponse().getWriter(); // which settles the encoding
            open = new PrintWriter(new OutputStreamWriter(body, encoding()));
            writer = open;
        }
        return open;
    }

    @Override
    public void sendError(int status) throws IOException {
        hasFailed = true;
        super.sendError(status);
    }

    @Override
    public void sendError(int status, String message) throws IOException {
        hasFailed = true;
        super.sendError(status, message);
    }

    @Override
    public void sendRedirect(String location) {
        sendRedirect(location, HttpServletResponse.SC_FOUND, true);
    }

    /** Overrides that of servlet 6.1, as do the next two. */
    public void sendRedirect(String location, int status) {
        sendRedirect(location, status, true);
    }

    public void sendRedirect(String location, boolean clears) {
        sendRedirect(location, HttpServletResponse.SC_FOUND, clears);
    }

    public void sendRedirect(String location, int status, boolean clears) {
        if (clears) {
            forget();
        }
        setStatus(status);
        setHeader("Location", location);
        flushWriter();
        hasRedirected = true;
    }

    @Override
    public void setHeader(String name, String value) {
        replaced.add(name);
        super.setHeader(name, value);
    }

    @Override
    public void setIntHeader(String name, int value) {
        replaced.add(name);
        super.setIntHeader(name, value);
    }

    @Override
    public void setDateHeader(String name, long date) {
        replaced.add(name);
        super.setDateHeader(name, date);
    }

    @Override
    public void setLocale(Locale locale) {
        super.setLocale(locale);
        setHeader("Content-Language", locale.toLanguageTag()); // which Tomcat has beside the headers
    }

    @Override
    public void setTrailerFields(Supplier<Map<String, String>> fields) {
        throw new IllegalStateException("behind IdempotencyFilter an answer has no trailers, for none are kept");
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
        return hasRedirected || super.isCommitted();
    }

    @Override
    public void reset() {
        super.reset();
        forget();
        writer = null;
    }

    @Override
    public void resetBuffer() {
        forget();
    }

    private void forget() {
        flushWriter();
        bytes.reset();
        isTooLarge = false;
    }

    private final class Body extends ServletOutputStream {
        @Override
        public void write(int single) {
            write(new byte[] {(byte) single}, 0, 1);
        }

        @Override
        public void write(byte[] source, int from, int length) {
            if (isTooLarge || hasRedirected) {
                return;
            }
            if (bytes.size() + length > MAX_BODY_BYTES) {
                bytes.reset();
                isTooLarge = true;
            } else {
                bytes.write(source, from, length);
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
