package dev.entente.client.call;

import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.URI;

/** Names the proxy through which the JVM, and therefore gRPC, connects to a coordinator. */
public final class ProxyAdvice {
    private ProxyAdvice() {}

    /**
     * Returns a clause with the proxy and the property that excludes the coordinator from it; empty if there is no
     * proxy.
     *
     * @param address in a channel's format, such as {@code coordinator:7790}
     */
    public static String of(String address) {
        ProxySelector selector = ProxySelector.getDefault();
        try {
            URI target = URI.create("https://" + address.substring(address.lastIndexOf('/') + 1));
            if (selector == null || target.getHost() == null) {
                return "";
            }
            return selector.select(target).stream()
                    .findFirst()
                    .filter(proxy -> proxy.type() != Proxy.Type.DIRECT)
                    .map(proxy -> "; the JVM connects through the proxy " + name(proxy)
                            + " (https.proxyHost or socksProxyHost); to exclude the coordinator, start Java with"
                            + " -Dhttp.nonProxyHosts='localhost|127.*|[::1]|" + target.getHost() + "'")
                    .orElse("");
        } catch (IllegalArgumentException unusual) {
            return "";
        }
    }

    private static String name(Proxy proxy) {
        return proxy.address() instanceof InetSocketAddress address
                ? address.getHostString() + ":" + address.getPort()
                : proxy.toString();
    }
}
