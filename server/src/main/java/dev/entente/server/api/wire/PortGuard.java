package dev.entente.server.api.wire;

import dev.entente.server.telemetry.Metrics;
import io.grpc.ServerCredentials;
import io.grpc.netty.shaded.io.grpc.netty.GrpcHttp2ConnectionHandler;
import io.grpc.netty.shaded.io.grpc.netty.InternalNettyServerCredentials;
import io.grpc.netty.shaded.io.grpc.netty.InternalProtocolNegotiator;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandler;
import io.grpc.netty.shaded.io.netty.util.AsciiString;
import java.time.Duration;

/**
 * Bounds what anybody who reaches the port may cost, before it is known who calls. It sits between HTTP/2's frames and
 * gRPC, one {@link FrameGuard} for each connection. Thread-safe.
 */
public final class PortGuard {
    /**
     * The limits of a port, for those who are not known yet as for everybody.
     *
     * @param maxPlanBytes of a stored plan
     * @param perPeer open connections of one address, or one IPv6 network of 64 bits; at least 1
     * @param inAll open connections of all, at least 1
     * @param age after which a connection takes no new call, at least a second
     */
    public record Limits(int maxPlanBytes, int perPeer, int inAll, Duration age) {}

    private final PortTotals totals;

    /**
     * @param maxMessageBytes of a request to a method that strangers may not call
     * @param streamMethod the full name of the one method whose requests are streams
     * @param limits of connections
     */
    public PortGuard(int maxMessageBytes, String streamMethod, Limits limits, Metrics metrics) {
        ConnectionCounts connections = new ConnectionCounts(limits.perPeer(), limits.inAll());
        totals = new PortTotals(maxMessageBytes, streamMethod, connections, metrics);
    }

    /** Returns the same credentials, with each connection guarded behind its handshake. */
    public ServerCredentials guarding(ServerCredentials credentials) {
        InternalProtocolNegotiator.ServerFactory inner = InternalNettyServerCredentials.toNegotiator(credentials);
        InternalProtocolNegotiator.ServerFactory guarded = offload -> new Guarded(inner.newNegotiator(offload));
        return InternalNettyServerCredentials.create(guarded);
    }

    private final class Guarded implements InternalProtocolNegotiator.ProtocolNegotiator {
        private final InternalProtocolNegotiator.ProtocolNegotiator inner;

        private Guarded(InternalProtocolNegotiator.ProtocolNegotiator inner) {
            this.inner = inner;
        }

        @Override
        public AsciiString scheme() {
            return inner.scheme();
        }

        @Override
        public ChannelHandler newHandler(GrpcHttp2ConnectionHandler connection) {
            FrameGuard guard = FrameGuard.stand(connection, totals);
            return new Door(inner.newHandler(connection), totals, guard::hasBegun);
        }

        @Override
        public void close() {
            inner.close();
        }
    }
}
