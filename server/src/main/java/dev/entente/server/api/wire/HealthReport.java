package dev.entente.server.api.wire;

import io.grpc.BindableService;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.protobuf.services.HealthStatusManager;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Tells clients by gRPC's health service whether this coordinator takes work. Thread-safe. */
public final class HealthReport {
    /** A lease lapses without an event, so it is looked at this often. */
    private static final long LOOK_MILLIS = 250;

    private final HealthStatusManager manager = new HealthStatusManager();
    private volatile @Nullable ScheduledFuture<?> looking;

    public HealthReport() {
        say(false);
    }

    public BindableService service() {
        return manager.getHealthService();
    }

    /** Says from now on what {@code isReady} says. */
    public void follow(BooleanSupplier isReady, ScheduledExecutorService timer) {
        say(isReady.getAsBoolean());
        looking = timer.scheduleWithFixedDelay(
                () -> say(isReady.getAsBoolean()), LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Says for good that it takes no more. */
    public void end() {
        manager.enterTerminalState();
        ScheduledFuture<?> stopped = looking;
        if (stopped != null) {
            stopped.cancel(false);
        }
    }

    /** Sets the status. Watchers are told of changes only. */
    private void say(boolean isServing) {
        manager.setStatus(
                HealthStatusManager.SERVICE_NAME_ALL_SERVICES,
                isServing ? ServingStatus.SERVING : ServingStatus.NOT_SERVING);
    }
}
