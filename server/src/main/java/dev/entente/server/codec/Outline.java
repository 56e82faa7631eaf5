package dev.entente.server.codec;

import dev.entente.server.transaction.Plan;
import dev.entente.server.transaction.Progress;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What is kept of a finished transaction beside its columns.
 *
 * @param plan with every body empty
 * @param progress as it ended, without responses
 * @param deadlineAt or null if it had none
 */
public record Outline(
        Plan plan, Progress progress, @Nullable Instant deadlineAt) {}
