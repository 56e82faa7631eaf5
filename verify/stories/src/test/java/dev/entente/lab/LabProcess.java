package dev.entente.lab;

import dev.entente.rig.Ended;
import dev.entente.rig.JavaCommand;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Runs of lab commands, as {@code ./entente} starts them. */
public final class LabProcess {
    /** The seed of whatever a command draws, as an option's value. */
    public static final String SEED = Long.toString(Long.getLong("entente.test.seed", 7));

    private LabProcess() {}

    /** Runs it to its end. Blocks. */
    public static Ended run(String... arguments) throws IOException {
        return Ended.run(command(arguments));
    }

    /** Starts it. */
    public static Process start(String... arguments) throws IOException {
        return command(arguments).start();
    }

    private static ProcessBuilder command(String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                JavaCommand.java(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Lab.class.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command);
    }
}
