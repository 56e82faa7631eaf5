package dev.entente.server.participant.http;

import dev.entente.core.plan.HttpPath;
import java.net.URI;

/**
 * The address of a participant that is called over HTTP.
 *
 * @param scheme {@code http} or {@code https}
 * @param authority {@code host:port}, or the host alone
 * @param basePath what stands before every path; empty, or with a slash at its beginning and none at its end
 */
public record HttpAddress(String scheme, String authority, String basePath) {
    private static final int HIGHEST_PORT = 65535;

    /** @throws IllegalArgumentException if the target is no URL that one can be made of */
    public static HttpAddress of(String target) {
        URI uri = URI.create(target);
        if (uri.getHost() == null
                || uri.getRawUserInfo() != null
                || uri.getRawQuery() != null
                || uri.getRawFragment() != null) {
            throw new IllegalArgumentException(
                    "'" + target + "' is no http target; write https://host:port, with a path or without");
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

    /** One that is named by {@code host:port}; what is not configured is called without encryption. */
    public static HttpAddress direct(String target) {
        return new HttpAddress("http", target, "");
    }

    /** Without brackets. */
    public String host() {
        String host = uri("/").getHost();
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    /** The host as clients send it: without the port that its scheme stands for. */
    public String hostHeader() {
        String usual = scheme.equals("https") ? ":443" : ":80";
        return authority.endsWith(usual) ? authority.substring(0, authority.length() - usual.length()) : authority;
    }

    public URI uri(String path) {
        return URI.create(scheme + "://" + authority + basePath + path);
    }
}
