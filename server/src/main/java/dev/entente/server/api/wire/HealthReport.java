package dev.entente.server.api.wire;

import io.grpc.BindableService;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.protobuf.services.HealthStatusManager;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Reports by gRPC's health service whether this coordinator accepts work. Thread-safe. */
public final class HealthReport {
    /** The interval between checks, because a lease lapses without an event. */
    private static final long LOOK_MILLIS = 250;

    private final HealthStatusManager manager = new HealthStatusManager();
    private volatile @Nullable ScheduledFuture<?> looking;

    public HealthReport() {
        say(false);
    }

    public BindableService service() {
        return manager.getHealthService();
    }

    /** Reports the state of {@code isReady} from now on. */
    public void follow(BooleanSupplier isReady, ScheduledExecutorService timer) {
        say(isReady.getAsBoolean());
        looking = timer.scheduleWithFixedDelay(
                () -> say(isReady.getAsBoolean()), LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Reports permanently that the coordinator accepts no more work. */
    public void end() {
        manager.enterTerminalState();
        ScheduledFuture<?> stopped = looking;
        if (stopped != null) {
            stopped.cancel(false);
        }
    }

    /** Sets the status. Watchers receive changes only. */
    private void say(boolean isServing) {
        manager.setStatus(
                HealthStatusManager.SERVICE_NAME_ALL_SERVICES,
                isServing ? ServingStatus.SERVING : ServingStatus.NOT_SERVING);
    }
}
