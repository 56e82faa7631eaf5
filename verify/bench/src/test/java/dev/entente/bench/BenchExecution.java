package dev.entente.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine;

/** A run of the bench's command within this process. */
final class BenchExecution {
    /** The JVMs of a test stop before the optimizing compiler pays off. */
    static final List<String> SHORT_LIVED = List.of("-Xmx1g", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

    private final Path workDirectory;
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    BenchExecution(Path workDirectory) {
        this.workDirectory = workDirectory;
    }

    /** Runs the command with these arguments, expects exit code 0 and returns the report. Blocks. */
    JsonObject measure(String... args) {
        String[] all = Arrays.copyOf(args, args.length + 1);
        all[args.length] = "--json";
        assertThat(execute(all)).as(err.toString()).isZero();
        return JsonParser.parseString(out.toString()).getAsJsonObject();
    }

    /** Runs the command with these arguments and returns its exit code. Blocks. */
    int execute(String... args) {
        CommandLine command =
                new CommandLine(new Bench()).setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
        String[] all = Arrays.copyOf(args, args.length + 4);
        all[args.length] = "--work-dir";
        all[args.length + 1] = workDirectory.toString();
        all[args.length + 2] = "--jvm-options";
        all[args.length + 3] = String.join(",", SHORT_LIVED);
        return command.execute(all);
    }

    /** Returns all of standard error. */
    String err() {
        return err.toString();
    }
}
