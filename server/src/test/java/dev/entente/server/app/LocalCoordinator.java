package dev.entente.server.app;

import dev.entente.server.store.DatabaseSettings;
import dev.entente.server.store.TestDatabase;
import dev.entente.v1.GetTransactionRequest;
import dev.entente.v1.OperatorServiceGrpc;
import dev.entente.v1.OperatorServiceGrpc.OperatorServiceBlockingStub;
import dev.entente.v1.TopicServiceGrpc;
import dev.entente.v1.TopicServiceGrpc.TopicServiceBlockingStub;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionServiceGrpc;
import dev.entente.v1.TransactionServiceGrpc.TransactionServiceBlockingStub;
import dev.entente.v1.View;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;

/** A coordinator in the test's process on a real database, and a channel to it. */
public final class LocalCoordinator implements AutoCloseable {
    public final DatabaseSettings database;
    public final Server server;
    public final ManagedChannel channel;

    private LocalCoordinator(DatabaseSettings database, Server server) {
        this.database = database;
        this.server = server;
        channel = NettyChannelBuilder.forTarget(server.ready().grpc())
                .usePlaintext()
                .directExecutor()
                .build();
    }

    /**
     * Starts one on a database of its own.
     *
     * @param more settings: key, value, key, value
     */
    public static LocalCoordinator start(String... more) {
        return start(TestDatabase.withSchema(), "node-a", more);
    }

    /** Starts one beside others on that database. */
    public static LocalCoordinator start(DatabaseSettings database, String node, String... more) {
        Map<String, String> settings = LocalServer.settings(database, node);
        settings.put("drain", "100ms");
        // Nobody takes over from one that is merely slow.
        settings.put("lease", "1h");
        for (int i = 0; i < more.length; i += 2) {
            settings.put(more[i], more[i + 1]);
        }
        return new LocalCoordinator(database, LocalServer.start(settings));
    }

    public String target() {
        return server.ready().grpc();
    }

    public int port() {
        return Integer.parseInt(target().substring(target().lastIndexOf(':') + 1));
    }

    public TransactionServiceBlockingStub transactions() {
        return TransactionServiceGrpc.newBlockingStub(channel);
    }

    public OperatorServiceBlockingStub operator() {
        return OperatorServiceGrpc.newBlockingStub(channel);
    }

    public TopicServiceBlockingStub topics() {
        return TopicServiceGrpc.newBlockingStub(channel);
    }

    /** Returns the same channel with a bearer token. */
    public Channel as(String secret) {
        return with(channel, "authorization", "Bearer " + secret);
    }

    /** Returns the channel with one more header. */
    public static Channel with(Channel channel, String header, String value) {
        Metadata headers = new Metadata();
        headers.put(Metadata.Key.of(header, Metadata.ASCII_STRING_MARSHALLER), value);
        return ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(headers));
    }

    public Transaction get(String gid) {
        return transactions()
                .getTransaction(GetTransactionRequest.newBuilder().setGid(gid).build());
    }

    /** Returns the full view. */
    public Transaction described(String gid) {
        return transactions()
                .getTransaction(GetTransactionRequest.newBuilder()
                        .setGid(gid)
                        .setView(View.FULL)
                        .build());
    }

    /** Returns the only number that the query answers. */
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

    /** Returns what the HTTP port shows to scrapers. */
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
        channel.shutdownNow();
        server.drain();
    }
}
