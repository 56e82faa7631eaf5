package dev.entente.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A run of a lab command, as {@code ./entente} starts it.
 *
 * @param out all of standard output
 * @param err all of standard error
 */
public record LabProcess(int exit, String out, String err) {
    /** The seed of whatever a command draws, as an option's value. */
    public static final String SEED = Long.toString(Long.getLong("entente.test.seed", 7));

    /** Runs it to its end. Blocks. */
    public static LabProcess run(String... arguments) throws IOException, InterruptedException {
        Path out = Files.createTempFile("lab", ".out");
        Path err = Files.createTempFile("lab", ".err");
        Process process = new ProcessBuilder(command(arguments))
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        awaitEnd(process, err);
        LabProcess ended = new LabProcess(process.exitValue(), Files.readString(out), Files.readString(err));
        Files.delete(out);
        Files.delete(err);
        return ended;
    }

    /** Blocks until that process has ended. Where the test's time is over before, it tells what the process said. */
    public static void awaitEnd(Process process, Path said) throws IOException {
        try {
            process.waitFor();
        } catch (InterruptedException late) {
            process.destroy();
            throw new IllegalStateException("still running: " + Files.readString(said), late);
        }
    }

    /** Starts it. */
    public static Process start(String... arguments) throws IOException {
        return new ProcessBuilder(command(arguments)).start();
    }

    private static List<String> command(String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Lab.class.getName()));
        command.addAll(List.of(arguments));
        return command;
    }
}
