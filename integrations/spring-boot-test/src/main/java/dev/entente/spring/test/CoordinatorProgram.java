package dev.entente.spring.test;

import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** A running coordinator with its own database. Thread-safe. */
interface CoordinatorProgram extends AutoCloseable {
    AtomicInteger NUMBER = new AtomicInteger();

    /**
     * Starts a coordinator on free ports, in this JVM if possible. Blocks for some seconds.
     *
     * @param isSeparate whether the coordinator gets its own process in any case
     */
    static CoordinatorProgram start(boolean isSeparate) {
        String name = "entente_" + NUMBER.incrementAndGet();
        Map<String, String> settings = Map.of(
                "node", name,
                "database.url", TestPostgres.create(name),
                "database.user", "postgres",
                "database.migrate", "true",
                "calls.firstBackoff", "50ms",
                "calls.maxBackoff", "1s",
                // No coordinator takes over from one that is paused at a breakpoint.
                "lease", "1h",
                "drain", "0s");
        return isSeparate || Runtime.version().feature() < CoordinatorJava.REQUIRED
                ? new ChildCoordinator(settings)
                : EmbeddedCoordinator.start(settings);
    }

    /** Returns {@code host:port} of the gRPC port. */
    String target();

    /** Returns the output of {@code entente tx describe}. Blocks. */
    String describe(String gid);

    /**
     * Kills the process, and starts another one with the same ports, database and node. Blocks until it is ready.
     *
     * @throws IllegalStateException if the coordinator runs in this JVM
     */
    void restart();

    @Override
    void close();
}
