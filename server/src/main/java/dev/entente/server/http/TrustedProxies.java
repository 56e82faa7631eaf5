package dev.entente.server.http;

import com.google.common.net.HostAndPort;
import com.google.common.net.InetAddresses;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/**
 * Believes what proxies say of a request that they pass on: the client's address ({@code X-Forwarded-For}), and whether
 * it came by HTTPS ({@code X-Forwarded-Proto}). Of anybody else's request these headers mean nothing. Immutable.
 *
 * <p>Jetty's own customizer believes everybody, and the address that stands first, which clients may make up.
 */
record TrustedProxies(Predicate<InetAddress> isTrusted) implements HttpConfiguration.Customizer {
    private static final String ADDRESSES = "X-Forwarded-For";
    private static final String PROTOCOL = "X-Forwarded-Proto";

    /** Tells whether somebody has passed a request on, whom nobody need believe. */
    static boolean hasPassed(HttpFields headers) {
        return headers.contains(ADDRESSES) || headers.contains(PROTOCOL) || headers.contains("Forwarded");
    }

    @Override
    public Request customize(Request request, HttpFields.Mutable responseHeaders) {
        // Not request.isSecure(): without TLS that goes by the scheme in the request's own first line.
        boolean isEncrypted = request.getConnectionMetaData().isSecure();
        SocketAddress peer = request.getConnectionMetaData().getRemoteSocketAddress();
        if (!(peer instanceof InetSocketAddress proxy) || !isTrusted.test(proxy.getAddress())) {
            return passed(request, peer, isEncrypted);
        }
        HttpFields headers = request.getHeaders();
        String[] protocols = String.join(",", headers.getValuesList(PROTOCOL)).split(",", -1);
        boolean isSecure = headers.contains(PROTOCOL)
                ? Stream.of(protocols).allMatch(one -> one.strip().equalsIgnoreCase("https"))
                : isEncrypted;
        InetAddress client = client(proxy.getAddress(), headers.getCSV(ADDRESSES, false));
        return passed(request, new InetSocketAddress(client, 0), isSecure);
    }

    /** Each proxy adds whom it was asked by, so the last one counts whom no proxy here has added. */
    private InetAddress client(InetAddress proxy, List<String> passed) {
        InetAddress client = proxy;
        for (String each : passed.reversed()) {
            InetAddress before = isTrusted.test(client) ? literal(each) : null;
            if (before == null) {
                return client;
            }
            client = before;
        }
        return client;
    }

    /** Some proxies tell the port, too. None writes an address but in its plain form. */
    private static @Nullable InetAddress literal(String text) {
        try {
            return InetAddresses.forString(HostAndPort.fromString(text).getHost());
        } catch (IllegalArgumentException noAddress) {
            return null;
        }
    }

    /** Returns a request as its proxy tells of it. */
    private static Request passed(Request request, SocketAddress client, boolean isSecure) {
        ConnectionMetaData connection = new ConnectionMetaData.Wrapper(request.getConnectionMetaData()) {
            @Override
            public SocketAddress getRemoteSocketAddress() {
                return client;
            }
        };
        return new Request.Wrapper(request) {
            @Override
            public ConnectionMetaData getConnectionMetaData() {
                return connection;
            }

            @Override
            public boolean isSecure() {
                return isSecure;
            }
        };
    }
}
