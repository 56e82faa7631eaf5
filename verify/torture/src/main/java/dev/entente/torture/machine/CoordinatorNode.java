package dev.entente.torture.machine;

import dev.entente.rig.RigCoordinator;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A coordinator with the lines around it. Lines may suffer at any time, the process is for one thread at a time.
 */
public final class CoordinatorNode implements AutoCloseable {
    private static final Duration DRAIN = Duration.ofSeconds(45);

    private final String name;
    private final RigCoordinator coordinator;
    private final Lines lines;
    private final Clock clock;

    /**
     * The lines around one coordinator.
     *
     * @param clients from clients to it
     * @param peers from other coordinators to it
     * @param databases from it to each PostgreSQL server
     * @param ledgers from it to each participant, over gRPC and over HTTP, by what it is called there
     */
    public record Lines(Link clients, Link peers, List<Link> databases, Map<String, Link> ledgers) {
        /** All of them. */
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

    /** Its process alone. */
    public RigCoordinator coordinator() {
        return coordinator;
    }

    public Lines lines() {
        return lines;
    }

    /** Its process's wall clock. */
    public Clock clock() {
        return clock;
    }

    /** Starts it, again and again where it ends before it is ready: its database may be away. Blocks. */
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

    /** From its next start on it is that program. */
    public void use(Path jar) {
        coordinator.use(jar);
    }

    /** kill -9. */
    public void kill() {
        coordinator.kill();
    }

    /** SIGSTOP. */
    public void stop() throws IOException {
        coordinator.signal("STOP");
    }

    /** SIGCONT. */
    public void resume() throws IOException {
        coordinator.signal("CONT");
    }

    /** SIGTERM; kills it where it takes too long. Blocks. */
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
