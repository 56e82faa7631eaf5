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
 * Reads the headers of trusted proxies: the client's address ({@code X-Forwarded-For}), HTTPS ({@code
 * X-Forwarded-Proto}), and the user's name. Ignores the first two in requests of other clients. Immutable.
 *
 * <p>Jetty's own customizer trusts each client, and reads the first address, which clients can forge.
 */
record TrustedProxies(Predicate<InetAddress> isTrusted, UserHeader userHeader) implements HttpConfiguration.Customizer {
    private static final String ADDRESSES = "X-Forwarded-For";
    private static final String PROTOCOL = "X-Forwarded-Proto";

    /** Returns whether headers show that a proxy, trusted or not, forwarded the request. */
    static boolean hasPassed(HttpFields headers) {
        return headers.contains(ADDRESSES) || headers.contains(PROTOCOL) || headers.contains("Forwarded");
    }

    @Override
    public Request customize(Request request, HttpFields.Mutable responseHeaders) {
        // Not request.isSecure(): without TLS that method reads the scheme of the request line.
        boolean isEncrypted = request.getConnectionMetaData().isSecure();
        SocketAddress peer = request.getConnectionMetaData().getRemoteSocketAddress();
        if (!(peer instanceof InetSocketAddress proxy) || !isTrusted.test(proxy.getAddress())) {
            userHeader.read(request, false);
            return passed(request, peer, isEncrypted);
        }
        userHeader.read(request, true);
        HttpFields headers = request.getHeaders();
        String[] protocols = String.join(",", headers.getValuesList(PROTOCOL)).split(",", -1);
        boolean isSecure = headers.contains(PROTOCOL)
                ? Stream.of(protocols).allMatch(one -> one.strip().equalsIgnoreCase("https"))
                : isEncrypted;
        InetAddress client = client(proxy.getAddress(), headers.getCSV(ADDRESSES, false));
        return passed(request, new InetSocketAddress(client, 0), isSecure);
    }

    /** Returns the last address that is not a trusted proxy, because each proxy appends the address of its client. */
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

    /** Parses an address. Ignores a port, which some proxies append. Returns null for text that is not an address. */
    private static @Nullable InetAddress literal(String text) {
        try {
            return InetAddresses.forString(HostAndPort.fromString(text).getHost());
        } catch (IllegalArgumentException noAddress) {
            return null;
        }
    }

    /** Returns a request with the properties that its proxy reports. */
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
