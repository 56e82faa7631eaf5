package dev.entente.server.http;

import dev.entente.server.http.RequestFilter.Refused;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/**
 * The header with the user's name, which trusted proxies send. A header from another address, and a header without one
 * readable name, is refused and not ignored: otherwise an incorrect proxy would go unnoticed. Immutable.
 *
 * @param name empty if no header has the user's name
 */
record UserHeader(String name) {
    private static final String ATTRIBUTE = UserHeader.class.getName();
    private static final int MAX_CHARACTERS = 128;
    /** Apache's httpd sends this text for a variable without a value. */
    private static final String UNSET = "(null)";

    /** Returns the user that a trusted proxy has sent; empty for none. */
    static String user(Request request) {
        return request.getAttribute(ATTRIBUTE) instanceof String user ? user : "";
    }

    /** Returns the refusal of the request's header; null for a valid header, and for none. */
    static @Nullable Refused refusal(Request request) {
        return request.getAttribute(ATTRIBUTE) instanceof Refused refused ? refused : null;
    }

    /**
     * Stores the user or the refusal in the request.
     *
     * @param request with the address of the connection, not the address in a header
     */
    void read(Request request, boolean isTrusted) {
        List<String> values = name.isEmpty() ? List.of() : request.getHeaders().getValuesList(name);
        if (!isTrusted && !values.isEmpty()) {
            String why = "the header " + name + " comes from " + Request.getRemoteAddr(request)
                    + ", which is not a trusted proxy; omit the header, or add the address to http.trustedProxies";
            request.setAttribute(ATTRIBUTE, RequestFilter.refused(HttpStatus.FORBIDDEN_403, why));
        } else if (!values.isEmpty()) {
            String user = decoded(values.getFirst());
            boolean isName = user != null && !user.isEmpty() && !user.equals(UNSET) && user.length() <= MAX_CHARACTERS;
            boolean isValid = values.size() == 1 && isName;
            String why = "occurs " + values.size() + " times, is empty or not UTF-8, or has more than " + MAX_CHARACTERS
                    + " characters; configure the proxy to replace the client's header by one short name, or to remove"
                    + " the header";
            request.setAttribute(ATTRIBUTE, isValid ? user : RequestFilter.malformed(name, why));
        }
    }

    /** Returns null for a text that is not UTF-8. Jetty reads headers as ISO 8859-1. */
    private static @Nullable String decoded(String value) {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(value.getBytes(StandardCharsets.ISO_8859_1));
            return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
        } catch (CharacterCodingException otherCharset) {
            return null;
        }
    }
}
