package dev.entente.server.codec;

import dev.entente.server.transaction.Plan;
import dev.entente.server.transaction.Progress;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The kept part of a finished transaction beside its columns.
 *
 * @param plan with every body empty, unless payloads were kept
 * @param progress as it ended, without responses, unless payloads were kept
 * @param deadlineAt or null if it had none
 */
public record Outline(
        Plan plan, Progress progress, @Nullable Instant deadlineAt) {}
