package dev.entente.spring;

import dev.entente.outbox.OutboxRelay;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;

/** Starts the relay when the application is ready, and closes it before the data source and the client. Thread-safe. */
public final class RelayLifecycle implements SmartLifecycle {
    private final RelayedDatabase database;
    private final Supplier<OutboxRelay> start;
    private volatile @Nullable OutboxRelay running;

    RelayLifecycle(RelayedDatabase database, Supplier<OutboxRelay> start) {
        this.database = database;
        this.start = start;
    }

    RelayedDatabase database() {
        return database;
    }

    /** Returns the relay; null while it does not run. */
    public @Nullable OutboxRelay relay() {
        return running;
    }

    @Override
    public synchronized void start() {
        if (running == null) {
            running = start.get();
        }
    }

    /** Waits for attempts in flight. */
    @Override
    public synchronized void stop() {
        OutboxRelay last = running;
        running = null;
        if (last != null) {
            last.close();
        }
    }

    /** Starts before the meters, and stops after them. */
    @Override
    public int getPhase() {
        return DEFAULT_PHASE - 1;
    }

    @Override
    public boolean isRunning() {
        return running != null;
    }
}
