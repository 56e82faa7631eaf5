package dev.entente.server.participant.guard;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An address in a plan: {@code host:port}. One host has many spellings, which allow-lists, resolvers and clients read
 * differently. Therefore only the plain spelling is accepted. Immutable; resolves no name.
 *
 * @param host with brackets if the host is an IPv6 address
 */
public record HostPort(String host, int port) {
    private static final int LONGEST_NAME = 253;
    private static final Pattern FORM = Pattern.compile("([A-Za-z0-9.-]+|\\[[0-9A-Fa-f:.]+]):([0-9]{1,5})");
    private static final Pattern IPV4 = Pattern.compile("(0|[1-9][0-9]{0,2})([.](0|[1-9][0-9]{0,2})){3}");
    private static final Pattern NAME = Pattern.compile(
            "([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?[.])*[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?[.]?");
    /** Matches names that end with a number: some programs read {@code 2130706433} or {@code 0x7f.1} as an address. */
    private static final Pattern NUMBER_AT_END = Pattern.compile("(.*[.])?([0-9]+|0[xX][0-9A-Fa-f]*)[.]?");
    /** Schemes of gRPC's resolvers and of URLs: before a colon they select how the rest is resolved. */
    private static final Set<String> SCHEMES = Set.of(
            "dns",
            "file",
            "google-c2p",
            "http",
            "https",
            "ipv4",
            "ipv6",
            "passthrough",
            "unix",
            "unix-abstract",
            "vsock",
            "xds");

    /** Parses {@code host:port}; returns null for other texts: a name, a URI, a port out of range. */
    public static @Nullable HostPort of(String text) {
        var parts = FORM.matcher(text);
        if (!parts.matches()) {
            return null;
        }
        int port = Integer.parseInt(parts.group(2));
        return port >= 1 && port <= 65535 ? new HostPort(parts.group(1), port) : null;
    }

    /**
     * Returns whether all programs read the host in the same way. Accepts a name, an IPv4 address of four decimal
     * numbers, or an IPv6 address in brackets that embeds no IPv4 address.
     */
    public boolean isPlain() {
        if (host.startsWith("[")) {
            return isIpv6(host.substring(1, host.length() - 1));
        }
        if (IPV4.matcher(host).matches()) {
            return isIpv4(host);
        }
        return host.length() <= LONGEST_NAME
                && NAME.matcher(host).matches()
                && !NUMBER_AT_END.matcher(host).matches()
                && !SCHEMES.contains(host.toLowerCase(Locale.ROOT));
    }

    private static boolean isIpv4(String text) {
        for (String number : text.split("[.]", -1)) {
            if (Integer.parseInt(number) > 255) {
                return false;
            }
        }
        return true;
    }

    private static boolean isIpv6(String text) {
        try {
            return InetAddress.ofLiteral(text) instanceof Inet6Address;
        } catch (IllegalArgumentException none) {
            return false;
        }
    }
}
