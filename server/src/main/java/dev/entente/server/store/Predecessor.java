package dev.entente.server.store;

import org.jspecify.annotations.Nullable;

/**
 * The delivery that must have ended before another one is called.
 *
 * @param gid of its message
 * @param delivery {@code delivery-1}, of that message
 * @param row as it stands, or null if it has finished
 */
public record Predecessor(
        String gid, String delivery, @Nullable OpenRow row) {}
