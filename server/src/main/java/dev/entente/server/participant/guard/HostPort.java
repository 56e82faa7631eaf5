package dev.entente.server.participant.guard;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An address as a plan names it: {@code host:port}. One host has many spellings, which allow-lists, resolvers and
 * clients read differently, so only the plain one is taken. Immutable; looks nothing up.
 *
 * @param host with brackets where it is an IPv6 address
 */
public record HostPort(String host, int port) {
    private static final int LONGEST_NAME = 253;
    private static final Pattern FORM = Pattern.compile("([A-Za-z0-9.-]+|\\[[0-9A-Fa-f:.]+]):([0-9]{1,5})");
    private static final Pattern IPV4 = Pattern.compile("(0|[1-9][0-9]{0,2})([.](0|[1-9][0-9]{0,2})){3}");
    private static final Pattern NAME = Pattern.compile(
            "([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?[.])*[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?[.]?");
    /** A name whose end is a number is an address to some readers: {@code 2130706433}, {@code 0x7f.1}. */
    private static final Pattern NUMBER_AT_END = Pattern.compile("(.*[.])?([0-9]+|0[xX][0-9A-Fa-f]*)[.]?");
    /** Before a colon these say how to look up what follows: the resolvers of gRPC, and URLs. */
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

    /** Reads it; null for everything else: a name, a URI, a port that is none. */
    public static @Nullable HostPort of(String text) {
        var parts = FORM.matcher(text);
        if (!parts.matches()) {
            return null;
        }
        int port = Integer.parseInt(parts.group(2));
        return port >= 1 && port <= 65535 ? new HostPort(parts.group(1), port) : null;
    }

    /**
     * Tells whether every reader takes the host for the same. It is a name, an IPv4 address of four decimal numbers, or
     * an IPv6 address in brackets that wraps no IPv4 address.
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
