package dev.entente.bench.load;

import dev.entente.rig.AskedDatabase;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A built server jar, started as a user would start it against a PostgreSQL of his own.
 *
 * @param jar what is run
 * @param jvmOptions how
 * @param settings {@code key=value}, beyond those of the bench
 */
public record EntenteServer(Path jar, List<String> jvmOptions, List<String> settings) {
    /** As the launcher and deploy/ start it, comma-separated. */
    public static final String JVM_OPTIONS = "-XX:+UseParallelGC,-XX:FreqInlineSize=160,-XX:InlineSmallCode=1500";

    /** The participant's name in the coordinator's configuration and in the plans. */
    public static final String PARTICIPANT = "bench";

    private static final String CALLS_STREAM = "calls.stream=";

    /**
     * Above what 512 transactions of two branches can have under way: what is measured is the coordinator, not its
     * brake.
     */
    private static final int PARTICIPANT_MAX_IN_FLIGHT = 2048;

    /** The same, calling over streams or not; where its own settings say which, they win. */
    public EntenteServer calling(boolean isOverStreams) {
        if (settings.stream().anyMatch(setting -> setting.startsWith(CALLS_STREAM))) {
            return this;
        }
        List<String> all = new ArrayList<>(settings);
        all.add(CALLS_STREAM + (isOverStreams ? "on" : "off"));
        return new EntenteServer(jar, jvmOptions, List.copyOf(all));
    }

    /**
     * Returns the arguments behind {@code java} and its options. The ports are free ones, named by the first line on
     * standard output.
     */
    public List<String> arguments(String node, AskedDatabase database, int participantPort) {
        List<String> arguments = new ArrayList<>(arguments(node, database, Map.of(PARTICIPANT, participantPort)));
        arguments.add("--set");
        arguments.add("participants." + PARTICIPANT + ".maxInFlight=" + PARTICIPANT_MAX_IN_FLIGHT);
        return List.copyOf(arguments);
    }

    /** The same with these participants, a port for each name, and their default limits. */
    public List<String> arguments(String node, AskedDatabase database, Map<String, Integer> participants) {
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
