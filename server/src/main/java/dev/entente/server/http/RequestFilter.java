package dev.entente.server.http;

import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Refusal;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.EndPoint.SslSessionData;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/**
 * Refuses calls before their bodies are read. It refuses calls from pages of other sites, also under a foreign host
 * name that resolves to this machine; calls on a connection that is less secure than gRPC's; and a user's name that no
 * trusted proxy has sent. Immutable.
 */
public final class RequestFilter {
    private static final Refused PLAIN =
            refused(HttpStatus.FORBIDDEN_403, "gRPC uses TLS, so calls over HTTP need TLS, too; set http.tls: on");
    private static final Refused NO_CERTIFICATE = refused(
            HttpStatus.FORBIDDEN_403, "a call needs a client certificate (grpc.tls.clientCa); the client sent none");

    static final Refused STARTING = new Refused(
            HttpStatus.SERVICE_UNAVAILABLE_503,
            Refusal.temporary(
                    ErrorCode.DRAINING, "this coordinator is starting; send the request again", Duration.ofSeconds(1)));
    static final Refused AMBIGUOUS = malformed("path", "write the path without dot segments, parameters, or escapes");
    static final Refused MALFORMED = malformed(
            "request",
            "the request is not valid HTTP; a path must not contain an empty segment (//) or an invalid escape");

    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", plain("::1"));

    /**
     * A path that begins with Entente's package, or with a service in a package. An escaped slash counts as a slash,
     * because no page's path has one.
     */
    private static final Pattern CALL =
            Pattern.compile("/(/|%2f)*(entente[.]v\\d|\\w+([.]\\w+)+(/|%2f)).*", Pattern.CASE_INSENSITIVE);

    /** The path that Jetty sets in a request that it refuses before it reads the path. */
    private static final String UNREAD_PATH = "/badMessage";

    private static final Pattern CALLS_CONTENT =
            Pattern.compile("application/(json|proto|connect|grpc).*", Pattern.CASE_INSENSITIVE);

    private static final String SITE = "Sec-Fetch-Site";
    private static final String SAME_ORIGIN = "same-origin";
    private static final Pattern DEFAULT_PORT =
            Pattern.compile("(https://.*):443|(http://.*):80", Pattern.CASE_INSENSITIVE);

    private final Set<String> hosts = new HashSet<>(LOOPBACK);
    private final TrustedProxies proxies;
    private final boolean needsTls;
    private final boolean needsCertificate;
    private final BiFunction<Integer, Refusal, WebResponse> words;

    /**
     * A refusal before the request is read.
     *
     * @param status of HTTP
     */
    record Refused(int status, Refusal why) {
        /** Returns the refusal as plain text, for a request of a page. */
        WebResponse toReader() {
            Duration later = why.retryAfter();
            Map<String, String> headers =
                    later == null ? Map.of() : Map.of(WebResponse.LATER, Long.toString(later.toSeconds()));
            return WebResponse.of(status, WebResponse.PLAIN, headers, why.getMessage() + "\n");
        }
    }

    static Refused refused(int status, String why) {
        return new Refused(status, Refusal.of(ErrorCode.NOT_TAKEN_OVER_HTTP, why));
    }

    static Refused malformed(String field, String why) {
        return new Refused(HttpStatus.BAD_REQUEST_400, Refusal.malformed(ErrorCode.MALFORMED, field, why));
    }

    /**
     * @param hosts names or addresses, besides loopback and the address of the connection
     * @param isTrustedProxy decides whether a proxy's headers about the client are trusted
     * @param userHeader the header with the user's name, which trusted proxies send; empty for none
     * @param needsTls whether a call without TLS is refused
     * @param needsCertificate whether TLS requests a client certificate, and a call without a certificate is refused
     * @param words writes the refusal of a call with an HTTP status, in the protocol of the calls
     */
    public RequestFilter(
            Collection<String> hosts,
            Predicate<InetAddress> isTrustedProxy,
            String userHeader,
            boolean needsTls,
            boolean needsCertificate,
            BiFunction<Integer, Refusal, WebResponse> words) {
        proxies = new TrustedProxies(isTrustedProxy, new UserHeader(userHeader));
        hosts.forEach(host -> this.hosts.add(plain(host)));
        this.needsTls = needsTls;
        this.needsCertificate = needsCertificate;
        this.words = words;
    }

