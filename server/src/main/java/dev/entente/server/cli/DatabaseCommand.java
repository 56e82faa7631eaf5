package dev.entente.server.cli;

import dev.entente.server.app.TextFile;
import dev.entente.server.store.DatabaseUrl;
import java.io.Console;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;
import picocli.CommandLine.Option;

/** A command that opens a service's own database. */
abstract class DatabaseCommand extends PrintingCommand {
    /** The password of a service's database in the environment. */
    private static final String VARIABLE = "ENTENTE_JDBC_PASSWORD";

    private static final String ASK = " ";

    @Option(
            names = "--jdbc",
            paramLabel = "URL",
            required = true,
            description = "JDBC URL of the service's database (PostgreSQL); ?currentSchema=… where it has one.")
    private String jdbc;

    @Option(names = "--user", description = "The database's user, where the URL has none.")
    private @Nullable String user;

    @Option(
            names = "--password",
            description = "Ask for its password; a value is refused, for whoever lists processes would see it.",
            arity = "0..1",
            fallbackValue = ASK)
    private @Nullable String password;

    @Option(
            names = "--password-file",
            paramLabel = "FILE",
            description = "File with its password in the first line (default: " + VARIABLE + ").")
    private @Nullable Path passwordFile;

    final PGSimpleDataSource database() {
        if (DatabaseUrl.hasPassword(jdbc)) {
            throw wrong("--jdbc has a password in its URL, and whoever lists processes sees it; " + ways(), null);
        }
        PGSimpleDataSource source = new PGSimpleDataSource();
        try {
            source.setUrl(jdbc);
        } catch (IllegalArgumentException malformed) {
            throw wrong("--jdbc '" + DatabaseUrl.shown(jdbc) + "' is no JDBC URL of a PostgreSQL", malformed);
        }
        String sslMode = DatabaseUrl.tls(jdbc).get("sslmode");
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

    private @Nullable String secret() {
        if (password != null && !password.equals(ASK)) {
            throw wrong("--password takes no value, for whoever lists processes would see it; " + ways(), null);
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
                    "--password-file " + passwordFile + " cannot be read: " + TextFile.reason(passwordFile, unreadable)
                            + "; check the path",
                    unreadable);
        }
    }

    @SuppressWarnings("SystemConsoleNull") // Without a terminal it is null again from Java 25 on.
    private String asked() {
        Console console = System.console();
        char[] typed = console == null || !console.isTerminal() ? null : console.readPassword("Password: ");
        if (typed == null) {
            throw wrong("--password asks at a terminal, and there is none; " + ways(), null);
        }
        return new String(typed);
    }

    private static String ways() {
        return "write it into a file and give --password-file FILE, or set " + VARIABLE;
    }
}
