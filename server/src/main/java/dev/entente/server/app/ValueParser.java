package dev.entente.server.app;

import dev.entente.core.plan.Names;
import dev.entente.server.api.access.Access;
import dev.entente.server.console.ConsoleMode;
import dev.entente.server.participant.guard.HostPort;
import dev.entente.server.participant.guard.TargetGuard;
import dev.entente.server.store.DatabaseUrl;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Parses values from files, flags and the environment. Each method fails with an IllegalArgumentException that
 * describes the correct format.
 */
public final class ValueParser {
    private static final Pattern DURATION = Pattern.compile("(\\d{1,12})\\s*(ms|s|m|h|d)");
    private static final Pattern BYTES = Pattern.compile("(\\d{1,12})\\s*(B|KiB|MiB|GiB)?");
    /** PostgreSQL stores no larger value, and a size plus the overhead of its message must not overflow. */
    private static final long MAX_BYTES = 1L << 30;

    private static final int MAX_PORT = 65535;
    private static final int MAX_DEBUG_GIDS = 16;
    /** A hundred years: the nanoseconds of this time, and of twice this time, fit into 64 bits. */
    private static final Duration LONGEST = Duration.ofDays(36_500);

    private static final Duration LEAST_RETENTION = Duration.ofHours(24);
    private static final Pattern NODE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}");
    private static final Pattern HOST_PORT = Pattern.compile("([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+]):(\\d{1,5})");
    private static final Pattern BRACKETED_IPV4 = Pattern.compile("^\\[([0-9.]+)](:.*)$");
    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9._-]+|\\[?[0-9A-Fa-f:.]+]?");
    /** The excluded headers contain secrets, and the audit would show the secrets as names. */
    private static final Pattern USER_HEADER = Pattern.compile("(?i)(?!(authorization|cookie)$)[a-z0-9_-]+");

    private static final Pattern OTLP_ENDPOINT =
            Pattern.compile("https?://([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+])(:\\d{1,5})?/?");
    private static final Pattern RATIO = Pattern.compile("0(\\.\\d{1,9})?|1(\\.0{1,9})?");

    private static final Pattern ALLOWED =
            Pattern.compile("(\\*|(?:\\*\\.)?[A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+]):(\\*|\\d{1,5})");

    private ValueParser() {}

    private static void demand(boolean holds, String solution) {
        if (!holds) {
            throw new IllegalArgumentException(solution);
        }
    }

    /** Returns the path of a file. The locale of the process limits the characters of a path. */
    static Path path(String text) {
        try {
            return Path.of(text);
        } catch (InvalidPathException unusable) {
            throw new IllegalArgumentException(
                    "this process cannot use the file name (" + unusable.getReason()
                            + "); the encoding of file names is " + System.getProperty("sun.jnu.encoding")
                            + ": start the process with LC_ALL=C.UTF-8",
                    unusable);
        }
    }

    /** Checks a JDBC URL of PostgreSQL and returns it unchanged. The URL is shown and logged, so it has no password. */
    static String databaseUrl(String text) {
        demand(
                !DatabaseUrl.hasPassword(text),
                "remove the password from the URL: write the password of the user into a file and set"
                        + " database.passwordFile; use a key without a pass phrase instead of sslpassword");
        String unusable = DatabaseUrl.unusable(text);
        demand(
                unusable == null,
                "remove " + unusable
                        + " from the URL; a coordinator writes, needs the extended query protocol, and reads rows"
                        + " of any size");
        String rest =
                text.strip().replaceFirst("^(jdbc:)?(postgres(ql)?:)?(//)?", "").replaceFirst("^.*@", "");
        demand(
                text.strip().startsWith("jdbc:postgresql:"),
                "write a JDBC URL of a PostgreSQL database, such as jdbc:postgresql://"
                        + (rest.isEmpty() ? "127.0.0.1:5432/entente" : rest)
                        + "; user and password are separate settings");
        demand(
                !DatabaseUrl.hasUserInfo(text),
                "remove user and password from the URL: set database.user, and database.passwordFile to a file with the"
                        + " password");
        demand(
                DatabaseUrl.isReadable(text),
                "PostgreSQL's driver cannot read this URL; write jdbc:postgresql://HOST:PORT/DATABASE?NAME=VALUE with a"
                        + " port of 1 to 65535, with special characters as %XX, and with a service that the file of"
                        + " PGSERVICEFILE or ~/.pg_service.conf defines");
        return text;
    }

    /** Returns a duration of at most a hundred years. */
    public static Duration duration(String text) {
        Matcher matcher = DURATION.matcher(text.strip());
        demand(matcher.matches(), "write a duration as 250ms, 10s, 5m, 2h or 14d");
        long amount = Long.parseLong(matcher.group(1));
        Duration duration = switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(amount);
            case "s" -> Duration.ofSeconds(amount);
            case "m" -> Duration.ofMinutes(amount);
            case "h" -> Duration.ofHours(amount);
            default -> Duration.ofDays(amount);
        };
        demand(duration.compareTo(LONGEST) <= 0, "write at most 36500d, a hundred years");
        return duration;
    }

    static Duration lease(String text) {
        Duration lease = duration(text);
        demand(!lease.isZero(), "zero is not allowed; write at least 1ms");
        return lease;
    }

    static Duration retention(String text) {
        Duration retention = duration(text);
        demand(
                retention.compareTo(LEAST_RETENTION) >= 0,
                "the value is too short: a client that sends a gid again within a day must find the transaction; write"
                        + " at least 24h");
        return retention;
    }

    /** Returns at least one byte, at most 1 GiB. */
    static int bytes(String text) {
        long size = size(text);
        demand(size > 0, "write a size of at least 1B");
        demand(size <= MAX_BYTES, "write a size of at most 1GiB, the limit of a row or a message");
        return Math.toIntExact(size);
    }

    /** Empty means 40 % of the heap. The rest is for work in progress: requests, batches, rows being read and calls. */
    static long openBytes(String text) {
        long size = text.isEmpty() ? Runtime.getRuntime().maxMemory() / 5 * 2 : size(text);
        demand(size > 0, "zero is not allowed; write a size such as 512MiB");
        return size;
    }

    /** Returns a number of bytes. A size above 2^63 - 1 counts as 2^63 - 1. */
    private static long size(String text) {
        Matcher matcher = BYTES.matcher(text.strip());
        demand(matcher.matches(), "write a size as 512KiB, 4MiB or a number of bytes");
        String unit = matcher.group(2);
        int shift = unit == null || unit.equals("B") ? 0 : unit.equals("KiB") ? 10 : unit.equals("MiB") ? 20 : 30;
        long amount = Long.parseLong(matcher.group(1));
        return amount > Long.MAX_VALUE >> shift ? Long.MAX_VALUE : amount << shift;
    }

    static int count(String text, int least) {
        int count = whole(text);
        demand(count >= least, "write a whole number, at least " + least);
        return count;
    }

    static int port(String text) {
        int port = whole(text);
        demand(port >= 0 && port <= MAX_PORT, "write a port from 0 to 65535");
        return port;
    }

    private static int whole(String text) {
        try {
            return Integer.parseInt(text.strip());
        } catch (NumberFormatException notWhole) {
            throw new IllegalArgumentException("write a whole number", notWhole);
        }
    }

    static InetAddress address(String text) {
        try {
            return InetAddress.getByName(text);
        } catch (UnknownHostException unknown) {
            throw new IllegalArgumentException(
                    "the value is not an address of this machine; write 127.0.0.1 or 0.0.0.0", unknown);
        }
    }

    /** Returns a coordinator's name, or the empty text for the host's name. */
    static String node(String text) {
        demand(
                text.isEmpty() || NODE.matcher(text).matches(),
                "write a name of letters, digits and . _ : @ - with no blank, at most 128 characters");
        return text;
    }

    static String participant(String text) {
        demand(
                TargetGuard.isName(text),
                "write a name of letters, digits and _ - with no blank, at most 128 characters");
        return text;
    }

    /**
     * Returns an address that each gRPC client can parse, or the empty text for the default. Removes brackets around an
     * IPv4 address, because deployments write brackets for both address families.
     */
    static String hostPort(String text) {
        String plain = BRACKETED_IPV4.matcher(text).replaceFirst("$1$2");
        HostPort address = HostPort.of(plain);
        String reason = text.contains("_")
                ? "a host name must not contain an underscore; "
                : text.matches("[0-9A-Fa-f:.]*:[0-9A-Fa-f]*:[0-9.]+") ? "an IPv6 address needs brackets; " : "";
        demand(
                text.isEmpty() || (address != null && address.isPlain()),
                reason + "write host:port, such as 10.0.0.7:7790, [fd00::7]:7790 or entente-a:7790");
        return plain;
    }

    /** Reads addresses with commas, at least one. */
    static List<String> brokers(String text) {
        List<String> brokers = Stream.of(text.split(",", -1)).map(String::strip).toList();
        brokers.forEach(entry -> demand(
                isAddress(HOST_PORT, entry),
                "'" + entry + "' is not a valid host:port; write kafka://kafka-1:9092,kafka-2:9092"));
        return brokers;
    }

    /** Reads addresses with commas. The host may be or begin with an asterisk; the port may be an asterisk. */
    static List<String> allowedTargets(String text) {
        List<String> targets = list(text);
        targets.forEach(entry -> demand(
                isAddress(ALLOWED, entry),
                "'" + entry + "' is not a valid host:port; write such as stock:7801 or *.shop.internal:*"));
        return targets;
    }

    /** Reads names with commas, without a port. */
    static List<String> hosts(String text) {
        List<String> hosts = list(text);
        hosts.forEach(entry -> demand(
                HOST.matcher(entry).matches(),
                "'" + entry
                        + "' is not a valid host; write a name or an address without a port, such as"
                        + " entente.shop.internal"));
        return hosts;
    }

    /** Returns the name of a header, or the empty text for none. */
    static String userHeader(String text) {
        demand(
                text.isEmpty() || USER_HEADER.matcher(text).matches(),
                "write the name of a header such as X-Forwarded-User, and neither Authorization nor Cookie");
        return text;
    }

    /** Reads entries with commas; a user with several roles has several entries. */
    static Map<String, Set<Access>> userRoles(String text) {
        Map<String, Set<Access>> roles = new TreeMap<>();
        for (String entry : list(text)) {
            int equals = entry.lastIndexOf('=');
            demand(equals > 0, "'" + entry + "' has no role; write such as *=viewer,ann@shop.example=operator");
            Access role = Access.of(entry.substring(equals + 1).strip());
            demand(
                    role != Access.SUBMITTER,
                    "'" + entry + "': participants know submitters by their tokens' names; write viewer, operator or"
                            + " admin");
            roles.computeIfAbsent(entry.substring(0, equals).strip(), _ -> EnumSet.noneOf(Access.class))
                    .add(role);
        }
        return roles;
    }

    private static boolean isAddress(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        if (!matcher.matches() || matcher.group(2).equals("*")) {
            return matcher.matches();
        }
        int port = Integer.parseInt(matcher.group(2));
        return port >= 1 && port <= MAX_PORT;
    }

    /** Reads entries with commas; skips blank entries. */
    static List<String> list(String text) {
        return Stream.of(text.split(",", -1))
                .map(String::strip)
                .filter(entry -> !entry.isEmpty())
                .toList();
    }

    /** Returns the URL of a receiver, or the empty text for none. */
    static String otlpEndpoint(String text) {
        demand(
                text.isEmpty() || OTLP_ENDPOINT.matcher(text).matches(),
                "write a URL with http or https, a host and a port, such as http://localhost:4317");
        return text;
    }

    /** Returns a number from 0 to 1, or null for the empty text. */
    static @Nullable Double ratio(String text) {
        demand(
                text.isEmpty() || RATIO.matcher(text).matches(),
                "write a number from 0 to 1, such as 0.01 for one trace in a hundred");
        return text.isEmpty() ? null : Double.valueOf(text);
    }

    /** Reads gids with commas. */
    static Set<String> gids(String text) {
        List<String> gids = list(text);
        demand(gids.size() <= MAX_DEBUG_GIDS, "write at most " + MAX_DEBUG_GIDS + " gids");
        gids.forEach(gid -> demand(
                Names.isGid(gid), "'" + gid + "' is not a gid; write such as order-4711,order-4712, without a child"));
        return Set.copyOf(gids);
    }

    static boolean isSynchronous(String text) {
        boolean isSynchronous = text.equals("synchronous");
        demand(isSynchronous || text.equals("asynchronous"), "write one of: asynchronous, synchronous");
        return isSynchronous;
    }

    static ConsoleMode console(String text) {
        return switch (text.strip().toLowerCase(Locale.ROOT)) {
            case "off", "false", "no" -> ConsoleMode.OFF;
            case "read-only" -> ConsoleMode.READ_ONLY;
            case "on", "true", "yes" -> ConsoleMode.ON;
            default -> throw new IllegalArgumentException("write off, read-only or on");
        };
    }

    static boolean flag(String text) {
        return switch (text.strip().toLowerCase(Locale.ROOT)) {
            case "true", "on", "yes" -> true;
            case "false", "off", "no" -> false;
            default -> throw new IllegalArgumentException("write true or false, on or off");
        };
    }
}
