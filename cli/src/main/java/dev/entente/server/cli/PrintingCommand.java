package dev.entente.server.cli;

import com.google.gson.FieldNamingPolicy;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonPrimitive;
import com.google.gson.JsonSerializer;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A command that prints text or, with {@code -o json}, one JSON object on one line and nothing else. */
abstract class PrintingCommand implements Callable<Integer> {
    enum Format {
        text,
        json
    }

    @Option(
            names = {"-o", "--output"},
            paramLabel = "text|json",
            description = "The output format (default: text).")
    private Format format = Format.text;

    @Spec
    private CommandSpec spec;

    /** Executes the command; returns the exit code. A {@link Failure} is reported in the chosen format. */
    abstract int run() throws Exception;

    @Override
    public final Integer call() throws Exception {
        try {
            return run();
        } catch (Failure failure) {
            return failure.report(out(), err(), printsJson());
        } finally {
            out().flush();
            err().flush();
        }
    }

    boolean printsJson() {
        return format == Format.json;
    }

    final PrintWriter out() {
        return spec.commandLine().getOut();
    }

    final PrintWriter err() {
        return spec.commandLine().getErr();
    }

    /** Prints lines immediately. Escapes text, so that it cannot control the terminal; JSON is unchanged. */
    final void print(Object lines) {
        out().println(lines instanceof String text ? Lines.visible(text) : lines);
        out().flush();
    }

    /** Prints JSON or text, by the chosen format. A record becomes an object with names in snake_case. */
    final void print(Object json, String text) {
        print(printsJson() ? json(json) : text);
    }

    /** Creates the serializer when it is needed, because few commands justify its start-up cost. */
    private static JsonElement json(Object value) {
        return new GsonBuilder()
                .setFieldNamingPolicy(FieldNamingPolicy.LOWER_CASE_WITH_UNDERSCORES)
                .serializeNulls()
                .registerTypeAdapter(
                        Instant.class, (JsonSerializer<Instant>) (time, _, _) -> new JsonPrimitive(time.toString()))
                .registerTypeAdapter(Optional.class, (JsonSerializer<Optional<?>>)
                        (held, _, context) -> context.serialize(held.orElse(null)))
                .create()
                .toJsonTree(value);
    }

    final ParameterException wrong(String message, @Nullable Exception cause) {
        return new ParameterException(spec.commandLine(), message, cause);
    }
}
