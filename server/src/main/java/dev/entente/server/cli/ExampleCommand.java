package dev.entente.server.cli;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code entente tx example}: a plan to start from, of those in {@code examples/}. */
@Command(name = "example", description = "Print a plan that the demo's participants understand.")
final class ExampleCommand implements Callable<Integer> {
    /** The patterns and forms with an example plan. */
    enum Kind {
        saga,
        approval,
        tcc,
        two_phase,
        message,
        notification,
        http;

        @Override
        public String toString() {
            return name().replace('_', '-');
        }
    }

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "saga|approval|tcc|two-phase|message|notification|http", description = "Which pattern.")
    private Kind kind;

    @Option(
            names = "--gid",
            paramLabel = "GID",
            description = "Another gid, to submit it again as another transaction.")
    private @Nullable String gid;

    @Override
    public Integer call() throws IOException {
        String plan;
        try (InputStream file = ExampleCommand.class.getResourceAsStream("examples/" + kind + ".json")) {
            plan = new String(Objects.requireNonNull(file).readAllBytes(), StandardCharsets.UTF_8);
        }
        if (gid != null) {
            JsonObject renamed = JsonParser.parseString(plan).getAsJsonObject();
            renamed.addProperty("gid", gid);
            plan = new GsonBuilder().setPrettyPrinting().create().toJson(renamed) + "\n";
        }
        spec.commandLine().getOut().print(plan);
        spec.commandLine().getOut().flush();
        return ExitCode.HELD;
    }
}
