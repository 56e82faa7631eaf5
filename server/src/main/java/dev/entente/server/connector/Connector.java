package dev.entente.server.connector;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletionStage;

/**
 * The way to one broker, or one cluster of them. Thread-safe.
 *
 * <p>Each method is called with the loader of its class as the thread's, so that clients find their classes.
 */
public interface Connector extends AutoCloseable {
    /**
     * Sends a record. May block for some seconds; it is called on a virtual thread.
     *
     * @return how it ended, never exceptionally, and at the latest some seconds after {@code within}
     */
    CompletionStage<SendResult> send(OutgoingRecord record, Duration within);

    /**
     * Looks whether the broker is there. Blocks.
     *
     * @throws IOException if it does not answer in time
     */
    void probe(Duration within) throws IOException;

    /** Gives up what is under way. Does not wait for it. */
    @Override
    void close();
}
