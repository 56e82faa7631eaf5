package dev.entente.server.engine;

/**
 * The right of an incarnation to start calls. Thread-safe.
 *
 * <p>The lease is measured locally, from before the renewal was sent. So it expires here before others may assume so.
 */
public interface Lease {
    boolean isHeld();
}
