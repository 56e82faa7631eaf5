package dev.entente.http;

import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.Cookie;
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
 * A response whose body is held back until the response is stored. Status and headers are set in the real response,
 * which is not committed before. For one thread.
 */
public final class BufferedHttpResponse extends HttpServletResponseWrapper {
    /** Headers that belong to one connection, or to the transferred form of the body; they are not stored. */
    private static final Set<String> NOT_KEPT =
            Set.of("connection", "content-length", "date", "keep-alive", "server", "transfer-encoding");

    private static final String CONTENT_TYPE = "Content-Type";

    private final ServletResponse beneath = getResponse();
    private final Map<String, List<String>> before;
    private final Set<String> replaced = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final Body body = new Body();
    private @Nullable PrintWriter writer;
    private boolean isTooLarge;
    private boolean hasFailed;
    private boolean isCommitted;
    private boolean isClosed;
    private final int maxBytes;
    private final boolean isErrorHeld;
    private @Nullable String errorMessage;

    /**
     * Holds the body of a response.
     *
     * @param isErrorHeld whether {@code sendError} only sets the status; otherwise the container answers
     */
    public BufferedHttpResponse(HttpServletResponse response, int maxBytes, boolean isErrorHeld) {
        super(TomcatResponse.hiddenIfTomcats(response));
        this.maxBytes = maxBytes;
        this.isErrorHeld = isErrorHeld;
        before = headers();
        replaced.add(CONTENT_TYPE);
    }

    /** Returns the headers so far. Tomcat stores the content type outside of the headers. */
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

    /** Returns the handler's answer, with only those headers that the handler set or added. */
    public StoredHttpResponse answer() {
        List<StoredHttpResponse.Header> own = new ArrayList<>();
        headers().forEach((name, values) -> {
            List<String> others = before.getOrDefault(name, List.of());
            boolean isAdded = !replaced.contains(name)
                    && others.size() <= values.size()
                    && others.equals(values.subList(0, others.size()));
            for (int i = isAdded ? others.size() : 0; i < values.size(); i++) {
                own.add(new StoredHttpResponse.Header(name, values.get(i), isAdded || i > 0));
            }
        });
        return new StoredHttpResponse(getStatus(), own, body());
    }

    /** Returns the body that was held back. */
    public byte[] body() {
        flushWriter();
        return bytes.toByteArray();
    }

    /** Removes the handler's answer, and keeps the headers of earlier filters. */
    public void withdraw() {
        super.reset();
        before.forEach((name, values) -> {
            super.setHeader(name, values.get(0)); // set, not add: Jetty's reset keeps the session cookie
            values.subList(1, values.size()).forEach(value -> super.addHeader(name, value));
        });
    }

    /** Returns whether the handler has written more than the limit. */
    public boolean isTooLarge() {
        flushWriter();
        return isTooLarge;
    }

    /** Returns whether the handler has called {@code sendError}. */
    public boolean hasFailed() {
        return hasFailed;
    }

    /** Returns the message that the handler passed to {@code sendError}; null for none. */
    public @Nullable String errorMessage() {
        return errorMessage;
    }

    /** Ignores later headers and output. */
    public void close() {
        body.close();
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
        getResponse().getOutputStream(); // throws if a writer is in use
        return body;
    }

    @Override
    public PrintWriter getWriter() throws IOException {
        PrintWriter open = writer;
        if (open == null) {
            getResponse().getWriter(); // fixes the encoding
            open = new PrintWriter(new OutputStreamWriter(body, encoding()));
            writer = open;
        }
        return open;
    }

    /**
     * Returns whether status and headers may change: they are not sent, and no include of Tomcat has replaced the
     * response.
     */
    private boolean isOpen() {
        return !isCommitted() && getResponse().equals(beneath);
    }

    /** As {@link #isOpen}, but throws after the head was sent. */
    private boolean mayClear() {
        if (isCommitted()) {
            throw new IllegalStateException("this response is committed already");
        }
        return isOpen();
    }

    /** Returns whether a header may be set. Content-Length is refused, because the held body determines it. */
    private boolean mayHave(String header) {
        return isOpen() && !"Content-Length".equalsIgnoreCase(header);
    }

    private boolean mayReplace(String header) {
        boolean may = mayHave(header);
        if (may) {
            replaced.add(header);
        }
        return may;
    }

    @Override
    public void sendError(int status) throws IOException {
        sendError(status, null);
    }

