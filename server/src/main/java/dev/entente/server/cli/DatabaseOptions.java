package dev.entente.server.cli;

import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options of a command that opens a service's own database, beside its URL. */
final class DatabaseOptions {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(names = "--user", description = "The database's user, where the URL has none.")
    private @Nullable String user;

    @Option(
            names = "--password",
            description = "Its password; asked for without a value.",
            interactive = true,
            arity = "0..1")
    private @Nullable String password;

    /** Returns the database at that URL, which was given as {@code --jdbc}. */
    PGSimpleDataSource at(String jdbc) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        try {
            source.setUrl(jdbc);
        } catch (IllegalArgumentException malformed) {
            throw new ParameterException(
                    spec.commandLine(), "--jdbc '" + jdbc + "' is no JDBC URL of a PostgreSQL", malformed);
        }
        if (user != null) {
            source.setUser(user);
        }
        if (password != null) {
            source.setPassword(password);
        }
        return source;
    }
}
