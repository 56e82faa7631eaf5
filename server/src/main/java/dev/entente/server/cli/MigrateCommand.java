package dev.entente.server.cli;

import dev.entente.server.store.Database;
import dev.entente.server.store.StartupFailure;
import dev.entente.server.store.admin.ApplicationRole;
import dev.entente.server.store.admin.Schema;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code entente migrate}: brings the database's schema up to date and ends. */
@Command(
        name = "migrate",
        description = "Bring the database's schema up to date. Safe while older and newer coordinators run.",
        mixinStandardHelpOptions = true)
final class MigrateCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ServerOptions options;

    @Option(
            names = "--role",
            paramLabel = "NAME",
            description = "Give the role that coordinators run as its rights, and make it where there is none: it may"
                    + " insert and read audit entries, and not change them.")
    private @Nullable String role;

    @Option(
            names = "--keep-audit",
            paramLabel = "DURATION",
            converter = ClientCommand.DurationReader.class,
            description = "With --role: audit entries stay so long whatever audit.retention says (at first 400d).")
    private @Nullable Duration keepsAudit;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        try (Database database = Database.of(options.configuration().database())) {
            Schema schema = new Schema(database);
            int migrations = schema.migrate();
            out.println("schema version " + schema.version() + "; migrations that ran: " + migrations);
            if (role != null) {
                boolean isNew = new ApplicationRole(database).grant(role, keepsAudit);
                out.println("role " + role + (isNew ? " was made, without a password, and" : "")
                        + " has the rights of a coordinator");
            }
            return 0;
        } catch (StartupFailure failure) {
            spec.commandLine().getErr().println(failure.getMessage());
            return failure.code().exitCode();
        }
    }
}
