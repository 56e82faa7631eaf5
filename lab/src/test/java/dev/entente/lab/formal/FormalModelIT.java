package dev.entente.lab.formal;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tlc2.TLC;

/** {@code docs/formal/check}: the model of the protocol holds the laws, and notices each rule that is forgotten. */
final class FormalModelIT {
    private static final int MINUTES = 10;

    @TempDir
    static Path folder;

    private record Run(int exit, String out, String err) {}

    static Stream<String> mutants() throws Exception {
        return check("--list-mutants").out().lines();
    }

    @Test
    void every_law_holds_in_every_plan() throws Exception {
        Run run = check("--json");
        assertThat(run.exit()).describedAs(run.out() + run.err()).isZero();
        JsonObject json = JsonParser.parseString(run.out()).getAsJsonObject();
        assertThat(json.keySet()).containsExactly("states", "ok", "violated");
        assertThat(json.get("states").getAsLong()).isGreaterThan(100_000);
        assertThat(json.get("ok").getAsBoolean()).isTrue();
        assertThat(json.get("violated").isJsonNull()).isTrue();
    }

    @ParameterizedTest
    @MethodSource("mutants")
    void a_forgotten_rule_is_noticed(String mutant) throws Exception {
        Run run = check("--json", "--mutant", mutant);
        assertThat(run.exit()).describedAs(run.out() + run.err()).isEqualTo(1);
        JsonObject json = JsonParser.parseString(run.out()).getAsJsonObject();
        assertThat(json.get("ok").getAsBoolean()).isFalse();
        String violated = json.get("violated").getAsString();
        if (mutant.matches("L[1-6]")) {
            assertThat(violated).isEqualTo(mutant);
        } else {
            assertThat(violated).isNotEmpty();
        }
    }

    @Test
    void an_unknown_mutant_is_a_usage_error() throws Exception {
        Run run = check("--mutant", "no-such-rule");
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).contains("no-such-rule").contains("--list-mutants");
    }

    private static Run check(String... arguments) throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(List.of(Path.of(System.getProperty("entente.home"), "docs", "formal", "check")
                        .toString()));
        command.addAll(List.of(arguments));
        Path out = Files.createTempFile(folder, "check", ".out");
        Path err = Files.createTempFile(folder, "check", ".err");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().put("ENTENTE_TLC_JAR", tlc());
        Process process = builder.start();
        if (!process.waitFor(MINUTES, TimeUnit.MINUTES)) {
            process.destroy();
            throw new IllegalStateException("still running after " + MINUTES + " minutes:\n" + Files.readString(err));
        }
        return new Run(process.exitValue(), Files.readString(out), Files.readString(err));
    }

    /** Returns the jar's path in Maven's repository. */
    private static String tlc() {
        return Path.of(TLC.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .getPath())
                .toString();
    }
}
