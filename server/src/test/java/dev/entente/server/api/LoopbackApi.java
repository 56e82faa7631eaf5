package dev.entente.server.api;

import dev.entente.core.plan.Limits;
import dev.entente.server.api.access.ApiSecurity;
import dev.entente.server.api.access.Authentication;
import dev.entente.server.api.access.TokenFile;
import dev.entente.server.codec.PlanCodec;
import dev.entente.server.participant.EventLoops;
import dev.entente.server.participant.signing.JoinTokens;
import dev.entente.server.participant.signing.Seal;
import dev.entente.server.participant.signing.SigningKey;
import dev.entente.server.telemetry.Metrics;
import dev.entente.v1.OperatorServiceGrpc;
import dev.entente.v1.TransactionServiceGrpc;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A real server on a loopback port, with fakes behind it, and a channel to it. */
final class LoopbackApi implements AutoCloseable {
    final FakeTransactions transactions = new FakeTransactions();
    final FakeMembership membership = new FakeMembership();
    final FakeDirectory directory = new FakeDirectory();
    final FakeRecords records = new FakeRecords();
    final RecordedTrail trail = new RecordedTrail();
    final JoinTokens joins = new JoinTokens(new Seal(JoinTokens.PURPOSE, List.of(new SigningKey(1, new byte[32]))));
    final Metrics metrics = Metrics.withoutJvm();
    final ManagedChannel channel;
    final int port;
    private final EventLoops loops = EventLoops.start(1);
    private final ApiServer server;

    private LoopbackApi(String node, @Nullable TokenFile tokens, int maxWaiting) throws IOException {
        server = new ApiServer(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                loops,
                new ApiSecurity(tokens, Proofs.of(node), trail, null),
                Limits.STANDARD.planBytes(),
                ApiServer.MAX_AGE,
                metrics);
        port = server.port();
        membership.add(FakeTransactions.INCARNATION, node, "127.0.0.1:" + port);
        Backend backend =
                new Backend(node, transactions, membership::peers, PlanCodec.standard(), directory, records, joins);
        server.serve(backend, new ApiLimits(Limits.STANDARD, Duration.ofDays(14), maxWaiting, 8, false), () -> true);
        channel = NettyChannelBuilder.forAddress("127.0.0.1", port)
                .usePlaintext()
                .directExecutor()
                .build();
    }

    static LoopbackApi open() throws IOException {
        return open("node-a");
    }

    static LoopbackApi open(String node) throws IOException {
        return new LoopbackApi(node, null, 200);
    }

    static LoopbackApi withTokens(TokenFile tokens) throws IOException {
        return withTokens("node-a", tokens);
    }

    static LoopbackApi withTokens(String node, TokenFile tokens) throws IOException {
        return new LoopbackApi(node, tokens, 200);
    }

    static LoopbackApi withRoomFor(int waiting) throws IOException {
        return new LoopbackApi("node-a", null, waiting);
    }

    TransactionServiceGrpc.TransactionServiceBlockingStub client() {
        return TransactionServiceGrpc.newBlockingStub(channel);
    }

    OperatorServiceGrpc.OperatorServiceBlockingStub operator() {
        return OperatorServiceGrpc.newBlockingStub(channel);
    }

    /** The same channel with a bearer token. */
    Channel as(String secret) {
        Metadata headers = new Metadata();
        headers.put(Authentication.AUTHORIZATION, "Bearer " + secret);
        return ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(headers));
    }

    /** It is told to go, and does not go yet. */
    void unready() {
        server.unready();
    }

    /** It goes at once. */
    void stop() {
        server.stop(Duration.ZERO);
    }

    @Override
    public void close() {
        channel.shutdownNow();
        server.stop(Duration.ZERO);
        loops.close();
    }
}
