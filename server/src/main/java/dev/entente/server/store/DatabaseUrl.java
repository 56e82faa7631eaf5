package dev.entente.server.store;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;

/** Reads what a JDBC URL of a PostgreSQL says about the network and its secrets. */
public final class DatabaseUrl {
    private static final Pattern PASSWORD = Pattern.compile("(?i)([?&](?:ssl)?password=)[^&]*");
    /** A user before the host, which the driver takes for a part of the host; the password may have a slash. */
    private static final Pattern USER_INFO = Pattern.compile("//([^/?]*|[^/?:]*:(?!\\d+[/,?])[^?]*)@");

    private static final Pattern UP_TO_AT = Pattern.compile("//.*@");
    /** The driver takes a missing name for {@code localhost}. */
    private static final Pattern HERE =
            Pattern.compile("|localhost|.*\\.localhost|127(\\.\\d{1,3}){3}|\\[?::1]?|\\[?0:0:0:0:0:0:0:1]?");
    /** Any of these says how the link is protected, or that it is no network at all. */
    private static final List<String> SAID = List.of("sslmode", "ssl", "socketFactory");

    /**
     * Requests carry arrays, which need the extended protocol; each session writes; and a row that is larger than the
     * result buffer could be written but never read.
     */
    private static final Pattern UNUSABLE = Pattern.compile(
            "[?&](preferQueryMode=simple|readOnly=(?i:true)|replication=(?:true|database)|maxResultBuffer=[^&]+)(?:&|$)");

    private DatabaseUrl() {}

    /**
     * The driver's parameters that the URL leaves to Entente. A database beyond this machine is spoken to over TLS, and
     * its certificate and name are checked.
     *
     * @return {@code sslmode}, or nothing
     */
    public static Map<String, String> tls(String jdbcUrl) {
        return stranger(jdbcUrl) == null ? Map.of() : Map.of("sslmode", "verify-full");
    }

    /** Tells what to set where the check that {@link #tls} adds may be what failed; else nothing. */
    public static String tlsAdvice(String jdbcUrl) {
        String host = stranger(jdbcUrl);
        return host == null
                ? ""
                : "; '" + host + "' is beyond this machine, so TLS is used and the server's certificate is checked"
                        + " (sslmode=verify-full): name its CA in the URL with sslrootcert=FILE, or write"
                        + " sslmode=disable there if the network is trusted";
    }

    /** The first host beyond this machine where the URL does not say how to speak to it, or null. */
    private static @Nullable String stranger(String jdbcUrl) {
        Properties said = Driver.parseURL(jdbcUrl, new Properties());
        if (said == null || SAID.stream().anyMatch(said.stringPropertyNames()::contains)) {
            return null;
        }
        for (String host : said.getProperty("PGHOST", "localhost").split(",", -1)) {
            if (!HERE.matcher(host.toLowerCase(Locale.ROOT)).matches()) {
                return host;
            }
        }
        return null;
    }

    /** Returns the parameter with which no coordinator can work, with its value; null if there is none. */
    public static @Nullable String unusable(String jdbcUrl) {
        Matcher found = UNUSABLE.matcher(jdbcUrl);
        return found.find() ? found.group(1) : null;
    }

    /** Tells whether the driver can read the URL: its ports, its escapes, and a service that it names. */
    public static boolean isReadable(String jdbcUrl) {
        return Driver.parseURL(jdbcUrl, new Properties()) != null;
    }

    /** Tells whether a password stands in the URL, which is printed and logged. */
    public static boolean hasPassword(String jdbcUrl) {
        return PASSWORD.matcher(jdbcUrl).find();
    }

    /** Tells whether the URL has a user, and perhaps a password, before the host. */
    public static boolean hasUserInfo(String jdbcUrl) {
        return USER_INFO.matcher(jdbcUrl).find();
    }

    /** The URL, or what was meant to be one, as it may be shown. */
    public static String shown(String url) {
        return UP_TO_AT.matcher(PASSWORD.matcher(url).replaceAll("$1…")).replaceAll("//…@");
    }
}
