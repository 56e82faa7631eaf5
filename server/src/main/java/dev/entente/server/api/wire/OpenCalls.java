package dev.entente.server.api.wire;

import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Connection;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Stream;
import java.net.SocketAddress;

/**
 * Counts the calls of one connection to methods that are open to everybody, until the client has taken the answer. A
 * watch of the health lasts as long as it likes. For one event loop.
 */
final class OpenCalls extends Http2ConnectionAdapter {
    /** The most calls of one connection. */
    static final int MAX_CALLS = 100;
    /** The most calls of one peer, on all its connections. */
    static final int MAX_PEER_CALLS = 1000;
    /** The most calls of all peers together. */
    static final int MAX_ALL_CALLS = 20_000;

    private final Http2Connection connection;
    private final Http2Connection.PropertyKey caller;
    private final PortTotals totals;
    private int open;

    OpenCalls(Http2Connection connection, PortTotals totals) {
        this.connection = connection;
        this.totals = totals;
        caller = connection.newKey();
        connection.addListener(this);
    }

    /** Counts a call that has begun; false, and it is not counted, where it is one too many. */
    boolean begin(int streamId, SocketAddress peer) {
        Http2Stream stream = connection.stream(streamId);
        if (stream == null || stream.getProperty(caller) != null) {
            return true; // It is over already, or these are its trailers.
        }
        if (open >= MAX_CALLS || !totals.openCalls().enter(peer)) {
            return false;
        }
        open++;
        stream.setProperty(caller, peer);
        return true;
    }

    @Override
    public void onStreamClosed(Http2Stream stream) {
        SocketAddress peer = stream.removeProperty(caller);
        if (peer != null) {
            open--;
            totals.openCalls().leave(peer);
        }
    }
}
