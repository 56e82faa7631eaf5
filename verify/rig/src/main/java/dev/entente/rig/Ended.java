package dev.entente.rig;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How a program ended that was run to its end.
 *
 * @param out all of standard output
 * @param err all of standard error
 */
public record Ended(int exit, String out, String err) {
    /** Runs it with no input. Blocks; what it starts may run on. */
    public static Ended run(ProcessBuilder program) throws IOException {
        // Files: whatever runs on would keep pipes open.
        Path out = Files.createTempFile("ended", ".out");
        Path err = Files.createTempFile("ended", ".err");
        Process process = program.redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        try {
            int exit = process.waitFor();
            return new Ended(exit, Files.readString(out), Files.readString(err));
        } catch (InterruptedException late) {
            process.destroy();
            throw new IllegalStateException("still running: " + Files.readString(err), late);
        } finally {
            Files.delete(out);
            Files.delete(err);
        }
    }

    public static Ended run(List<String> command) throws IOException {
        return run(new ProcessBuilder(command));
    }

    /** Runs the built server's command line. */
    public static Ended entente(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                JavaCommand.java(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-jar",
                ServerJar.find().toString()));
        command.addAll(List.of(arguments));
        return run(command);
    }

    /** The program of a main class of this class path, with its arguments, in a JVM that lives for a moment. */
    public static ProcessBuilder program(Class<?> main, String... arguments) {
        String home = System.getProperty("entente.home");
        List<String> command = new ArrayList<>(List.of(JavaCommand.java()));
        command.addAll(home == null ? List.of() : List.of("-Dentente.home=" + home));
        command.addAll(List.of(
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command);
    }

    /** What it printed, for people. */
    public String said() {
        return out + err;
    }
}
