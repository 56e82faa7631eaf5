package dev.entente.server.cli.text;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Checks a coordinator's address before gRPC is asked. gRPC would take the port of the web where none is given, name
 * classes of Java, or fail on a thread of its own.
 */
public final class CoordinatorAddress {
    private static final Pattern URL = Pattern.compile("https?://", Pattern.CASE_INSENSITIVE);
    private static final Pattern NAME_SERVICE = Pattern.compile("dns://[^/]*/");
    private static final Pattern PORT = Pattern.compile(":(\\d+)$");
    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9.])?");
    private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F.]*:[0-9a-fA-F:.]*(%[A-Za-z0-9_.-]+)?");
    private static final int MAX_PORT = 65535;

    private CoordinatorAddress() {}

    /** Returns the mistake in {@code address} with the way out, or null where it can be asked. */
    public static @Nullable String mistake(String address) {
        String quoted = "'" + address + "' ";
        Matcher url = URL.matcher(address);
        if (url.lookingAt()) {
            return quoted + "is a URL; write host:port of the coordinator's gRPC port, without '" + url.group() + "'";
        }
        if (address.isBlank()) {
            return quoted + "is empty; write host:port, such as 127.0.0.1:7790";
        }
        Matcher nameService = NAME_SERVICE.matcher(address);
        String plain = nameService.lookingAt() ? address.substring(nameService.end()) : address;
        if (plain.contains("//")) {
            return quoted + "is no address; write host:port, such as 127.0.0.1:7790";
        }
        Matcher port = PORT.matcher(plain);
        return port.find()
                ? mistake(quoted, plain.substring(0, port.start()), port.group(1))
                : quoted + "names no port; write host:port" + example(plain);
    }

    private static @Nullable String mistake(String quoted, String host, String port) {
        if (port.length() > 5 || Integer.parseInt(port) > MAX_PORT || Integer.parseInt(port) == 0) {
            return quoted + "names a port that there is not; write one from 1 to " + MAX_PORT;
        }
        if (host.isEmpty()) {
            return quoted + "names no host; write host:port, such as 127.0.0.1:" + port;
        }
        if (IPV6.matcher(host).matches()) {
            return quoted + "is an IPv6 address without brackets; write [" + host + "]:" + port;
        }
        boolean isBracketed = host.startsWith("[") && host.endsWith("]");
        boolean isHost = isBracketed
                ? IPV6.matcher(host.substring(1, host.length() - 1)).matches()
                : HOST.matcher(host).matches();
        return isHost
                ? null
                : quoted + "names no host; a name is letters, digits, dots and hyphens, and an IPv6 address stands in"
                        + " brackets, such as [::1]:" + port;
    }

    private static String example(String host) {
        return HOST.matcher(host).matches() ? ", such as " + host + ":7790" : ", such as 127.0.0.1:7790";
    }
}
