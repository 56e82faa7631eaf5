package dev.entente.server.connector;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletionStage;

/**
 * The access to one broker, or to one cluster of brokers. Thread-safe.
 *
 * <p>In each method, the thread's context class loader is the loader of the connector's class, so that clients find
 * their classes.
 */
public interface Connector extends AutoCloseable {
    /**
     * Sends a record. May block for some seconds; it is called on a virtual thread.
     *
     * @return the result; completes normally, at the latest some seconds after {@code within}
     */
    CompletionStage<SendResult> send(OutgoingRecord record, Duration within);

    /**
     * Checks whether the broker responds. Blocks.
     *
     * @throws IOException if the broker does not respond in time
     */
    void probe(Duration within) throws IOException;

    /** Aborts records in flight. Does not wait. */
    @Override
    void close();
}
