package dev.entente.server.cli;

import com.google.gson.JsonObject;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.server.app.Configuration;
import dev.entente.server.app.Server;
import dev.entente.server.store.StartupFailure;
import dev.entente.server.store.StoreUnavailable;
import dev.entente.server.telemetry.LogOutput;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code entente server}: runs a coordinator until it is stopped. */
@Command(
        name = "server",
        description = "Run a coordinator. SIGTERM drains it.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Every setting can be given by --set KEY=VALUE, in the environment (ENTENTE_GRPC_PORT) or in the file of"
                    + " --config.",
            "Exits: 2 bad configuration, 3 database unreachable, 4 schema older or newer, 5 bind beyond"
                    + " loopback without authentication,",
            "7 port in use, 8 another live process with the same node name."
        })
final class ServerCommand implements Callable<Integer> {
    private static final Logger log = LoggerFactory.getLogger(Server.class);

    @Spec
    private CommandSpec spec;

    @Mixin
    private ServerOptions options;

    @Option(
            names = "--park-all",
            description = "After a restore, for the first coordinator: park every open transaction. `recover` releases"
                    + " them.")
    private boolean parksAll;

    @Option(
            names = "--take-announcements",
            description = "For development: participants on this machine may announce themselves.")
    private boolean takesAnnouncements;

    @Option(names = "--json", description = "Print one line of JSON when the server is ready.")
    private boolean json;

    @Option(
            names = "--until-pid",
            hidden = true,
            description = "For tests: exits when the process with this pid has ended.")
    private @Nullable Long untilPid;

    @Override
    public Integer call() throws InterruptedException {
        if (untilPid != null) {
            endWith(untilPid);
        }
        Server server;
        try {
            Configuration configuration = options.configuration();
            server = Server.start(takesAnnouncements ? configuration.takingAnnouncements() : configuration, parksAll);
        } catch (StartupFailure failure) {
            spec.commandLine().getErr().println(failure.getMessage());
            return failure.code().exitCode();
        } catch (StoreUnavailable unavailable) {
            spec.commandLine()
                    .getErr()
                    .println(ErrorCode.DATABASE_UNREACHABLE.id() + ": the database failed during the start: "
                            + unavailable.getMessage());
            return ErrorCode.DATABASE_UNREACHABLE.exitCode();
        }
        CountDownLatch ended = new CountDownLatch(1);
        Runtime.getRuntime()
                .addShutdownHook(Thread.ofPlatform().name("entente-drain").unstarted(() -> {
                    server.drain();
                    LogOutput.close();
                    ended.countDown();
                }));
        announce(server.ready());
        ended.await();
        return 0;
    }

    private static void endWith(long parent) {
        Thread.ofVirtual().name("until " + parent).start(() -> {
            // empty if that process has already ended
            ProcessHandle.of(parent).ifPresent(alive -> alive.onExit().join());
            System.exit(0);
        });
    }

    private void announce(Server.Ready ready) {
        log.info(
                "ready in {} ms: gRPC {}, HTTP {}, database {} (schema {}), {} transactions recovered",
                ready.readyMillis(),
                ready.grpc(),
                ready.http(),
                ready.jdbc(),
                ready.schema(),
                ready.recovered());
        if (json) {
            JsonObject line = new JsonObject();
            line.addProperty("grpc", ready.grpc());
            line.addProperty("http", ready.http());
            line.addProperty("jdbc", ready.jdbc());
            line.addProperty("schema", ready.schema());
            line.addProperty("recovered", ready.recovered());
            line.addProperty("pid", ready.pid());
            line.addProperty("ready_ms", ready.readyMillis());
            spec.commandLine().getOut().println(line);
            spec.commandLine().getOut().flush();
        }
    }
}
