package dev.entente.server.store;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;

/** The network parameters and secrets of a PostgreSQL JDBC URL. */
public final class DatabaseUrl {
    private static final Pattern PASSWORD = Pattern.compile("(?i)([?&](?:ssl)?password=)[^&]*");
    /** A user before the host, which the driver reads as a part of the host; the password may contain a slash. */
    private static final Pattern USER_INFO = Pattern.compile("//([^/?]*|[^/?:]*:(?!\\d+[/,?])[^?]*)@");

    private static final Pattern UP_TO_AT = Pattern.compile("//.*@");
    /** The local hosts. The driver replaces a missing name by {@code localhost}. */
    private static final Pattern HERE =
            Pattern.compile("|localhost|.*\\.localhost|127(\\.\\d{1,3}){3}|\\[?::1]?|\\[?0:0:0:0:0:0:0:1]?");
    /** The parameters that define the protection of the link, or that replace the network connection. */
    private static final List<String> SAID = List.of("sslmode", "ssl", "socketFactory");

    /**
     * Parameters that a coordinator cannot use. Requests contain arrays, which need the extended protocol. Each session
     * writes. A row larger than the result buffer could be written but never read.
     */
    private static final Pattern UNUSABLE = Pattern.compile(
            "[?&](preferQueryMode=simple|readOnly=(?i:true)|replication=(?:true|database)|maxResultBuffer=[^&]+)(?:&|$)");

    /** The parameters with which the driver may connect without TLS. */
    private static final Pattern PLAINTEXT =
            Pattern.compile("[?&](sslmode=(?i:disable|allow|prefer)|ssl=(?i:false))(&|$)");

    private DatabaseUrl() {}

    /**
     * Returns the driver's parameters that the URL leaves to Entente. A connection to another machine uses TLS, and the
     * server's certificate and name are checked.
     *
     * @return {@code sslmode}, or nothing
     */
    public static Map<String, String> tls(String jdbcUrl) {
        return stranger(jdbcUrl) == null ? Map.of() : Map.of("sslmode", "verify-full");
    }

    /** Returns advice if the check that {@link #tls} adds may be the cause of a failure; otherwise an empty text. */
    public static String tlsAdvice(String jdbcUrl) {
        String host = stranger(jdbcUrl);
        return host == null
                ? ""
                : "; '" + host + "' is not on this machine, so TLS is used and the server's certificate is checked"
                        + " (sslmode=verify-full): name its CA in the URL with sslrootcert=FILE, or write"
                        + " sslmode=disable there if the network is trusted";
    }

    /** Returns the first host on another machine if the URL does not define its protection, otherwise null. */
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

    /** Returns the first host on another machine if the URL permits connections without TLS, otherwise null. */
    public static @Nullable String plaintextHost(String jdbcUrl) {
        return PLAINTEXT.matcher(jdbcUrl).find() ? stranger(jdbcUrl.replaceFirst("[?].*", "")) : null;
    }

    /** Returns the parameter that a coordinator cannot use, with its value; null if there is none. */
    public static @Nullable String unusable(String jdbcUrl) {
        Matcher found = UNUSABLE.matcher(jdbcUrl);
        return found.find() ? found.group(1) : null;
    }

    /** Returns whether the driver can read the URL: its ports, its escapes, and a named service. */
    public static boolean isReadable(String jdbcUrl) {
        return Driver.parseURL(jdbcUrl, new Properties()) != null;
    }

    /** Returns whether the URL contains a password. URLs are printed and logged. */
    public static boolean hasPassword(String jdbcUrl) {
        return PASSWORD.matcher(jdbcUrl).find();
    }

    /** Returns whether the URL has a user, and perhaps a password, before the host. */
    public static boolean hasUserInfo(String jdbcUrl) {
        return USER_INFO.matcher(jdbcUrl).find();
    }

    /** Returns the URL, valid or not, without secrets. */
    public static String shown(String url) {
        return UP_TO_AT.matcher(PASSWORD.matcher(url).replaceAll("$1…")).replaceAll("//…@");
    }
}
