package dev.entente.server.api;

import dev.entente.server.codec.PlanCodec;
import dev.entente.server.decision.Limits;
import dev.entente.server.participant.EventLoops;
import dev.entente.server.participant.MethodTypes;
import dev.entente.server.participant.TargetGuard;
import dev.entente.server.telemetry.Metrics;
import dev.entente.server.transaction.ErrorCode;
import dev.entente.server.transaction.Refusal;
import dev.entente.server.transaction.Target;
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
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A real server on a loopback port, with fakes behind it, and a channel to it. */
final class LoopbackApi implements AutoCloseable {
    final FakeTransactions transactions = new FakeTransactions();
    final FakeMembership membership = new FakeMembership();
    final ManagedChannel channel;
    final int port;
    private final EventLoops loops = EventLoops.start(1);
    private final ApiServer server;

    private LoopbackApi(@Nullable TokenFile tokens, int maxWaiting, Methods methods) throws IOException {
        server = ApiServer.bind(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                loops,
                tokens,
                Limits.STANDARD.planBytes(),
                Metrics.none());
        port = server.port();
        membership.add(FakeTransactions.INCARNATION, "node-a", "127.0.0.1:" + port);
        TargetGuard guard = new TargetGuard(Set.of("stock", "payment"), List.of());
        Backend backend = new Backend(transactions, membership::peers, PlanCodec.standard(), guard, methods);
        server.serve(backend, new Terms(Limits.STANDARD, Duration.ofDays(14), maxWaiting, 8));
        channel = NettyChannelBuilder.forAddress("127.0.0.1", port)
                .usePlaintext()
                .directExecutor()
                .build();
    }

    static LoopbackApi open() throws IOException {
        return new LoopbackApi(null, 100, LoopbackApi::noDescriptors);
    }

    static LoopbackApi withTokens(TokenFile tokens) throws IOException {
        return new LoopbackApi(tokens, 100, LoopbackApi::noDescriptors);
    }

    static LoopbackApi withMethods(Methods methods) throws IOException {
        return new LoopbackApi(null, 100, methods);
    }

    static LoopbackApi withRoomFor(int waiting) throws IOException {
        return new LoopbackApi(null, waiting, LoopbackApi::noDescriptors);
    }

    private static MethodTypes noDescriptors(Target.Grpc target) {
        throw Refusal.of(ErrorCode.NO_DESCRIPTORS, target + " has no descriptors");
    }

    TransactionServiceGrpc.TransactionServiceBlockingStub client() {
        return TransactionServiceGrpc.newBlockingStub(channel);
    }

    /** The same channel with a bearer token. */
    Channel as(String secret) {
        Metadata headers = new Metadata();
        headers.put(Authentication.AUTHORIZATION, "Bearer " + secret);
        return ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(headers));
    }

    @Override
    public void close() {
        channel.shutdownNow();
        server.stop(Duration.ZERO);
        loops.close();
    }
}
