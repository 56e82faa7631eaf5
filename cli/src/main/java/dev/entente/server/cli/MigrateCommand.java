package dev.entente.server.cli;

import dev.entente.server.store.Database;
import dev.entente.server.store.StartupFailure;
import dev.entente.server.store.admin.Schema;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code entente migrate}: brings the database's schema up to date and ends. */
@Command(
        name = "migrate",
        description = "Bring the database's schema up to date. Safe while older and newer coordinators run.")
final class MigrateCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ServerOptions options;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        try (Database database = Database.of(options.configuration().database())) {
            database.awaitAnswer();
            Schema schema = new Schema(database);
            int migrations = schema.migrate();
            out.println("schema version " + schema.version() + "; migrations that ran: " + migrations);
            return 0;
        } catch (StartupFailure failure) {
            spec.commandLine().getErr().println(failure.getMessage());
            return failure.code().exitCode();
        }
    }
}
