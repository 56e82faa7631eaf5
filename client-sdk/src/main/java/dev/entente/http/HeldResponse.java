package dev.entente.http;

import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.ServletResponseWrapper;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A response whose body is held back until it is stored. Its status and headers are in the real one, which is not
 * committed before. For one thread.
 */
public final class HeldResponse extends HttpServletResponseWrapper {
    /** Headers of one connection, or of the body as it is sent. */
    private static final Set<String> NOT_KEPT =
            Set.of("connection", "content-length", "date", "keep-alive", "server", "transfer-encoding");

    private static final String CONTENT_TYPE = "Content-Type";

    private final ServletResponse beneath = getResponse();
    private final Map<String, List<String>> before;
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
     * Holds the body of this response.
     *
     * @param isErrorHeld whether {@code sendError} sets the status alone; else the container answers it
     */
    public HeldResponse(HttpServletResponse response, int maxBytes, boolean isErrorHeld) {
        super(isTomcats(response) ? hidden(response) : response);
        this.maxBytes = maxBytes;
        this.isErrorHeld = isErrorHeld;
        before = headers();
    }

    private static boolean isTomcats(ServletResponse response) {
        return response instanceof ServletResponseWrapper outer
                ? isTomcats(outer.getResponse())
                : response.getClass().getName().startsWith("org.apache.catalina.");
    }

    /** Hides a response's class: after a forward Tomcat 11 ends the one below all wrappers, if it is its own. */
    @SuppressWarnings("ReferenceEquality") // as a response compares
    private static HttpServletResponse hidden(HttpServletResponse response) {
        return (HttpServletResponse) Proxy.newProxyInstance(
                HttpServletResponse.class.getClassLoader(),
                new Class<?>[] {HttpServletResponse.class},
                (self, method, arguments) -> {
                    if (method.getName().equals("equals")) {
                        return self == arguments[0];
                    }
                    try {
                        return method.invoke(response, arguments);
                    } catch (InvocationTargetException failed) {
                        throw failed.getTargetException();
                    }
                });
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

    /** Returns what the handler has answered: of the headers those that it changed or added itself. */
    public KeptHttpAnswer answer() {
        List<KeptHttpAnswer.Header> own = new ArrayList<>();
        headers().forEach((name, values) -> {
            List<String> others = before.getOrDefault(name, List.of());
            boolean isAdded = !name.equalsIgnoreCase(CONTENT_TYPE)
                    && others.size() <= values.size()
                    && others.equals(values.subList(0, others.size()));
            for (int i = isAdded ? others.size() : 0; i < values.size(); i++) {
                own.add(new KeptHttpAnswer.Header(name, values.get(i), isAdded || i > 0));
            }
        });
        return new KeptHttpAnswer(getStatus(), own, body());
    }

    /** Returns the body that was held back. */
    public byte[] body() {
        flushWriter();
        return bytes.toByteArray();
    }

    /** Takes back what the handler has answered, and leaves what filters before it did. */
    public void withdraw() {
        super.reset();
        before.forEach((name, values) -> {
            super.setHeader(name, values.get(0)); // for Jetty keeps the cookie of a session
            values.subList(1, values.size()).forEach(value -> super.addHeader(name, value));
        });
    }

    /** Tells whether the handler has written more than can be kept. */
    public boolean isTooLarge() {
        flushWriter();
        return isTooLarge;
    }

    /** Returns whether the handler has called {@code sendError}. */
    public boolean hasFailed() {
        return hasFailed;
    }

    /** Returns the message that the handler gave to {@code sendError}; null for none. */
    public @Nullable String errorMessage() {
        return errorMessage;
    }

    /** Ignores from now on a status and what is written. */
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

    /** Tells whether the answer may be cleared: while Tomcat includes, which puts a response beneath, it may not. */
    private boolean mayClear() {
        if (isCommitted()) {
            throw new IllegalStateException("this answer is committed");
        }
        return getResponse().equals(beneath);
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

    /** Overrides that of servlet 6.1, as do the next two. */
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

    /** It decides whether the answer is kept, so it is that of the answer that was sent. */
    @Override
    public void setStatus(int status) {
        if (!isCommitted()) {
            super.setStatus(status);
        }
    }

    @Override
    public void setLocale(Locale locale) {
        super.setLocale(locale);
        setHeader("Content-Language", locale.toLanguageTag()); // which Tomcat has beside the headers
    }

    @Override
    public void setTrailerFields(Supplier<Map<String, String>> fields) {
        throw new IllegalStateException("no trailers: only status, headers and body of this answer are stored");
    }

    /** The length is that of the body. */
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
            throw new IllegalStateException("this body is written by blocking");
        }
    }
}
