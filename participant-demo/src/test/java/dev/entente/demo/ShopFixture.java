package dev.entente.demo;

import dev.entente.backends.PostgresServer;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/** All services of the shop in this process, on their own PostgreSQL server. */
final class ShopFixture implements AutoCloseable {
    private final PostgresServer postgres;
    private final DemoParticipant participant;
    private final ManagedChannel channel;

    private ShopFixture(PostgresServer postgres, DemoParticipant participant) {
        this.postgres = postgres;
        this.participant = participant;
        this.channel = NettyChannelBuilder.forAddress("127.0.0.1", participant.port())
                .usePlaintext()
                .build();
    }

    static ShopFixture start() throws IOException, SQLException {
        PostgresServer postgres = PostgresServer.start();
        return new ShopFixture(
                postgres, DemoParticipant.start(List.of(ShopService.values()), 0, url(postgres, "postgres"), false));
    }

    /** Starts a participant on the same databases that returns OK and changes nothing. */
    DemoParticipant startLiar() throws SQLException, IOException {
        return DemoParticipant.start(List.of(ShopService.values()), 0, url(postgres, "postgres"), true);
    }

    static String url(PostgresServer postgres, String database) {
        return "jdbc:postgresql://127.0.0.1:" + postgres.port() + "/" + database + "?user=postgres";
    }

    String serverUrl() {
        return url(postgres, "postgres");
    }

    String url(ShopService service) {
        return url(postgres, service.databaseName());
    }

    /** Returns a channel without metadata, as a person calls. */
    Channel direct() {
        return channel;
    }

    /** Returns a channel with the coordinator's metadata. */
    Channel as(String gid, String branch, String op) {
        return as(channel, gid, branch, op);
    }

    static Channel as(Channel channel, String gid, String branch, String op) {
        Metadata metadata = new Metadata();
        metadata.put(Metadata.Key.of("entente-gid", Metadata.ASCII_STRING_MARSHALLER), gid);
        metadata.put(Metadata.Key.of("entente-branch", Metadata.ASCII_STRING_MARSHALLER), branch);
        metadata.put(Metadata.Key.of("entente-op", Metadata.ASCII_STRING_MARSHALLER), op);
        return ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(metadata));
    }

    /** Returns the single number that {@code sql} selects. */
    long number(ShopService service, String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url(postgres, service.databaseName()));
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getLong(1);
        }
    }

    @Override
    public void close() throws IOException {
        channel.shutdownNow();
        participant.close();
        postgres.close();
    }
}
