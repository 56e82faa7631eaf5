package dev.entente.server.app;

import dev.entente.server.store.DatabaseSettings;
import dev.entente.server.store.TestDatabase;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;

/** A coordinator in the test's process on a real database, and a channel to it. */
public final class LocalCoordinator extends Client implements AutoCloseable {
    public final DatabaseSettings database;
    public final Server server;

    private LocalCoordinator(DatabaseSettings database, Server server) {
        super(NettyChannelBuilder.forTarget(server.ready().grpc())
                .usePlaintext()
                .directExecutor()
                .build());
        this.database = database;
        this.server = server;
    }

    /**
     * Starts a coordinator on a database of its own.
     *
     * @param more settings: key, value, key, value
     */
    public static LocalCoordinator start(String... more) {
        return start(TestDatabase.withSchema(), "node-a", more);
    }

    /** Starts a coordinator next to others on that database. */
    public static LocalCoordinator start(DatabaseSettings database, String node, String... more) {
        return start(LocalServer.TIMES, database, node, more);
    }

    /** Starts a coordinator that accepts announcements of participants. */
    static LocalCoordinator takingAnnouncements(DatabaseSettings database, String... more) {
        Configuration configuration = LocalServer.configuration(settings(database, "node-a", more), LocalServer.TIMES);
        return new LocalCoordinator(database, Server.start(configuration.takingAnnouncements()));
    }

    /** Starts a coordinator with the participants of a file. */
    static LocalCoordinator reading(Path file) {
        DatabaseSettings database = TestDatabase.withSchema();
        return new LocalCoordinator(database, Server.start(LocalServer.reading(file, settings(database, "node-a"))));
    }

    /** Starts a coordinator with times that no setting changes. */
    static LocalCoordinator start(FixedTimes times, DatabaseSettings database, String node, String... more) {
        return new LocalCoordinator(database, LocalServer.start(settings(database, node, more), times));
    }

    private static Map<String, String> settings(DatabaseSettings database, String node, String... more) {
        Map<String, String> settings = LocalServer.settings(database, node);
        settings.put("drain", "100ms");
        // No coordinator takes over from a slow one.
        settings.put("lease", "1h");
        for (int i = 0; i < more.length; i += 2) {
            settings.put(more[i], more[i + 1]);
        }
        return settings;
    }

    public String target() {
        return server.ready().grpc();
    }

    public int port() {
        return Integer.parseInt(target().substring(target().lastIndexOf(':') + 1));
    }

    /** Returns the only number in the query's result. */
    public long number(String sql) {
        try (Connection connection =
                        DriverManager.getConnection(database.jdbcUrl(), database.user(), database.password());
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    public void execute(String sql) {
        TestDatabase.execute(database.jdbcUrl(), sql);
    }

    /** Returns the metrics page of the HTTP port. */
    public String metrics() {
        try (InputStream page = URI.create("http://" + server.ready().http() + "/metrics")
                .toURL()
                .openStream()) {
            return new String(page.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        ((ManagedChannel) channel).shutdownNow();
        server.drain();
    }
}
