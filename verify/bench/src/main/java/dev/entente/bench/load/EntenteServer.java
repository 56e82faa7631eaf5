package dev.entente.bench.load;

import dev.entente.rig.SqlDatabase;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A built server jar, started as a user starts it with a PostgreSQL of their own.
 *
 * @param jar the server's jar
 * @param jvmOptions the options of its JVM
 * @param settings {@code key=value}, in addition to the settings of the bench
 */
public record EntenteServer(Path jar, List<String> jvmOptions, List<String> settings) {
    /** The options of the launcher and of deploy/, comma-separated. */
    public static final String JVM_OPTIONS = "-XX:+UseParallelGC,-XX:FreqInlineSize=160,-XX:InlineSmallCode=1500";

    /** The participant's name in the coordinator's configuration and in the plans. */
    public static final String PARTICIPANT = "bench";

    private static final String CALLS_STREAM = "calls.stream=";

    /**
     * A limit above the calls that 512 transactions of two branches can have in flight. The bench measures the
     * coordinator, not this limit.
     */
    private static final int PARTICIPANT_MAX_IN_FLIGHT = 2048;

    /** Returns this server with calls over streams or without. A setting of the server takes precedence. */
    public EntenteServer calling(boolean isOverStreams) {
        if (settings.stream().anyMatch(setting -> setting.startsWith(CALLS_STREAM))) {
            return this;
        }
        List<String> all = new ArrayList<>(settings);
        all.add(CALLS_STREAM + (isOverStreams ? "on" : "off"));
        return new EntenteServer(jar, jvmOptions, List.copyOf(all));
    }

    /**
     * Returns the arguments after {@code java} and its options. The server chooses free ports and prints them in the
     * first line on standard output.
     */
    public List<String> arguments(String node, SqlDatabase database, int participantPort) {
        List<String> arguments = new ArrayList<>(arguments(node, database, Map.of(PARTICIPANT, participantPort)));
        arguments.add("--set");
        arguments.add("participants." + PARTICIPANT + ".maxInFlight=" + PARTICIPANT_MAX_IN_FLIGHT);
        return List.copyOf(arguments);
    }

    /** Returns the arguments for these participants (a port by name), with the default limits. */
    public List<String> arguments(String node, SqlDatabase database, Map<String, Integer> participants) {
        List<String> arguments = new ArrayList<>(List.of("-jar", jar.toString(), "server", "--json", "--migrate"));
        arguments.addAll(List.of("--node", node, "--grpc-port", "0", "--http-port", "0"));
        arguments.addAll(List.of("--jdbc-url", database.url(), "--jdbc-user", "postgres"));
        participants.forEach((name, port) -> {
            arguments.add("--participant");
            arguments.add(name + "=127.0.0.1:" + port);
        });
        settings.forEach(setting -> arguments.addAll(List.of("--set", setting)));
        return List.copyOf(arguments);
    }
}
