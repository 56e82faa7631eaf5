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
import java.net.URLDecoder;
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
import org.jspecify.annotations.Nullable;

/**
 * A request whose body was read before its handler reads it. Parameters of a form are parsed once more, parts are those
 * of the container. For one thread.
 */
final class RepeatableRequest extends HttpServletRequestWrapper {
    private static final String FORM = "application/x-www-form-urlencoded";
    private static final String PARTS = "multipart/form-data";

    private final List<byte[]> content;
    private final Body body;
    private @Nullable BufferedReader reader;
    private @Nullable Map<String, String[]> parameters;

    private RepeatableRequest(HttpServletRequest request, List<byte[]> content, byte[] body) {
        super(request);
        this.content = content;
        this.body = new Body(new ByteArrayInputStream(body));
    }

    /**
     * Reads a request's body, or returns null where it is larger. Blocks.
     *
     * @throws IllegalStateException if somebody has read it before
     */
    static @Nullable RepeatableRequest read(HttpServletRequest request, int maxBytes)
            throws IOException, ServletException {
        List<byte[]> content = new ArrayList<>();
        int left = maxBytes;
        for (Part part : parts(request)) {
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
                    + " IdempotencyFilter, which cannot know it again; have that filter stand first");
        }
        content.add(body);
        return new RepeatableRequest(request, content, body);
    }

    /** Returns the parts, where the servlet is configured for them: otherwise they are bytes. */
    private static Collection<Part> parts(HttpServletRequest request) throws IOException, ServletException {
        try {
            return is(PARTS, request) ? request.getParts() : List.of();
        } catch (IllegalStateException unconfigured) {
            return List.of();
        }
    }

    private static boolean is(String type, ServletRequest request) {
        return String.valueOf(request.getContentType()).toLowerCase(Locale.ROOT).startsWith(type);
    }

    /** Returns what it is known by. */
    byte[][] content() {
        return content.toArray(byte[][]::new);
    }

    @Override
    public ServletInputStream getInputStream() {
        return body;
    }

    private Charset encoding(Charset otherwise) {
        String named = getCharacterEncoding();
        return named == null ? otherwise : Charset.forName(named);
    }

    @Override
    public BufferedReader getReader() {
        BufferedReader open = reader;
        if (open == null) {
            open = new BufferedReader(new InputStreamReader(body, encoding(StandardCharsets.ISO_8859_1)));
            reader = open;
        }
        return open;
    }

    @Override
    public Map<String, String[]> getParameterMap() {
        Map<String, String[]> all = parameters;
        if (all == null) {
            Map<String, List<String>> values = new LinkedHashMap<>();
            super.getParameterMap().forEach((name, query) -> values.put(name, new ArrayList<>(List.of(query))));
            if (is(FORM, this)) {
                addForm(values, encoding(StandardCharsets.UTF_8));
            }
            Map<String, String[]> parsed = new LinkedHashMap<>();
            values.forEach((name, list) -> parsed.put(name, list.toArray(String[]::new)));
            all = Collections.unmodifiableMap(parsed);
            parameters = all;
        }
        return all;
    }

    private void addForm(Map<String, List<String>> values, Charset encoding) {
        for (String pair : new String(body.bytes.readAllBytes(), encoding).split("&", -1)) {
            String[] sides = pair.split("=", 2);
            String name = URLDecoder.decode(sides[0], encoding);
            if (!name.isEmpty()) {
                String value = sides.length == 1 ? "" : URLDecoder.decode(sides[1], encoding);
                values.computeIfAbsent(name, first -> new ArrayList<>()).add(value);
            }
        }
    }

    @Override
    public @Nullable String getParameter(String name) {
        String[] values = getParameterValues(name);
        return values == null ? null : values[0];
    }

    @Override
    public String @Nullable [] getParameterValues(String name) {
        return getParameterMap().get(name);
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
                "behind IdempotencyFilter a request is answered on the thread that serves it, so that its answer is"
                        + " kept; take this path out of the filter, or answer there");
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
            throw new IllegalStateException("this body is read by blocking");
        }
    }
}
