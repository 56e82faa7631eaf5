package dev.entente.server.app;

import dev.entente.server.app.Settings.Given;
import dev.entente.server.store.DatabaseSettings;
import java.util.Map;
import java.util.TreeMap;

/** Starts servers within the test's process, on free ports. */
public final class LocalServer {
    private LocalServer() {}

    /** The least that a server must be told; more may be put in. */
    public static Map<String, String> settings(DatabaseSettings database, String node) {
        Map<String, String> settings = new TreeMap<>();
        settings.put("node", node);
        settings.put("grpc.port", "0");
        settings.put("http.port", "0");
        settings.put("database.url", database.jdbcUrl());
        settings.put("database.user", database.user());
        settings.put("database.password", database.password());
        settings.put("database.patience", database.patience().toMillis() + "ms");
        return settings;
    }

    public static Server start(Map<String, String> settings) {
        Map<String, Given> flags = new TreeMap<>();
        settings.forEach((key, value) -> flags.put(key, new Given(value, "test")));
        return Server.start(Configuration.of(Settings.gather(null, Map.of(), flags)));
    }
}
