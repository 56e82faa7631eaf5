package dev.entente.server.engine;

/**
 * The right of an incarnation to start calls. Thread-safe.
 *
 * <p>The lease is measured locally, from before the renewal was sent. Therefore it expires here before it expires for
 * others.
 */
public interface Lease {
    boolean isHeld();
}
