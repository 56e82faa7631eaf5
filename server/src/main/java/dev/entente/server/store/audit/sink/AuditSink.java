package dev.entente.server.store.audit.sink;

import java.io.IOException;
import java.util.List;

/** A place beyond the database that audit entries go to. For one thread; {@link #close} for any. */
public interface AuditSink extends AutoCloseable {
    /** Its kind, as settings and metrics have it: {@code file}, {@code syslog}. */
    String name();

    /**
     * Returns once the lines are where they go. Blocks, for seconds at most. A line may arrive although this fails.
     *
     * @throws IOException if they are not; the next try begins afresh
     */
    void take(List<SinkLine> lines) throws IOException;

    @Override
    void close();
}
