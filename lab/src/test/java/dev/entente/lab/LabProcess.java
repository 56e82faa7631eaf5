package dev.entente.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A run of a lab command, as {@code ./entente} starts it.
 *
 * @param out all of standard output
 * @param err all of standard error
 */
public record LabProcess(int exit, String out, String err) {
    private static final int MINUTES = 15;

    /** Runs it to its end. Blocks. */
    public static LabProcess run(String... arguments) throws IOException, InterruptedException {
        Path out = Files.createTempFile("lab", ".out");
        Path err = Files.createTempFile("lab", ".err");
        Process process = new ProcessBuilder(command(arguments))
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        if (!process.waitFor(MINUTES, TimeUnit.MINUTES)) {
            process.destroy();
            throw new IllegalStateException("still running after " + MINUTES + " minutes:\n" + Files.readString(err));
        }
        LabProcess ended = new LabProcess(process.exitValue(), Files.readString(out), Files.readString(err));
        Files.delete(out);
        Files.delete(err);
        return ended;
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
