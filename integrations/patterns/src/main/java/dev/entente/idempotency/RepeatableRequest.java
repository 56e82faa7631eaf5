package dev.entente.idempotency;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.Part;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UnsupportedEncodingException;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A request with a body that is read before the handler reads it. This class parses form parameters again; parts come
 * from the container. For one thread.
 */
final class RepeatableRequest extends HttpServletRequestWrapper {
    private static final String FORM = "application/x-www-form-urlencoded";

    private final List<byte[]> content;
    private final Body body;
    private final boolean hasParts;
    private boolean isAskedForParts;
    private boolean isStreamed;
    private boolean isIllFormed;
    private @Nullable BufferedReader reader;
    private @Nullable Map<String, List<String>> form;
    private @Nullable String encoding;

    private RepeatableRequest(HttpServletRequest request, List<byte[]> content, byte[] body, boolean hasParts) {
        super(request);
        this.content = content;
        this.body = new Body(new ByteArrayInputStream(body));
        this.hasParts = hasParts;
    }

    /**
     * Reads a request's body; returns null if it is larger than the limit. Blocks.
     *
     * @throws IllegalStateException if the body was read before
     */
    static @Nullable RepeatableRequest read(HttpServletRequest request, int maxBytes)
            throws IOException, ServletException {
        List<byte[]> content = new ArrayList<>();
        int left = maxBytes;
        Collection<Part> parts = List.of();
        ServletException unparsed = null;
        try {
            parts = parts(request);
        } catch (IllegalStateException failure) {
            if (failure.getCause() != null) {
                return null; // exceeds the servlet's limit; without a cause there is no multipart configuration
            }
        } catch (ServletException failure) {
            unparsed = failure;
        }
        for (Part part : parts) {
            for (String said : new String[] {part.getName(), part.getSubmittedFileName(), part.getContentType()}) {
                content.add(String.valueOf(said).getBytes(StandardCharsets.UTF_8));
            }
            try (InputStream bytes = part.getInputStream()) {
                content.add(bytes.readNBytes(left + 1));
            }
            left -= content.get(content.size() - 1).length;
            if (left < 0) {
                return null;
            }
        }
        byte[] body = request.getInputStream().readNBytes(left + 1);
        if (body.length > left) {
            return null;
        }
        if (unparsed != null && body.length < request.getContentLengthLong()) {
            throw unparsed; // otherwise Jetty has not begun: there is no multipart configuration
        }
        if (body.length == 0 && is(FORM, request)) {
            request.getParameterMap().forEach((name, values) -> {
                for (String value : values) {
                    content.add(name.getBytes(StandardCharsets.UTF_8));
                    content.add(value.getBytes(StandardCharsets.UTF_8));
                }
            });
        }
        if (body.length == 0 && content.isEmpty() && request.getContentLengthLong() > 0) {
            throw new IllegalStateException("the body of a request under an Idempotency-Key was read before"
                    + " IdempotencyFilter, which then cannot recognize a repeated request; put IdempotencyFilter"
                    + " first");
        }
        content.add(body);
        return new RepeatableRequest(request, content, body, !parts.isEmpty());
    }

    /** Returns the parts that the container parsed; empty for another request. A body without parts counts as bytes. */
    private static Collection<Part> parts(HttpServletRequest request) throws IOException, ServletException {
        if (!is("multipart/", request)) {
            return List.of();
        }
        if (request.getQueryString() != null) {
            try {
                request.getParameterMap(); // Tomcat keeps values in the order in which they were parsed
            } catch (IllegalStateException unparsed) {
                return request.getParts(); // throws the reason
            }
        }
        return request.getParts();
    }

    /** Reads the header directly, because Jetty throws for a type with an unknown encoding. */
    private static boolean is(String type, HttpServletRequest request) {
        return String.valueOf(request.getHeader("Content-Type"))
                .toLowerCase(Locale.ROOT)
                .startsWith(type);
    }

    /** Returns the content that identifies the request. */
    byte[][] content() {
        return content.toArray(byte[][]::new);
    }

    /** Returns whether the handler read parameters of an invalid form. */
    boolean isIllFormed() {
        return isIllFormed;
    }

    @Override
    public Collection<Part> getParts() throws IOException, ServletException {
        isAskedForParts = true;
        Collection<Part> parts = super.getParts();
        if (parts.isEmpty() && !body.isFinished()) {
            throw new IllegalStateException("the parts of a request under an Idempotency-Key were not parsed:"
                    + " its servlet has no multipart configuration");
        }
        return parts;
    }

    @Override
    public @Nullable Part getPart(String name) throws IOException, ServletException {
        return getParts().isEmpty() ? null : super.getPart(name);
    }

    @Override
    public ServletInputStream getInputStream() {
        if (reader != null) {
            throw new IllegalStateException("the reader of this request is in use");
        }
        return stream();
    }

    private ServletInputStream stream() {
        if (hasParts && !isAskedForParts) {
            throw new IllegalStateException("the parts of a request under an Idempotency-Key are parsed before its"
                    + " handler runs; read the parts by getParts, or remove the multipart configuration of this"
                    + " servlet");
        }
        isStreamed = true;
        return body;
    }

