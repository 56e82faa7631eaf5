package dev.entente.server.http;

import java.net.SocketAddress;
import org.eclipse.jetty.io.ArrayByteBufferPool;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** Accepts connections, and has each counted from its first moment to its end. */
final class GuardedConnector extends ServerConnector {
    private static final int ACCEPTORS = 1;
    private static final int SELECTORS = 1;
    private static final int MAX_POOLED_BUFFER_BYTES = 64 << 10;
    private static final int MAX_POOLED_BUFFERS = 256;
    private static final int MAX_POOLED_BYTES = 4 << 20;
    private static final int BACKLOG = 512;

    private final OpenConnections connections;

    GuardedConnector(Server server, OpenConnections connections, ConnectionFactory... protocols) {
        super(
                server,
                null,
                null,
                new ArrayByteBufferPool(
                        0, 4096, MAX_POOLED_BUFFER_BYTES, MAX_POOLED_BUFFERS, MAX_POOLED_BYTES, MAX_POOLED_BYTES),
                ACCEPTORS,
                SELECTORS,
                protocols);
        this.connections = connections;
        setAcceptQueueSize(BACKLOG);
    }

    /** An endpoint that is closed at most once; equal to another one of the same endpoint. */
    private record Ending(EndPoint endPoint) implements OpenConnections.Closing {
        @Override
        public void close() {
            endPoint.close();
        }
    }

    @Override
    protected void onEndPointOpened(EndPoint endPoint) {
        super.onEndPointOpened(endPoint);
        SocketAddress peer = endPoint.getRemoteSocketAddress();
        if (peer == null) {
            endPoint.close(); // It has ended already.
        } else {
            connections.opened(peer, new Ending(endPoint));
        }
    }

    @Override
    protected void onEndPointClosed(EndPoint endPoint) {
        super.onEndPointClosed(endPoint);
        connections.closed(new Ending(endPoint));
    }
}
