package dev.entente.core.transaction;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The reason why the last call of an operation has not left.
 *
 * @param why for people
 * @param unreachableSince since when a missing connection has prevented calls of the operation, or null
 */
public record Unsent(String why, @Nullable Instant unreachableSince) {}