    @Override
    public @Nullable String getCharacterEncoding() {
        return encoding == null ? super.getCharacterEncoding() : encoding;
    }

    /** Stores the encoding here, because Jetty accepts none after its stream was read. */
    @Override
    public void setCharacterEncoding(String name) throws UnsupportedEncodingException {
        charset(name);
        super.setCharacterEncoding(name);
        if (reader == null && form == null) {
            encoding = name;
        }
    }

    /** Overrides the method of servlet 6.1. */
    public void setCharacterEncoding(Charset charset) {
        if (reader == null && form == null) {
            encoding = charset.name();
        }
    }

    private Charset charset(Charset otherwise) throws UnsupportedEncodingException {
        String named = getCharacterEncoding();
        return named == null ? otherwise : charset(named);
    }

    private static Charset charset(String name) throws UnsupportedEncodingException {
        try {
            return Charset.forName(name);
        } catch (IllegalArgumentException unknown) {
            throw new UnsupportedEncodingException(name);
        }
    }

    @Override
    public BufferedReader getReader() throws IOException {
        BufferedReader open = reader;
        if (open == null) {
            if (isStreamed) {
                throw new IllegalStateException("the stream of this request is in use");
            }
            open = new BufferedReader(new InputStreamReader(stream(), charset(StandardCharsets.ISO_8859_1)));
            reader = open;
        }
        return open;
    }

    /** Returns the body's parameters, unless the handler reads the body. The container has the query's parameters. */
    private Map<String, List<String>> form() {
        isAskedForParts = true;
        Map<String, List<String>> parsed = form;
        if (parsed == null) {
            parsed = new LinkedHashMap<>();
            if (is(FORM, this) && !isStreamed) {
                try {
                    parse(parsed, charset(StandardCharsets.UTF_8));
                } catch (IllegalArgumentException | IOException none) {
                    isIllFormed = true;
                    body.bytes.reset();
                    throw new IllegalStateException("the form of this request cannot be read", none);
                }
            }
            form = parsed;
        }
        return parsed;
    }

    private void parse(Map<String, List<String>> form, Charset charset) throws IOException {
        for (String pair : new String(body.readAllBytes(), StandardCharsets.ISO_8859_1).split("&", -1)) {
            String[] sides = pair.split("=", 2);
            String name = decode(sides[0], charset);
            if (!name.isEmpty()) {
                String value = sides.length == 1 ? "" : decode(sides[1], charset);
                form.computeIfAbsent(name, first -> new ArrayList<>()).add(value);
            }
        }
    }

    /** Decodes a text in which each character is one byte. */
    private static String decode(String escaped, Charset charset) throws CharacterCodingException {
        byte[] bytes = URLDecoder.decode(escaped, StandardCharsets.ISO_8859_1).getBytes(StandardCharsets.ISO_8859_1);
        return charset.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    }

    @Override
    public @Nullable String getParameter(String name) {
        String[] values = getParameterValues(name);
        return values == null ? null : values[0];
    }

    /**
     * Returns the values of the query first. A forwarded request has the values of the forward's query before these.
     */
    @Override
    public String @Nullable [] getParameterValues(String name) {
        List<String> values = new ArrayList<>();
        String[] others = super.getParameterValues(name);
        if (others != null) {
            values.addAll(List.of(others));
        }
        values.addAll(form().getOrDefault(name, List.of()));
        return values.isEmpty() ? null : values.toArray(String[]::new);
    }

    @Override
    public Map<String, String[]> getParameterMap() {
        Map<String, String[]> all = new LinkedHashMap<>(super.getParameterMap());
        form().keySet().forEach(name -> all.put(name, Objects.requireNonNull(getParameterValues(name))));
        return Collections.unmodifiableMap(all);
    }

    @Override
    public Enumeration<String> getParameterNames() {
        return Collections.enumeration(getParameterMap().keySet());
    }

    @Override
    public boolean isAsyncSupported() {
        return false;
    }

    @Override
    public AsyncContext startAsync() {
        throw new IllegalStateException(
                "behind IdempotencyFilter the thread that serves a request must send the response, so that the response"
                        + " is stored; exclude this path from the filter, or respond on that thread");
    }

    @Override
    public AsyncContext startAsync(ServletRequest request, ServletResponse response) {
        return startAsync();
    }

    private static final class Body extends ServletInputStream {
        private final ByteArrayInputStream bytes;

        private Body(ByteArrayInputStream bytes) {
            this.bytes = bytes;
        }

        @Override
        public int read() {
            return bytes.read();
        }

        @Override
        public int read(byte[] target, int from, int length) throws IOException {
            return bytes.read(target, from, length);
        }

        @Override
        public int available() {
            return bytes.available();
        }

        @Override
        public boolean isFinished() {
            return bytes.available() == 0;
        }

        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public void setReadListener(ReadListener listener) {
            throw new IllegalStateException("this body supports only blocking reads");
        }
    }
}
