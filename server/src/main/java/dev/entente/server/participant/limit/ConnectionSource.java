package dev.entente.server.participant.limit;

/**
 * The connections to one participant, for calls that wait for a connection. The default methods are for connections
 * without monitoring: each call then detects failures itself. Thread-safe; no method blocks.
 */
public interface ConnectionSource {
    /** Connections without monitoring. */
    ConnectionSource UNSEEN = new ConnectionSource() {};

    /** Returns whether a call could leave now. */
    default boolean isOpen() {
        return true;
    }

    /** Requests connections, and runs a callback once after a connection changes. */
    default void request(Runnable changed) {}

    /**
     * Lets failed connections retry at once.
     *
     * @return whether any connection had failed
     */
    default boolean renew() {
        return false;
    }
}
