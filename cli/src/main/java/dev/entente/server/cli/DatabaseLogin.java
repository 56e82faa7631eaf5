package dev.entente.server.cli;

import com.zaxxer.hikari.util.DriverDataSource;
import dev.entente.server.app.TextFile;
import dev.entente.server.store.DatabaseUrl;
import java.io.Console;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Driver;
import java.sql.SQLException;
import java.util.Properties;
import java.util.ServiceLoader;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options of commands that open the databases of services: user, password, and driver. */
final class DatabaseLogin {
    /** The environment variable with the password of a service's database. */
    private static final String VARIABLE = "ENTENTE_JDBC_PASSWORD";

    private static final String DRIVER_VARIABLE = "ENTENTE_JDBC_DRIVER";
    private static final String ASK = " ";
    private static final Pattern HERE = Pattern.compile("//(localhost|127[0-9.]+|\\[::1])(:\\d+)?([/?]|$)");

    @Option(names = "--user", description = "The database user, if the URL contains no user.")
    private @Nullable String user;

    @Option(
            names = "--password",
            description = "Ask for the password. A value is refused, because it would be visible in the process list.",
            arity = "0..1",
            fallbackValue = ASK)
    private @Nullable String password;

    @Option(
            names = "--password-file",
            paramLabel = "FILE",
            description = "File with the password in the first line (default: " + VARIABLE + ").")
    private @Nullable Path passwordFile;

    @Option(
            names = "--driver",
            paramLabel = "FILE",
            description = "Jar with the JDBC driver of MariaDB (default: the file in " + DRIVER_VARIABLE + ").")
    private @Nullable Path driver;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    private boolean isSecretRead;
    private @Nullable String secret;

    /**
     * Returns a data source. Opens no connection.
     *
     * @param option the option that had the URL, for messages
     */
    DataSource database(String option, String url) {
        if (DatabaseUrl.hasPassword(url) || DatabaseUrl.hasUserInfo(url)) {
            throw wrong(
                    option + " has a user or a password in its URL, which is visible in the process list; " + ways(),
                    null);
        }
        return isMariadb(url) ? mariadb(option, url) : postgres(option, url);
    }

    static boolean isMariadb(String url) {
        return url.startsWith("jdbc:mariadb:") || url.startsWith("jdbc:mysql:");
    }

    private DataSource postgres(String option, String url) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        try {
            source.setUrl(url);
        } catch (IllegalArgumentException malformed) {
            throw wrong(
                    option + " '" + DatabaseUrl.shown(url) + "' is not a valid JDBC URL for PostgreSQL or MariaDB",
                    malformed);
        }
        String sslMode = DatabaseUrl.tls(url).get("sslmode");
        if (sslMode != null) {
            source.setSslMode(sslMode);
        }
        if (user != null) {
            source.setUser(user);
        }
        String secret = secret();
        if (secret != null) {
            source.setPassword(secret);
        }
        return source;
    }

    /** Finds the driver. The class loader remains open, because the driver loads classes when it needs them. */
    private DataSource mariadb(String option, String url) {
        String said = System.getenv(DRIVER_VARIABLE);
        Path jar = driver == null && said != null ? Path.of(said) : driver;
        if (jar != null && !Files.isRegularFile(jar)) {
            throw wrong("--driver " + jar + " is not a file; check the path", null);
        }
        ClassLoader before = Thread.currentThread().getContextClassLoader();
        ClassLoader own = DatabaseLogin.class.getClassLoader();
        try {
            ClassLoader loader = jar == null
                    ? own
                    : new URLClassLoader(
                            "entente-driver", new URL[] {jar.toUri().toURL()}, own);
            Thread.currentThread().setContextClassLoader(loader);
            for (Driver found : ServiceLoader.load(Driver.class, loader)) {
                if (found.acceptsURL(url)) {
                    Properties properties = new Properties();
                    if (!url.contains("sslMode=") && !HERE.matcher(url).find()) {
                        properties.setProperty("sslMode", "verify-full"); // the driver uses no TLS by default
                    }
                    return new DriverDataSource(url, found.getClass().getName(), properties, user, secret());
                }
            }
        } catch (IOException | SQLException broken) {
            throw wrong("--driver " + jar + " cannot be used: " + broken.getMessage(), broken);
        } finally {
            Thread.currentThread().setContextClassLoader(before);
        }
        throw wrong(
                option + " '" + DatabaseUrl.shown(url) + "' needs MariaDB's driver. The driver "
                        + (jar == null
                                ? "is under the LGPL and not part of this jar. Get the jar of"
                                        + " org.mariadb.jdbc:mariadb-java-client, and give --driver FILE or set "
                                        + DRIVER_VARIABLE
                                : "is not in " + jar + "; give the jar of org.mariadb.jdbc:mariadb-java-client"),
                null);
    }

    /** Reads the password once for all databases: a pipe cannot be read again, and a person is asked once. */
    private @Nullable String secret() {
        if (!isSecretRead) {
            secret = readSecret();
            isSecretRead = true;
        }
        return secret;
    }

    private @Nullable String readSecret() {
        if (password != null && !password.equals(ASK)) {
            throw wrong("--password takes no value: it would be visible in the process list; " + ways(), null);
        }
        if (password != null) {
            return asked();
        }
        if (passwordFile == null) {
            return System.getenv(VARIABLE);
        }
        try {
            return TextFile.firstLine(passwordFile);
        } catch (IOException unreadable) {
            throw wrong(
                    "--password-file " + passwordFile + " cannot be read: " + TextFile.advice(passwordFile, unreadable),
                    unreadable);
        }
    }

    @SuppressWarnings("SystemConsoleNull") // null without a terminal: before Java 22, and again from Java 25 on
    private String asked() {
        Console console = System.console();
        char[] typed = console == null || !console.isTerminal() ? null : console.readPassword("Password: ");
        if (typed == null) {
            throw wrong("--password needs a terminal, and there is none; " + ways(), null);
        }
        return new String(typed);
    }

    private static String ways() {
        return "give the user as --user, write the password into a file and give --password-file FILE, or set "
                + VARIABLE;
    }

    private ParameterException wrong(String message, @Nullable Exception cause) {
        return new ParameterException(spec.commandLine(), message, cause);
    }
}
