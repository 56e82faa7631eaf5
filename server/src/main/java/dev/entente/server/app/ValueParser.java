package dev.entente.server.app;

import dev.entente.server.store.DatabaseUrl;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Values as people write them in files, flags and the environment. Each fails with an IllegalArgumentException that
 * says how to write it.
 */
public final class ValueParser {
    private static final Pattern DURATION = Pattern.compile("(\\d{1,12})\\s*(ms|s|m|h|d)");
    private static final Pattern BYTES = Pattern.compile("(\\d{1,12})\\s*(B|KiB|MiB|GiB)?");
    /** PostgreSQL keeps no larger value, and what is added to a size for the message around it must not overflow. */
    private static final long MAX_BYTES = 1L << 30;

    private static final int MAX_PORT = 65535;
    /** A hundred years: nanoseconds of it, and of twice as much, fit into 64 bits. */
    private static final Duration LONGEST = Duration.ofDays(36_500);

    private static final Pattern NODE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}");
    private static final Pattern PARTICIPANT = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,127}");
    private static final Pattern HOST_PORT = Pattern.compile("([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+]):(\\d{1,5})");
    private static final Pattern ALLOWED =
            Pattern.compile("(\\*|(?:\\*\\.)?[A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+]):(\\*|\\d{1,5})");

    private ValueParser() {}

    /** A PostgreSQL by its JDBC URL, as it is. It is shown and logged, so it has no password. */
    static String databaseUrl(String text) {
        if (DatabaseUrl.hasPassword(text)) {
            throw new IllegalArgumentException(
                    "leave the password out of the URL; write it into a file and name that by database.passwordFile");
        }
        if (text.strip().startsWith("jdbc:postgresql:")) {
            return text;
        }
        String rest =
                text.strip().replaceFirst("^(jdbc:)?(postgres(ql)?:)?(//)?", "").replaceFirst("^[^/@]*@", "");
        throw new IllegalArgumentException("write a JDBC URL of a PostgreSQL, such as jdbc:postgresql://"
                + (rest.isEmpty() ? "127.0.0.1:5432/entente" : rest)
                + "; user and password are settings of their own");
    }

    /** At most a hundred years. */
    public static Duration duration(String text) {
        Matcher matcher = DURATION.matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException("write a duration as 250ms, 10s, 5m, 2h or 14d");
        }
        long amount = Long.parseLong(matcher.group(1));
        Duration duration = switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(amount);
            case "s" -> Duration.ofSeconds(amount);
            case "m" -> Duration.ofMinutes(amount);
            case "h" -> Duration.ofHours(amount);
            default -> Duration.ofDays(amount);
        };
        if (duration.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("write at most 36500d, a hundred years");
        }
        return duration;
    }

    /** At least one byte, at most 1 GiB. */
    static int bytes(String text) {
        long size = size(text);
        if (size == 0) {
            throw new IllegalArgumentException("write a size of at least 1B: nothing would fit");
        }
        if (size > MAX_BYTES) {
            throw new IllegalArgumentException(
                    "write a size of at most 1GiB: no more fits into one row or one message");
        }
        return Math.toIntExact(size);
    }

    /** Bytes, at most 2^63 - 1: more is as good as that. */
    static long size(String text) {
        Matcher matcher = BYTES.matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException("write a size as 512KiB, 4MiB or a number of bytes");
        }
        String unit = matcher.group(2);
        int shift = unit == null || unit.equals("B") ? 0 : unit.equals("KiB") ? 10 : unit.equals("MiB") ? 20 : 30;
        long amount = Long.parseLong(matcher.group(1));
        return amount > Long.MAX_VALUE >> shift ? Long.MAX_VALUE : amount << shift;
    }

    static int count(String text, int least) {
        int count = whole(text);
        if (count < least) {
            throw new IllegalArgumentException("write a whole number, at least " + least);
        }
        return count;
    }

    static int port(String text) {
        int port = whole(text);
        if (port < 0 || port > MAX_PORT) {
            throw new IllegalArgumentException("write a port from 0 to 65535");
        }
        return port;
    }

    private static int whole(String text) {
        try {
            return Integer.parseInt(text.strip());
        } catch (NumberFormatException notWhole) {
            throw new IllegalArgumentException("write a whole number", notWhole);
        }
    }

    /** A coordinator's name, or nothing for the host's. */
    static String node(String text) {
        if (!text.isEmpty() && !NODE.matcher(text).matches()) {
            throw new IllegalArgumentException(
                    "write a name of letters, digits and . _ : @ - with no blank, at most 128 characters");
        }
        return text;
    }

    static String participant(String text) {
        if (!PARTICIPANT.matcher(text).matches()) {
            throw new IllegalArgumentException(
                    "write a name of letters, digits and _ - with no blank, at most 128 characters");
        }
        return text;
    }

    /** An address, or nothing for the default. */
    static String hostPort(String text) {
        Matcher matcher = HOST_PORT.matcher(text);
        if (!text.isEmpty() && !(matcher.matches() && isPort(matcher.group(2)))) {
            throw new IllegalArgumentException("write host:port, such as 10.0.0.7:7790 or [fd00::7]:7790");
        }
        return text;
    }

    /** Addresses with commas, at least one. */
    static String brokers(String text) {
        for (String entry : text.split(",", -1)) {
            Matcher matcher = HOST_PORT.matcher(entry.strip());
            if (!matcher.matches() || !isPort(matcher.group(2))) {
                throw new IllegalArgumentException(
                        "'" + entry.strip() + "' is no host:port; write kafka://kafka-1:9092,kafka-2:9092");
            }
        }
        return text;
    }

    /** Addresses with commas. The host may be or begin with an asterisk, the port may be one. */
    static String allowedTargets(String text) {
        for (String entry : text.split(",", -1)) {
            Matcher matcher = ALLOWED.matcher(entry.strip());
            boolean isEntry = matcher.matches() && (matcher.group(2).equals("*") || isPort(matcher.group(2)));
            if (!entry.isBlank() && !isEntry) {
                throw new IllegalArgumentException(
                        "'" + entry.strip() + "' is no host:port; write such as stock:7801 or *.shop.internal:*");
            }
        }
        return text;
    }

    private static boolean isPort(String digits) {
        int port = Integer.parseInt(digits);
        return port >= 1 && port <= MAX_PORT;
    }

    static double decimal(String text) {
        try {
            return new BigDecimal(text.strip()).doubleValue();
        } catch (NumberFormatException notNumber) {
            throw new IllegalArgumentException("write a number such as 2.0", notNumber);
        }
    }

    static boolean flag(String text) {
        return switch (text.strip().toLowerCase(Locale.ROOT)) {
            case "true", "on", "yes" -> true;
            case "false", "off", "no" -> false;
            default -> throw new IllegalArgumentException("write true or false, on or off");
        };
    }
}
