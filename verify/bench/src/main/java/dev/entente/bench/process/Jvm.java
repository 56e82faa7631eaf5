package dev.entente.bench.process;

import dev.entente.rig.ChildProcess;
import dev.entente.rig.JavaCommand;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The options of the measured JVMs. The coordinator, the relay, the hand-written sagas and the participant use the same
 * options.
 */
public final class Jvm {
    /** Options that suppress the warnings of JDK 25 about Netty on standard error. */
    private static final List<String> QUIET =
            List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow");

    /** The longest time until a process reports that it is ready. */
    public static final Duration READY = Duration.ofMinutes(5);

    private Jvm() {}

    /** Returns all options, {@code chosen} first. */
    public static List<String> options(List<String> chosen) {
        return Stream.concat(chosen.stream(), QUIET.stream()).toList();
    }

    /** Starts {@code java} of the bench's own JDK in the current folder. Its log is a file in {@code directory}. */
    public static ChildProcess start(String name, List<String> options, List<String> arguments, Path directory)
            throws IOException {
        List<String> command = Stream.of(List.of(JavaCommand.java()), options, arguments)
                .flatMap(List::stream)
                .toList();
        return ChildProcess.start(name, command, Map.of(), directory.resolve(name + ".log"));
    }
}
