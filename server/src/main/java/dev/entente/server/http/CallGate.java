package dev.entente.server.http;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.EndPoint.SslSessionData;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/**
 * Refuses calls before anything reads them: those of pages of other sites, also where a name of theirs leads to this
 * machine, and those on a connection that is less than gRPC's. Immutable.
 */
public final class CallGate {
    private static final Page MISDIRECTED = Page.plain(
            HttpStatus.MISDIRECTED_REQUEST_421,
            "the Host header names none of this coordinator's names; call localhost or the address itself, or add the"
                    + " name to http.hosts\n");
    private static final Page FOREIGN = Page.plain(
            HttpStatus.FORBIDDEN_403, "the Origin header is not this coordinator's own, or there are several\n");
    private static final Page PLAIN = Page.plain(
            HttpStatus.FORBIDDEN_403, "gRPC has TLS here, so calls over HTTP need it, too; set http.tls: on\n");
    private static final Page NO_CERTIFICATE = Page.plain(
            HttpStatus.FORBIDDEN_403, "a call needs a certificate of a client here (grpc.tls.clientCa); none came\n");

    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", plain("::1"));

    private final Set<String> hosts = new HashSet<>(LOOPBACK);
    private final Predicate<InetAddress> isTrustedProxy;
    private final boolean needsTls;
    private final boolean needsCertificate;

    /**
     * @param hosts names or addresses, beside those of loopback and the address that a connection came to
     * @param isTrustedProxy tells whose word counts for where a request came from
     * @param needsTls whether a call without TLS is refused
     * @param needsCertificate whether clients are asked for a certificate, and a call without one is refused
     */
    public CallGate(
            Collection<String> hosts,
            Predicate<InetAddress> isTrustedProxy,
            boolean needsTls,
            boolean needsCertificate) {
        this.isTrustedProxy = isTrustedProxy;
        hosts.forEach(host -> this.hosts.add(plain(host)));
        this.needsTls = needsTls;
        this.needsCertificate = needsCertificate;
    }

    TrustedProxies proxies() {
        return new TrustedProxies(isTrustedProxy);
    }

    boolean asksForCertificates() {
        return needsCertificate;
    }

    /** Null where the call may go on. */
    @Nullable
    Page refusal(Request request) {
        List<String> origins = request.getHeaders().getValuesList(HttpHeader.ORIGIN);
        if (!isOwn(String.valueOf(request.getHttpURI().getHost()), request)) {
            return MISDIRECTED;
        }
        if (!origins.isEmpty()
                && !String.join(" ", origins)
                        .replaceFirst("^https?://", "")
                        .equalsIgnoreCase(request.getHttpURI().getAuthority())) {
            return FOREIGN;
        }
        if (needsTls && !request.isSecure()) {
            return PLAIN;
        }
        return needsCertificate && !hasCertificate(request) ? NO_CERTIFICATE : null;
    }

    private boolean isOwn(String host, Request request) {
        String asked = plain(host);
        return hosts.contains(asked)
                || (request.getConnectionMetaData().getLocalSocketAddress() instanceof InetSocketAddress local
                        && local.getAddress().getHostAddress().equals(asked));
    }

    /** Tells whether a host is this machine for whoever names it. */
    static boolean isLoopback(String host) {
        return LOOPBACK.contains(plain(host));
    }

    private static boolean hasCertificate(Request request) {
        return request.getAttribute(SslSessionData.ATTRIBUTE) instanceof SslSessionData session
                && session.peerCertificates() != null
                && session.peerCertificates().length > 0;
    }

    /** Returns an address in its one form, and a name in small letters. */
    private static String plain(String host) {
        try {
            return InetAddress.ofLiteral(host.replaceAll("[\\[\\]]", "")).getHostAddress();
        } catch (IllegalArgumentException name) {
            return host.toLowerCase(Locale.ROOT);
        }
    }
}
