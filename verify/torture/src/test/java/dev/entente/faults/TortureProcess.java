package dev.entente.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A run of {@code ./entente torture}. */
final class TortureProcess {
    /** The seed of the load and the faults, as an option's value. */
    static final String SEED = Long.toString(Long.getLong("entente.test.seed", 7));

    private TortureProcess() {}

    /** Runs it to its end, expects that it ends with 0, and returns its report. Blocks. */
    static JsonObject run(Path folder, String... arguments) throws IOException {
        return run(Torture.class, folder, arguments);
    }

    /** The same with another command of this module. Blocks. */
    static JsonObject run(Class<?> main, Path folder, String... arguments) throws IOException {
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dentente.home=" + System.getProperty("entente.home"),
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        try {
            process.waitFor();
        } catch (InterruptedException late) {
            process.destroy();
            throw new IllegalStateException("still running: " + Files.readString(err), late);
        }
        assertThat(process.exitValue())
                .describedAs(Files.readString(out) + Files.readString(err))
                .isZero();
        return JsonParser.parseString(Files.readString(out)).getAsJsonObject();
    }
}
