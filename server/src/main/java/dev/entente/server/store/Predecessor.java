package dev.entente.server.store;

import org.jspecify.annotations.Nullable;

/**
 * The delivery that must end before another delivery is called.
 *
 * @param gid the gid of the message
 * @param delivery {@code delivery-1}, of that message
 * @param row the current row, or null if no row exists any more
 */
public record Predecessor(
        String gid, String delivery, @Nullable StoredTransaction row) {}
