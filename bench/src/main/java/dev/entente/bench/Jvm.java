package dev.entente.bench;

import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.stream.Stream;

/**
 * The options of the JVMs that are measured: the same for the coordinator, the relay, the hand-written sagas and the
 * participant.
 */
final class Jvm {
    /** Without these two JDK 25 warns on standard error about Netty. */
    private static final List<String> QUIET =
            List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow");

    private Jvm() {}

    /** All options, {@code chosen} first. */
    static List<String> options(List<String> chosen) {
        return Stream.concat(chosen.stream(), QUIET.stream()).toList();
    }

    /** The version of this JDK, which is also the children's. */
    static String version() {
        return Runtime.version().toString();
    }

    /** The options that this process, the load client, was started with. */
    static List<String> ownOptions() {
        return ManagementFactory.getRuntimeMXBean().getInputArguments();
    }
}
