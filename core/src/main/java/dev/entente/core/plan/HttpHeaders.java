package dev.entente.core.plan;

import java.util.Locale;
import java.util.Set;

/** The headers that a plan may send to a participant over HTTP. Names are compared without case. */
public final class HttpHeaders {
    /** The headers that every participant accepts from plans. They describe the body and the answer, not the caller. */
    public static final Set<String> STANDARD =
            Set.of("accept", "accept-language", "content-encoding", "content-language", "content-type");

    /** Headers of the connection, and headers that identify the call, the caller or the route of the call. */
    private static final Set<String> RESERVED = Set.of(
            "authorization",
            "connection",
            "content-length",
            "cookie",
            "cookie2",
            "expect",
            "forwarded",
            "host",
            "http2-settings",
            "idempotency-key",
            "keep-alive",
            "set-cookie",
            "te",
            "traceparent",
            "tracestate",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "via",
            "x-real-ip");

    private static final Set<String> RESERVED_PREFIXES = Set.of("entente-", "forwarded-", "proxy-", "x-forwarded");

    private static final String TOKEN_MARKS = "!#$%&'*+-.^_`|~";

    private HttpHeaders() {}

    /** Returns the name in the form for comparisons. */
    public static String plain(String name) {
        return name.toLowerCase(Locale.ROOT);
    }

    /** Returns whether no plan may ever set the header, independent of the configuration. */
    public static boolean isReserved(String name) {
        String plain = plain(name);
        return RESERVED.contains(plain) || RESERVED_PREFIXES.stream().anyMatch(plain::startsWith);
    }

    /** Returns whether the text is valid as a header's name. */
    public static boolean isName(String name) {
        return !name.isEmpty() && name.chars().allMatch(HttpHeaders::isOfToken);
    }

    /** Returns a name for a message, shortened and in quotes. */
    public static String shown(String name) {
        return "'" + Names.shortened(name) + "'";
    }

    private static boolean isOfToken(int c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || TOKEN_MARKS.indexOf(c) >= 0;
    }
}
