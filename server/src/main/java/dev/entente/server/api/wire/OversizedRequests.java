package dev.entente.server.api.wire;

import dev.entente.server.telemetry.LineAMinute;
import io.grpc.Status;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.logging.Filter;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs requests beyond gRPC's limit in a line a minute for each of its loggers, which says what bounds them. gRPC would
 * log a stack trace for each. {@code TransportLog} has the rest of what gRPC logs. Thread-safe.
 */
public final class OversizedRequests implements Filter {
    private static final String GRPC = "io.grpc.netty.shaded.io.grpc.netty.";

    /** Held here: an unreferenced logger of {@code java.util.logging} loses its filter. */
    private static final List<Logger> LOGGERS = List.of(
            Logger.getLogger(GRPC + "NettyServerStream"),
            Logger.getLogger(GRPC + "NettyServerHandler"),
            Logger.getLogger(GRPC + "NettyServerTransport.connections"));

    private static final org.slf4j.Logger LOG = LoggerFactory.getLogger(OversizedRequests.class);

    private final LineAMinute tooLarge;

    OversizedRequests(LongSupplier nanos) {
        tooLarge = new LineAMinute(nanos);
    }

    /** Watches what gRPC logs of its servers in this process. */
    public static void watch() {
        LOGGERS.forEach(logger -> logger.setFilter(new OversizedRequests(System::nanoTime)));
    }

    /** Tells gRPC whether to log the record itself. */
    @Override
    public boolean isLoggable(LogRecord record) {
        Throwable thrown = record.getThrown();
        if (thrown != null && Status.fromThrowable(thrown).getCode() == Status.Code.RESOURCE_EXHAUSTED) {
            int before = tooLarge.due();
            if (before != LineAMinute.WITHHELD) {
                LOG.warn(
                        "refused a request before it was read: {}; limits.plan bounds it; {} more since the last such"
                                + " line",
                        Status.fromThrowable(thrown).getDescription(),
                        before);
            }
            return false;
        }
        return true;
    }
}
