package dev.entente.rig;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The exit code and the output of a program that has ended.
 *
 * @param out all of standard output
 * @param err all of standard error
 */
public record Ended(int exit, String out, String err) {
    /** Runs the program without input. Blocks until it ends, but not until its child processes end. */
    public static Ended run(ProcessBuilder program) throws IOException {
        // Output goes to files because a running child process would keep a pipe open.
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

    /** Returns the command of a main class of this class path, with its arguments, in a JVM for short runs. */
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

    /** Returns the complete output, for people. */
    public String output() {
        return out + err;
    }
}
