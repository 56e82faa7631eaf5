package dev.entente.core.transaction;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Why the last call of an operation has not left.
 *
 * @param why for people
 * @param unreachableSince since when calls of the operation have not left for want of a connection, or null
 */
public record Unsent(String why, @Nullable Instant unreachableSince) {}
