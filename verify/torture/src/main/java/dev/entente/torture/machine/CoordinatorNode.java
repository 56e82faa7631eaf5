package dev.entente.torture.machine;

import dev.entente.rig.RigCoordinator;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A coordinator with its network lines. Lines may fail at any time; the process is for one thread at a time. */
public final class CoordinatorNode implements AutoCloseable {
    private static final Duration DRAIN = Duration.ofSeconds(45);

    private final String name;
    private final RigCoordinator coordinator;
    private final Lines lines;
    private final Clock clock;

    /**
     * The lines of one coordinator.
     *
     * @param clients from clients to the coordinator
     * @param peers from other coordinators to the coordinator
     * @param databases from the coordinator to each PostgreSQL server
     * @param ledgers from the coordinator to each participant, over gRPC and over HTTP, by its configured name
     */
    public record Lines(Link clients, Link peers, List<Link> databases, Map<String, Link> ledgers) {
        public List<Link> all() {
            List<Link> all = new ArrayList<>(List.of(clients, peers));
            all.addAll(databases);
            all.addAll(ledgers.values());
            return all;
        }
    }

    CoordinatorNode(String name, RigCoordinator coordinator, Lines lines, Clock clock) {
        this.clock = clock;
        this.name = name;
        this.coordinator = coordinator;
        this.lines = lines;
    }

    public String name() {
        return name;
    }

    public RigCoordinator coordinator() {
        return coordinator;
    }

    public Lines lines() {
        return lines;
    }

    /** Returns the process's wall clock. */
    public Clock clock() {
        return clock;
    }

    /** Starts the process. Retries if it exits before it is ready: its database may be unavailable. Blocks. */
    public void startUntilReady(long endNanos) throws IOException, InterruptedException {
        while (true) {
            try {
                coordinator.start(clock.environment());
                return;
            } catch (IllegalStateException ended) {
                coordinator.kill();
                if (System.nanoTime() > endNanos) {
                    throw ended;
                }
            }
        }
    }

    /** Sets the program for all following starts. */
    public void use(Path jar) {
        coordinator.use(jar);
    }

    /** Sends SIGKILL. */
    public void kill() {
        coordinator.kill();
    }

    /** Sends SIGSTOP. */
    public void stop() throws IOException {
        coordinator.signal("STOP");
    }

    /** Sends SIGCONT. */
    public void resume() throws IOException {
        coordinator.signal("CONT");
    }

    /** Sends SIGTERM, and kills the process if it does not exit in time. Blocks. */
    public void terminate() throws IOException {
        coordinator.signal("TERM");
        if (!coordinator.awaitEnd(DRAIN)) {
            coordinator.kill();
        }
    }

    public boolean isAlive() {
        return coordinator.isAlive();
    }

    @Override
    public void close() throws IOException {
        coordinator.signal("CONT");
        coordinator.kill();
        for (Link link : lines.all()) {
            link.close();
        }
    }
}