    /** Returns whether a request is a call by its path, well-formed or not. An unread path may be a call. */
    static boolean isCall(Request request) {
        String path = String.valueOf(request.getHttpURI().getPath());
        String plain = String.valueOf(request.getHttpURI().getCanonicalPath());
        return path.equals(UNREAD_PATH)
                || CALL.matcher(path).matches()
                || CALL.matcher(plain).matches();
    }

    /** Returns whether a request is a call by its content. */
    static boolean hasCall(Request request) {
        String type = String.valueOf(request.getHeaders().get(HttpHeader.CONTENT_TYPE));
        return CALLS_CONTENT.matcher(type).matches();
    }

    TrustedProxies proxies() {
        return proxies;
    }

    boolean asksForCertificates() {
        return needsCertificate;
    }

    /** Returns the refusal in the protocol of calls. */
    WebResponse toCaller(Refused refused) {
        return words.apply(refused.status(), refused.why());
    }

    /** Returns null if the call may continue. */
    @Nullable
    Refused refusal(Request request) {
        if (!isOwn(request)) {
            return refused(
                    HttpStatus.MISDIRECTED_REQUEST_421,
                    "the Host header '" + request.getHttpURI().getAuthority()
                            + "' is not a name of this coordinator; call localhost or the address itself, or add the"
                            + " name to http.hosts");
        }
        String mismatch = originMismatch(request);
        if (mismatch != null) {
            return refused(HttpStatus.FORBIDDEN_403, mismatch);
        }
        if (needsTls && !request.isSecure()) {
            return PLAIN;
        }
        return needsCertificate && !hasCertificate(request) ? NO_CERTIFICATE : UserHeader.refusal(request);
    }

    /** Returns whether the request names this coordinator. An HTTP/1 request without a Host header does not. */
    private boolean isOwn(Request request) {
        boolean isNamed = request.getHeaders().contains(HttpHeader.HOST)
                || request.getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_2;
        String asked = plain(String.valueOf(request.getHttpURI().getHost()));
        return isNamed
                && (hosts.contains(asked)
                        || (request.getConnectionMetaData().getLocalSocketAddress() instanceof InetSocketAddress local
                                && local.getAddress().getHostAddress().equals(asked)));
    }

    /**
     * Compares the Origin header with the address of the request. Behind a proxy with HTTPS, the request itself may be
     * plaintext. A browser sends {@code null} from a page with the {@code Referrer-Policy} {@code no-referrer}; then
     * {@code Sec-Fetch-Site} decides, which no page can set.
     *
     * @return a text with both values; null if they match, or without an Origin
     */
    private static @Nullable String originMismatch(Request request) {
        HttpFields headers = request.getHeaders();
        if (!headers.contains(HttpHeader.ORIGIN)) {
            return null;
        }
        String origin = String.join(", ", headers.getValuesList(HttpHeader.ORIGIN));
        if (origin.equals("null")) {
            String site = String.join(", ", headers.getValuesList(SITE));
            return site.equals(SAME_ORIGIN)
                    ? null
                    : "the Origin header is 'null', and " + SITE + " is '" + site + "' instead of '" + SAME_ORIGIN
                            + "'; send the request from a page of this coordinator";
        }
        boolean isHttps = request.isSecure() || origin.regionMatches(true, 0, "https:", 0, 6);
        String own = (isHttps ? "https://" : "http://") + request.getHttpURI().getAuthority();
        return withoutDefaultPort(origin).equalsIgnoreCase(withoutDefaultPort(own))
                ? null
                : "the Origin header is '" + origin + "', but the address in the Host header is '" + own
                        + "'; use one address for this coordinator, and configure the proxy to forward the browser's"
                        + " Host header";
    }

    private static String withoutDefaultPort(String origin) {
        Matcher standard = DEFAULT_PORT.matcher(origin);
        return standard.matches() ? origin.substring(0, origin.lastIndexOf(':')) : origin;
    }

    /** Returns whether a host is a name or an address of loopback. */
    static boolean isLoopback(String host) {
        return LOOPBACK.contains(plain(host));
    }

    private static boolean hasCertificate(Request request) {
        return request.getAttribute(SslSessionData.ATTRIBUTE) instanceof SslSessionData session
                && session.peerCertificates() != null
                && session.peerCertificates().length > 0;
    }

    /** Returns an address in its canonical form, or a name in lower case. */
    private static String plain(String host) {
        try {
            return InetAddress.ofLiteral(host.replaceAll("[\\[\\]]", "")).getHostAddress();
        } catch (IllegalArgumentException name) {
            return host.toLowerCase(Locale.ROOT);
        }
    }
}
