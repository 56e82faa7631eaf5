package dev.entente.server.app;

import dev.entente.core.decision.NoProgressLimits;
import dev.entente.server.api.ApiServer;
import dev.entente.server.app.Settings.Given;
import dev.entente.server.participant.limit.Circuit;
import dev.entente.server.store.DatabaseSettings;
import dev.entente.server.store.TestDatabase;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/** Starts servers within the test's process, on free ports. */
public final class LocalServer {
    /** The times of a server, but with a long timeout for a slow database, and slow clients that cancel many calls. */
    static final FixedTimes TIMES = new FixedTimes(
            TestDatabase.TIMEOUT,
            new ApiServer.ConnectionTimes(ApiServer.MAX_AGE, Duration.ofHours(1)),
            Circuit.CONNECT,
            NoProgressLimits.STANDARD);

    private LocalServer() {}

    /** Returns the minimal settings of a server, in a modifiable map. */
    public static Map<String, String> settings(DatabaseSettings database, String node) {
        Map<String, String> settings = new TreeMap<>();
        settings.put("node", node);
        settings.put("grpc.port", "0");
        settings.put("http.port", "0");
        settings.put("database.url", database.jdbcUrl());
        settings.put("database.user", database.user());
        settings.put("database.password", database.password());
        return settings;
    }

    public static Server start(Map<String, String> settings) {
        return start(settings, TIMES);
    }

    static Server start(Map<String, String> settings, FixedTimes times) {
        return Server.start(configuration(settings, times));
    }

    static Configuration configuration(Map<String, String> settings, FixedTimes times) {
        return Configuration.of(Settings.gather(null, Map.of(), flags(settings)), times);
    }

    private static Map<String, Given> flags(Map<String, String> settings) {
        Map<String, Given> flags = new TreeMap<>();
        settings.forEach((key, value) -> flags.put(key, new Given(value, "--set")));
        return flags;
    }

    /** Returns the configuration with the participants of a file, which is read again after a change. */
    static Configuration reading(Path file, Map<String, String> settings) {
        Supplier<Configuration> again = () -> Configuration.of(Settings.gather(file, Map.of(), flags(settings)), TIMES);
        return again.get().from(new Configuration.Source(file, again));
    }

    /** Returns the configuration with these settings, given by flags. */
    static Configuration configuration(Map<String, String> settings) {
        return configuration(settings, FixedTimes.STANDARD);
    }
}
