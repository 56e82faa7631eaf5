package dev.entente.server.api.wire;

import dev.entente.server.telemetry.Metrics;
import io.grpc.ServerCredentials;
import io.grpc.netty.shaded.io.grpc.netty.GrpcHttp2ConnectionHandler;
import io.grpc.netty.shaded.io.grpc.netty.InternalNettyServerCredentials;
import io.grpc.netty.shaded.io.grpc.netty.InternalProtocolNegotiator;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandler;
import io.grpc.netty.shaded.io.netty.util.AsciiString;

/**
 * Bounds what anybody who reaches the port may cost, before it is known who calls. It sits between HTTP/2's frames and
 * gRPC, one {@link FrameGuard} for each connection. Thread-safe.
 */
public final class PortGuard {
    private final PortTotals totals;

    /**
     * @param maxMessageBytes of a request to a method that strangers may not call
     * @param streamMethod the full name of the one method whose requests are streams
     */
    public PortGuard(int maxMessageBytes, String streamMethod, Metrics metrics) {
        totals = new PortTotals(maxMessageBytes, streamMethod, metrics);
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
            FrameGuard.stand(connection, totals);
            return inner.newHandler(connection);
        }

        @Override
        public void close() {
            inner.close();
        }
    }
}
