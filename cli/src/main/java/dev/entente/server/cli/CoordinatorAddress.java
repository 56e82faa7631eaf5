package dev.entente.server.cli;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Checks a coordinator's address before gRPC uses it. gRPC would use a web server's port if there is no port, report
 * names of Java classes, or fail on its own thread.
 */
final class CoordinatorAddress {
    private static final Pattern URL = Pattern.compile("https?://", Pattern.CASE_INSENSITIVE);
    private static final Pattern PORT = Pattern.compile("(.*):(\\d+)", Pattern.DOTALL);
    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9.])?");
    private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F.]*:[0-9a-fA-F:.]*(%[A-Za-z0-9_.-]+)?");
    private static final Pattern BRACKETED = Pattern.compile("\\[(" + IPV6 + ")]");

    private static final int MAX_PORT = 65535;

    private CoordinatorAddress() {}

    /** Returns the mistake in {@code address} with the remedy; null if the address is valid. */
    static @Nullable String mistake(String address) {
        String mistake = mistakeIn(address, address.replaceFirst("^dns://[^/]*/", ""));
        return mistake == null ? null : "'" + address + "' " + mistake;
    }

    private static @Nullable String mistakeIn(String address, String plain) {
        Matcher url = URL.matcher(address);
        Matcher port = PORT.matcher(plain);
        if (url.lookingAt()) {
            return "is a URL; write host:port of the coordinator's gRPC port, without '" + url.group() + "'";
        }
        if (address.isBlank()) {
            return "is empty; write host:port, such as 127.0.0.1:7790";
        }
        if (plain.contains("//")) {
            return "is not a valid address; write host:port, such as 127.0.0.1:7790";
        }
        if (!port.matches()) {
            return "has no port; write host:port, such as "
                    + (HOST.matcher(plain).matches() ? plain : "127.0.0.1") + ":7790";
        }
        String host = port.group(1);
        String number = port.group(2);
        if (number.length() > 5 || Integer.parseInt(number) > MAX_PORT || Integer.parseInt(number) == 0) {
            return "has an invalid port; write a port from 1 to " + MAX_PORT;
        }
        if (host.isEmpty()) {
            return "has no host; write host:port, such as 127.0.0.1:" + number;
        }
        if (IPV6.matcher(host).matches()) {
            return "is an IPv6 address without brackets; write [" + host + "]:" + number;
        }
        return HOST.matcher(host).matches() || BRACKETED.matcher(host).matches()
                ? null
                : "has no valid host; use letters, digits, dots and hyphens, or an IPv6 address in brackets, such as"
                        + " [::1]:" + number;
    }
}
