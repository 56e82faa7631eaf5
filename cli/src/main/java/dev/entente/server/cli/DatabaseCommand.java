package dev.entente.server.cli;

import javax.sql.DataSource;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A command that opens a service's own database. */
abstract class DatabaseCommand extends PrintingCommand {
    @Option(
            names = "--jdbc",
            paramLabel = "URL",
            required = true,
            description = "JDBC URL of the service's PostgreSQL (with ?currentSchema=… if needed) or MariaDB database.")
    private String jdbc;

    @Mixin
    private DatabaseLogin login;

    final DataSource database() {
        return login.database("--jdbc", jdbc);
    }
}