    @Override
    public void sendError(int status, @Nullable String message) throws IOException {
        if (!mayClear()) {
            return;
        }
        hasFailed = true;
        errorMessage = message;
        if (isErrorHeld) {
            forget();
            setStatus(status);
            close();
        } else if (message == null) {
            super.sendError(status);
        } else {
            super.sendError(status, message);
        }
    }

    @Override
    public void sendRedirect(String location) {
        sendRedirect(location, HttpServletResponse.SC_FOUND, true);
    }

    /** Overrides the method of servlet 6.1, as the next two methods do. */
    public void sendRedirect(String location, int status) {
        sendRedirect(location, status, true);
    }

    public void sendRedirect(String location, boolean clears) {
        sendRedirect(location, HttpServletResponse.SC_FOUND, clears);
    }

    public void sendRedirect(String location, int status, boolean clears) {
        if (mayClear()) {
            if (clears) {
                forget();
            }
            setStatus(status);
            setHeader("Location", location);
            flushBuffer();
            isClosed = true;
        }
    }

    @Override
    public void setStatus(int status) {
        if (isOpen()) {
            super.setStatus(status);
        }
    }

    @Override
    public void setHeader(String name, String value) {
        if (mayReplace(name)) {
            super.setHeader(name, value);
        }
    }

    @Override
    public void setIntHeader(String name, int value) {
        if (mayReplace(name)) {
            super.setIntHeader(name, value);
        }
    }

    @Override
    public void setDateHeader(String name, long date) {
        if (mayReplace(name)) {
            super.setDateHeader(name, date);
        }
    }

    @Override
    public void addHeader(String name, String value) {
        if (mayHave(name)) {
            super.addHeader(name, value);
        }
    }

    @Override
    public void addIntHeader(String name, int value) {
        if (mayHave(name)) {
            super.addIntHeader(name, value);
        }
    }

    @Override
    public void addDateHeader(String name, long date) {
        if (mayHave(name)) {
            super.addDateHeader(name, date);
        }
    }

    @Override
    public void addCookie(Cookie cookie) {
        if (isOpen()) {
            super.addCookie(cookie);
        }
    }

    @Override
    public void setContentType(String type) {
        if (isOpen()) {
            super.setContentType(type);
        }
    }

    @Override
    public void setCharacterEncoding(String encoding) {
        if (isOpen()) {
            super.setCharacterEncoding(encoding);
        }
    }

    /** Overrides the method of servlet 6.1. */
    public void setCharacterEncoding(Charset encoding) {
        setCharacterEncoding(encoding.name());
    }

    @Override
    public void setLocale(Locale locale) {
        if (isOpen()) {
            super.setLocale(locale);
            setHeader("Content-Language", locale.toLanguageTag()); // Tomcat stores the locale outside of the headers
        }
    }

    @Override
    public void setTrailerFields(Supplier<Map<String, String>> fields) {
        throw new IllegalStateException(
                "trailers are not supported: only status, headers and body of this response are stored");
    }

    @Override
    public void setContentLength(int length) {}

    @Override
    public void setContentLengthLong(long length) {}

    @Override
    public void flushBuffer() {
        flushWriter();
        isCommitted = true;
    }

    @Override
    public boolean isCommitted() {
        return isCommitted || super.isCommitted();
    }

    @Override
    public void reset() {
        if (mayClear()) {
            super.reset();
            forget();
            writer = null;
        }
    }

    @Override
    public void resetBuffer() {
        if (mayClear()) {
            forget();
        }
    }

    private void forget() {
        flushWriter();
        bytes.reset();
        isTooLarge = false;
        isCommitted = false;
    }

    private final class Body extends ServletOutputStream {
        @Override
        public void write(int single) {
            write(new byte[] {(byte) single}, 0, 1);
        }

        @Override
        public void write(byte[] source, int from, int length) {
            if (isTooLarge || isClosed) {
                return;
            }
            if (bytes.size() + length > maxBytes) {
                bytes.reset();
                isTooLarge = true;
            } else {
                bytes.write(source, from, length);
            }
        }

        @Override
        public void flush() {
            isCommitted = true;
        }

        @Override
        public void close() {
            isCommitted = true;
            isClosed = true;
        }

        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public void setWriteListener(WriteListener listener) {
            throw new IllegalStateException("this body supports only blocking writes");
        }
    }
}
