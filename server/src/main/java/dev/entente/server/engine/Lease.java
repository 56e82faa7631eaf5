package dev.entente.server.engine;

/**
 * The right of an incarnation to let calls leave. Thread-safe.
 *
 * <p>Measured locally, and counted from before the renewal was sent: it lapses here before anyone else may think so.
 */
public interface Lease {
    boolean isHeld();
}
