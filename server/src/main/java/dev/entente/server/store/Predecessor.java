package dev.entente.server.store;

import org.jspecify.annotations.Nullable;

/**
 * The delivery that must have ended before another one is called.
 *
 * @param gid of its message
 * @param delivery {@code delivery-1}, of that message
 * @param row as it stands, or null if nothing is known of it any more
 */
public record Predecessor(
        String gid, String delivery, @Nullable StoredTransaction row) {}
