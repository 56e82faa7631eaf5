package dev.entente.stories.compat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A user's program in its own process: one combination of libraries on one Java version. */
final class KioskProcess implements AutoCloseable {

    private final Process process;
    private final BufferedReader out;
    private final Path err;

    private KioskProcess(Process process, Path err) {
        this.process = process;
        this.out = process.inputReader();
        this.err = err;
    }

    /** Starts the process and does not wait. */
    static KioskProcess start(Path java, Combination libraries, String jdbc, String name, Path folder)
            throws IOException {
        Path err = folder.resolve(name + ".err");
        return new KioskProcess(
                new ProcessBuilder(
                                java.toString(),
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-Xshare:auto",
                                "-Xmx128m",
                                "-cp",
                                libraries.classPath(),
                                "dev.entente.compat.Kiosk",
                                jdbc,
                                name)
                        .redirectError(err.toFile())
                        .start(),
                err);
    }

    /** Returns the address that the process serves, or empty if the process ended earlier. Blocks. */
    Optional<String> target() throws IOException {
        return Optional.ofNullable(out.readLine()).map(port -> "127.0.0.1:" + port);
    }

    /** Sends the coordinator's address to the process, which then starts its transactions. */
    void begin(String coordinator) throws IOException {
        process.outputWriter().append(coordinator).append('\n').flush();
    }

    /** Waits for the end of the process and returns its output lines. Blocks. */
    List<String> lines() throws IOException, InterruptedException {
        List<String> lines = out.lines().toList();
        process.waitFor();
        return lines;
    }

    /** Returns the standard error of the process. */
    String errors() throws IOException {
        return Files.readString(err);
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
