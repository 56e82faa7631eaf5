package dev.entente.bench;

import com.google.gson.JsonParser;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A built server jar, started as a user would start it against a PostgreSQL of his own.
 *
 * @param jar what is run
 * @param jvmOptions how
 * @param settings {@code key=value}, beyond those of the bench
 */
record EntenteServer(Path jar, List<String> jvmOptions, List<String> settings) {
    /** The participant's name in the coordinator's configuration and in the plans. */
    static final String PARTICIPANT = "bench";

    /** Above what 512 transactions of two branches can have under way: what is measured is the coordinator, not its brake. */
    private static final int PARTICIPANT_MAX_IN_FLIGHT = 2048;

    /** What follows {@code java} and its options: free ports, and the first line on standard output says which. */
    List<String> arguments(String jdbcUrl, int participantPort) {
        List<String> arguments = new ArrayList<>(List.of(
                "-jar",
                jar.toString(),
                "server",
                "--json",
                "--migrate",
                "--node",
                "bench",
                "--grpc-port",
                "0",
                "--http-port",
                "0",
                "--jdbc-url",
                jdbcUrl,
                "--jdbc-user",
                "postgres",
                "--participant",
                PARTICIPANT + "=127.0.0.1:" + participantPort,
                "--set",
                "participants." + PARTICIPANT + ".maxInFlight=" + PARTICIPANT_MAX_IN_FLIGHT));
        settings.forEach(setting -> arguments.addAll(List.of("--set", setting)));
        return arguments;
    }

    /** The port of gRPC in the server's first line, which is one JSON object. */
    static int grpcPort(String readyLine) {
        String address =
                JsonParser.parseString(readyLine).getAsJsonObject().get("grpc").getAsString();
        return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
    }
}
