package dev.entente.server.api.wire;

import io.grpc.Status;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.logging.Filter;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Logs requests beyond gRPC's limit in a line a minute. gRPC would log a stack trace for each, and anybody may send
 * them. Thread-safe.
 */
public final class OversizedRequests implements Filter {
    /** Held here: an unreferenced logger of {@code java.util.logging} loses its filter. */
    private static final Logger GRPC = Logger.getLogger("io.grpc.netty.shaded.io.grpc.netty.NettyServerStream");

    private static final org.slf4j.Logger LOG = LoggerFactory.getLogger(OversizedRequests.class);
    private static final long PAUSE_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final LongSupplier nanos;
    private boolean hasTold;
    private long toldNanos;
    private int untold;

    OversizedRequests(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** Watches what gRPC logs of its servers in this process. */
    public static void watch() {
        GRPC.setFilter(new OversizedRequests(System::nanoTime));
    }

    /** Tells gRPC whether to log the record itself. */
    @Override
    public boolean isLoggable(LogRecord record) {
        Throwable thrown = record.getThrown();
        if (thrown == null || Status.fromThrowable(thrown).getCode() != Status.Code.RESOURCE_EXHAUSTED) {
            return true;
        }
        tell(Status.fromThrowable(thrown).getDescription());
        return false;
    }

    private synchronized void tell(@Nullable String description) {
        long now = nanos.getAsLong();
        if (hasTold && now - toldNanos < PAUSE_NANOS) {
            untold++;
            return;
        }
        LOG.warn(
                "refused a request before it was read: {}; limits.plan bounds it; {} more since the last such line",
                description,
                untold);
        hasTold = true;
        toldNanos = now;
        untold = 0;
    }
}
