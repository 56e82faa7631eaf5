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
 * The options of the JVMs that are measured: the same for the coordinator, the relay, the hand-written sagas and the
 * participant.
 */
public final class Jvm {
    /** Without these two JDK 25 warns on standard error about Netty. */
    private static final List<String> QUIET =
            List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow");

    /** How long a process may take to say that it is ready. */
    public static final Duration READY = Duration.ofMinutes(5);

    private Jvm() {}

    /** All options, {@code chosen} first. */
    public static List<String> options(List<String> chosen) {
        return Stream.concat(chosen.stream(), QUIET.stream()).toList();
    }

    /**
     * Starts {@code java} of this process's own JDK in this process's own folder; its log lies in {@code directory}.
     */
    public static ChildProcess start(String name, List<String> options, List<String> arguments, Path directory)
            throws IOException {
        List<String> command = Stream.of(List.of(JavaCommand.java()), options, arguments)
                .flatMap(List::stream)
                .toList();
        return ChildProcess.start(name, command, Map.of(), directory.resolve(name + ".log"));
    }
}
