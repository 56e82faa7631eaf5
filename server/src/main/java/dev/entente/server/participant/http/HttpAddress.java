package dev.entente.server.participant.http;

import dev.entente.core.plan.HttpPath;
import java.net.URI;

/**
 * The address of a participant that is called over HTTP.
 *
 * @param scheme {@code http} or {@code https}
 * @param authority {@code host:port}, or the host alone
 * @param basePath the prefix of every path; empty, or with a leading slash and no trailing slash
 */
public record HttpAddress(String scheme, String authority, String basePath) {
    private static final int HIGHEST_PORT = 65535;

    /** @throws IllegalArgumentException if the target is not a usable URL */
    public static HttpAddress of(String target) {
        URI uri = URI.create(target);
        if (uri.getHost() == null
                || uri.getRawUserInfo() != null
                || uri.getRawQuery() != null
                || uri.getRawFragment() != null) {
            throw new IllegalArgumentException(
                    "'" + target + "' is not a valid http target; write https://host:port, with a path or without");
        }
        if (uri.getPort() == 0 || uri.getPort() > HIGHEST_PORT) {
            throw new IllegalArgumentException("'" + target + "' has port " + uri.getPort() + "; write 1 to 65535");
        }
        String path = uri.getRawPath().replaceFirst("/$", "");
        String fault = path.isEmpty() ? null : HttpPath.fault(path);
        if (fault != null) {
            throw new IllegalArgumentException("'" + target + "' has the path '" + path + "'; " + fault);
        }
        return new HttpAddress(uri.getScheme(), uri.getRawAuthority(), path);
    }

    /** Returns an address for a {@code host:port} in a plan; a target that is not configured is called without TLS. */
    public static HttpAddress direct(String target) {
        return new HttpAddress("http", target, "");
    }

    /** Returns the host without brackets. */
    public String host() {
        String host = uri("/").getHost();
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    /** Returns the Host header of a request: without the default port of the scheme. */
    public String hostHeader() {
        String usual = scheme.equals("https") ? ":443" : ":80";
        return authority.endsWith(usual) ? authority.substring(0, authority.length() - usual.length()) : authority;
    }

    public URI uri(String path) {
        return URI.create(scheme + "://" + authority + basePath + path);
    }
}
