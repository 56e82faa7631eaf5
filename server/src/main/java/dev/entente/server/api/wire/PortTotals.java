package dev.entente.server.api.wire;

import dev.entente.server.telemetry.LineAMinute;
import dev.entente.server.telemetry.Metrics;
import io.grpc.netty.shaded.io.netty.util.AsciiString;
import java.util.EnumMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts what all connections hold together and what was refused, and logs refusals once a minute. Thread-safe. */
final class PortTotals {
    /** Beyond it a request in many frames is refused, unless two of the largest are larger. */
    private static final int MAX_UNFINISHED_BYTES = 64 << 20;
    /** Requests of strangers have an account of their own, so that they displace nobody else's. */
    private static final int MAX_OPEN_UNFINISHED_BYTES = 8 << 20;

    private static final Logger log = LoggerFactory.getLogger(PortTotals.class);

    private final int maxMessageBytes;
    private final AsciiString streamPath;
    private final Metrics metrics;
    private final ConnectionCounts connections;
    private final ConnectionCounts openCalls = new ConnectionCounts(OpenCalls.MAX_PEER_CALLS, OpenCalls.MAX_ALL_CALLS);
    private final SlowedPeers slowed = new SlowedPeers(System::nanoTime);
    private final ConnectionPace pace = new ConnectionPace(System::nanoTime);
    private final HeldBytes known;
    private final HeldBytes strangers = new HeldBytes(MAX_OPEN_UNFINISHED_BYTES);
    private final Map<PortRefusal, LineAMinute> lines = new EnumMap<>(PortRefusal.class);

    PortTotals(int maxMessageBytes, String streamMethod, ConnectionCounts connections, Metrics metrics) {
        this.maxMessageBytes = maxMessageBytes;
        this.streamPath = AsciiString.of("/" + streamMethod);
        this.metrics = metrics;
        this.connections = connections;
        known = new HeldBytes(Math.max(MAX_UNFINISHED_BYTES, 2L * maxMessageBytes));
        for (PortRefusal why : PortRefusal.values()) {
            lines.put(why, new LineAMinute(System::nanoTime));
        }
        metrics.showUnfinishedRequests(() -> known.bytes() + strangers.bytes());
        metrics.showOpenCalls(openCalls::inAll);
    }

    ConnectionCounts connections() {
        return connections;
    }

    /** Counts calls to methods that are open to everybody. */
    ConnectionCounts openCalls() {
        return openCalls;
    }

    SlowedPeers slowed() {
        return slowed;
    }

    ConnectionPace pace() {
        return pace;
    }

    int maxMessageBytes() {
        return maxMessageBytes;
    }

    /** Returns the path of the method whose requests are streams. */
    AsciiString streamPath() {
        return streamPath;
    }

    HeldBytes of(RequestBody.Kind kind) {
        return kind.isOpen() ? strangers : known;
    }

    /** Counts a refusal, and logs it if no other of its kind was logged for a minute. */
    void refused(PortRefusal why, Object peer) {
        metrics.portRefused(why.label());
        LineAMinute line = lines.get(why);
        int before = line == null ? LineAMinute.WITHHELD : line.due();
        if (before != LineAMinute.WITHHELD) {
            log.warn("refused on the gRPC port, from {}: {}; {} more since the last such line", peer, why, before);
        }
    }
}
