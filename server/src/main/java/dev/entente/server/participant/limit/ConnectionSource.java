package dev.entente.server.participant.limit;

/**
 * The connections to one participant, as the calls that wait for one see them. Without more said, nobody here looks
 * after them, and each call finds out for itself. Thread-safe; nothing blocks.
 */
public interface ConnectionSource {
    /** Connections that nobody here looks after. */
    ConnectionSource UNSEEN = new ConnectionSource() {};

    /** Tells whether a call could leave now. */
    default boolean isOpen() {
        return true;
    }

    /** Asks for connections, and has that run once when one of them changes. */
    default void request(Runnable changed) {}

    /**
     * Has what could not connect try again at once.
     *
     * @return whether anything could not
     */
    default boolean renew() {
        return false;
    }
}
